package dev.coord.wal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.Contents;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStoreContract;
import dev.coord.wal.disk.CrashableDisk;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The bytes of format version 1, kept in golden files: what was written once must be readable for ever. */
@NullUnmarked
class SegmentFormatTest {

    private static final LogOptions OPTIONS = new LogOptions(4 << 10, 2000);
    private static final int LOG_ID = 0x5EED;
    private static final List<String> FILES =
            List.of("MANIFEST", "WATERMARK", "segment-0000000001.log", "segment-0000000002.log");

    @Test
    void theGoldenFilesHoldTheEntriesTheyWereMadeWith() throws IOException {
        CrashableDisk disk = CrashableDisk.holding(golden());
        try (SegmentLogStore log = SegmentLogStore.open(disk, OPTIONS, 1)) {
            Contents found = Contents.of(log);
            assertThat(found.firstIndex()).isEqualTo(3);
            assertThat(found.nextIndex()).isEqualTo(81);
            found.entries().forEach(LogStoreContract::assertEntry);
        }
    }

    @Test
    void theSameOperationsWriteTheSameBytes() throws IOException {
        Map<String, byte[]> golden = golden();
        Map<String, byte[]> written = write();
        assertThat(written.keySet()).isEqualTo(golden.keySet());
        for (String name : golden.keySet()) {
            assertThat(written.get(name)).as(name).isEqualTo(golden.get(name));
        }
    }

    /** A log with a full file and its index, a cut extent, one closed by reopening and one left open. */
    static Map<String, byte[]> write() {
        CrashableDisk disk = new CrashableDisk();
        try (SegmentLogStore log = SegmentLogStore.open(disk, OPTIONS, LOG_ID)) {
            append(log, 1, 20);
            log.truncateSuffix(15);
            append(log, 15, 30);
            log.truncatePrefix(3);
        }
        try (SegmentLogStore log = SegmentLogStore.open(disk, OPTIONS, LOG_ID)) {
            append(log, 45, 35);
            append(log, 80, 1);
        }
        return disk.files();
    }

    private static void append(SegmentLogStore log, long from, int count) {
        log.append(LongStream.range(from, from + count)
                .mapToObj(LogStoreContract::entry)
                .toList());
    }

    private static Map<String, byte[]> golden() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (String name : FILES) {
            try (InputStream stream = SegmentFormatTest.class.getResourceAsStream("format-1/" + name)) {
                assertThat(stream).as("golden file %s", name).isNotNull();
                files.put(name, stream.readAllBytes());
            }
        }
        return files;
    }
}
