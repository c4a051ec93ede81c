package dev.coord.wal.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.PageStoreContract;
import dev.coord.wal.disk.SequenceMark;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LmdbLogStoreTest extends PageStoreContract {

    /** Small, so that the map has to grow. */
    private static final long MAP_BYTES_AT_FIRST = 64 << 10;

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return LmdbLogStore.open(directory, options, MAP_BYTES_AT_FIRST, LmdbLogStore.MAP_BYTES_MAX);
    }

    @Override
    protected String whyNoFaults() {
        return "the engine writes its file itself, in native code: see aFullMapFailsTheStore here and FullDiskTest";
    }

    @Override
    protected Set<String> dispensableFiles() {
        return Set.of("lock.mdb", SequenceMark.FILE);
    }

    @Override
    protected String dataFile() {
        return LmdbLogReader.DATA_FILE;
    }

    @Test
    void aFullMapFailsTheStoreAndReadsGoOnUntilItIsOpenedAnewWithRoom() {
        log.close();
        log = LmdbLogStore.open(directory, OPTIONS, MAP_BYTES_AT_FIRST, 4 * MAP_BYTES_AT_FIRST);
        LogException full = null;
        while (full == null) {
            full = catchThrowableOfType(LogException.class, () -> append(log.nextIndex(), 100));
        }
        assertThat(full.kind()).isEqualTo(Kind.IO);
        assertThat(full).hasMessageContaining("MAP_BYTES_MAX").hasMessageContaining(directory.toString());
        assertFailed("MAP_BYTES_MAX");
        long acknowledged = log.nextIndex();
        assertThat(acknowledged).isGreaterThan(100);
        assertEntries(1, acknowledged);
        log.close();
        log = open(directory, OPTIONS);
        assertRange(1, acknowledged);
        assertEntries(1, acknowledged);
        append(acknowledged, 100);
    }

    @Test
    void aTruncationOfMoreThanOneTransactionTakesLeavesNothingBehind() {
        int count = LmdbLogStore.SWEEP_ENTRIES * 2 + 1000;
        for (int next = 1; next < count; next += 5000) {
            append(next, 5000);
        }
        long end = log.nextIndex();
        long fewSyncs = log.stats().syncs();
        log.truncatePrefix(end - 10);
        assertThat(log.stats().syncs() - fewSyncs)
                .as("transactions of bounded size")
                .isGreaterThan(2);
        assertRange(end - 10, end);
        log.close();
        log = open(directory, OPTIONS);
        assertRange(end - 10, end);
        assertEntries(end - 10, end);
        log.truncateSuffix(end - 10);
        append(end - 10, 3);
        assertEntries(end - 10, end - 7);
    }
}
