package dev.coord.wal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStoreContract;
import dev.coord.wal.disk.CrashableDisk;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often reading goes to the disk, and that what was read ahead is never taken for what is there now. */
class SegmentReadTest {

    private static final LogOptions OPTIONS = new LogOptions(1 << 20, 600 << 10);

    private final CrashableDisk disk = new CrashableDisk();
    private SegmentLogStore log = SegmentLogStore.open(disk, OPTIONS, 7);

    @BeforeEach
    void fill() {
        for (int i = 0; i < 40; i++) {
            append(1 + i * 250L, 250);
        }
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void readingFromEntryToEntryReadsTheDiskInLargePieces() {
        log.read(1);
        int before = disk.reads();
        for (long index = 2; index < log.nextIndex(); index++) {
            LogStoreContract.assertEntry(log.read(index));
        }
        assertThat(disk.reads() - before).as("reads for 10,000 entries").isLessThan(30);
    }

    @Test
    void severalReadersEachKeepTheirWindow() {
        long[] positions = {1, 2500, 5000, 7500};
        int before = disk.reads();
        for (int step = 0; step < 1000; step++) {
            for (long position : positions) {
                LogStoreContract.assertEntry(log.read(position + step));
            }
        }
        assertThat(disk.reads() - before).as("reads for 4,000 entries").isLessThan(60);
    }

    @Test
    void whoJumpsReadsLittle() {
        log.read(9000);
        long before = disk.readBytes();
        for (long index = 9000; index > 8000; index -= 100) {
            LogStoreContract.assertEntry(log.read(index));
        }
        assertThat(disk.readBytes() - before).isLessThanOrEqualTo(10L * ReadAhead.BYTES_AT_FIRST);
    }

    @Test
    void theTermOfAnEntryIsReadWithoutItsData() {
        long before = disk.readBytes();
        assertThat(log.term(9999)).isEqualTo(999);
        assertThat(disk.readBytes() - before).isEqualTo(FrameCodec.HEADER_BYTES);
    }

    @Test
    void whatWasReadAheadOfTheEndIsReadAgainWhenItWasWritten() {
        for (int i = 0; i < 100; i++) {
            long last = log.nextIndex() - 1;
            LogStoreContract.assertEntry(log.read(last));
            append(last + 1, 1);
            LogStoreContract.assertEntry(log.read(last + 1));
        }
    }

    @Test
    void whatWasReadBeforeATruncationIsForgotten() {
        log.read(9990);
        log.truncateSuffix(9991);
        log.append(List.of(new LogEntry(9991, 5000, ByteBuffer.allocate(20))));
        assertThat(log.read(9991).term()).isEqualTo(5000);
        assertThat(log.term(9991)).isEqualTo(5000);
        log.reset(9990);
        log.append(List.of(new LogEntry(9990, 6000, ByteBuffer.allocate(20))));
        assertThat(log.read(9990).term()).isEqualTo(6000);
    }

    @Test
    void anEntryLargerThanAnyWindowIsReadWhole() {
        byte[] large = new byte[OPTIONS.entryBytesMax()];
        large[large.length - 1] = 7;
        long next = log.nextIndex();
        log.append(List.of(
                LogStoreContract.entry(next),
                new LogEntry(next + 1, 1, ByteBuffer.wrap(large)),
                LogStoreContract.entry(next + 2)));
        LogStoreContract.assertEntry(log.read(next));
        assertThat(log.read(next + 1).data()).isEqualTo(ByteBuffer.wrap(large));
        LogStoreContract.assertEntry(log.read(next + 2));
    }

    private void append(long from, int count) {
        log.append(LongStream.range(from, from + count)
                .mapToObj(LogStoreContract::entry)
                .toList());
    }
}
