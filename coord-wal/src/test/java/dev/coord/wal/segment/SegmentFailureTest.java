package dev.coord.wal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStoreContract;
import dev.coord.wal.disk.CrashableDisk;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Behaviour after a failed write or sync, and what becomes of files. */
class SegmentFailureTest {

    private static final LogOptions OPTIONS = new LogOptions(4 << 10, 2000);
    private static final int LOG_ID = 7;

    private final CrashableDisk disk = new CrashableDisk();

    @Test
    void afterAFailedSyncTheStoreIsFailed() {
        SegmentLogStore log = open();
        append(log, 1, 5);
        disk.failSyncAt(disk.steps() + 2);
        assertThatThrownBy(() -> append(log, 6, 1))
                .isInstanceOf(LogException.class)
                .hasMessageContaining("sync");
        assertThatThrownBy(() -> append(log, 6, 1)).isInstanceOfSatisfying(LogException.class, e -> assertThat(e.kind())
                .isEqualTo(Kind.FAILED));
        assertThat(log.nextIndex()).isEqualTo(6);
    }

    @Test
    void truncatedFilesAreWrittenAgainInsteadOfNewOnes() {
        try (SegmentLogStore log = open()) {
            append(log, 1, 400);
            LogStats before = log.stats();
            log.truncatePrefix(400);
            long files = log.stats().fileBytes();
            assertThat(files).as("most files are deleted, a few kept").isLessThan(before.fileBytes());
            assertThat(log.stats().freeBytes()).isPositive();
            for (int round = 0; round < 50; round++) {
                append(log, log.nextIndex(), 40);
                log.truncatePrefix(log.nextIndex());
            }
            assertThat(log.stats().fileBytes())
                    .as("files do not pile up")
                    .isLessThan(files + 3L * OPTIONS.segmentBytes());
        }
        assertThat(disk.steps()).isPositive();
    }

    @Test
    void onlySoManyFilesAreOpenHoweverLongTheLog() {
        try (SegmentLogStore log = open()) {
            append(log, 1, 2000);
            for (long index = 1; index < 2001; index++) {
                LogStoreContract.assertEntry(log.read(index));
            }
            assertThat(disk.openFiles())
                    .as("sealed, tail, watermark")
                    .isLessThanOrEqualTo(SegmentHandles.SEALED_OPEN_MAX + 2);
        }
        assertThat(disk.openFiles()).isZero();
    }

    @Test
    void recoveryOfALongLogReadsTheLastFileAlone() {
        try (SegmentLogStore log = open()) {
            append(log, 1, 2000);
        }
        long before = disk.readBytes();
        open().close();
        assertThat(disk.readBytes() - before)
                .as("manifest, watermark, last file")
                .isLessThan(6L * OPTIONS.segmentBytes());
    }

    @Test
    void aBatchIsOneWriteAndOneSync() {
        try (SegmentLogStore log = SegmentLogStore.open(disk, LogOptions.DEFAULT, LOG_ID)) {
            append(log, 1, 1);
            int steps = disk.steps();
            append(log, 2, 500);
            assertThat(disk.steps() - steps)
                    .as("log written, synced, watermark written")
                    .isEqualTo(3);
        }
    }

    private SegmentLogStore open() {
        return SegmentLogStore.open(disk, OPTIONS, LOG_ID);
    }

    private static void append(SegmentLogStore log, long from, int count) {
        List<LogEntry> batch = new ArrayList<>();
        for (long index = from; index < from + count; index++) {
            batch.add(LogStoreContract.entry(index));
        }
        log.append(batch);
    }
}
