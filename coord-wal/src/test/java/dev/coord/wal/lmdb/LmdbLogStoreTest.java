package dev.coord.wal.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LmdbLogStoreTest extends LogStoreContract {

    /** Small, so that the map has to grow. */
    private static final long MAP_BYTES_AT_FIRST = 64 << 10;

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return LmdbLogStore.open(directory, options, MAP_BYTES_AT_FIRST);
    }

    @Test
    void spaceFreedByATruncationIsListedAndUsedAgain() {
        for (int i = 0; i < 20; i++) {
            append(log.nextIndex(), 100);
        }
        LogStats before = log.stats();
        log.truncatePrefix(log.nextIndex() - 10);
        LogStats after = log.stats();
        assertThat(after.freeBytes() - before.freeBytes())
                .as("most of what was live is free now: %s, then %s", before, after)
                .isGreaterThan(before.liveBytes() / 2);
        assertThat(after.freeBytes()).isLessThan(after.fileBytes());
        assertThat(after.freeListEntries()).isGreaterThan(before.freeListEntries());
        assertThat(after.freeListBytes()).isPositive();
        for (int round = 0; round < 5; round++) {
            append(log.nextIndex(), 1000);
            log.truncatePrefix(log.nextIndex() - 10);
        }
        assertThat(log.stats().fileBytes())
                .as("the file does not grow with each round")
                .isLessThan(4 * after.fileBytes());
    }

    @Test
    void whatIsWrittenIsCounted() {
        append(1, 1);
        long before = log.stats().syncedBytes();
        append(2, 1);
        assertThat(log.stats().syncedBytes() - before)
                .as("one small entry costs pages")
                .isGreaterThan(1000);
        assertThat(log.stats().writeAmplification()).isGreaterThan(10);
    }
}
