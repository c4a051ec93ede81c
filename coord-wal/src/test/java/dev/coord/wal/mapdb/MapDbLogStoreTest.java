package dev.coord.wal.mapdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.wal.LogException;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MapDbLogStoreTest extends LogStoreContract {

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return MapDbLogStore.open(directory, options);
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

    @Test
    void aDamagedEntryIsAnExceptionThatNamesFileAndIndex() throws IOException {
        append(1, 40);
        log.close();
        Path file = directory.resolve("log.mapdb");
        byte[] bytes = Files.readAllBytes(file);
        byte[] wanted = "entry 25 ".getBytes(StandardCharsets.US_ASCII);
        int damaged = 0;
        for (int at = 0; at + wanted.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                bytes[at] ^= 1;
                damaged++;
            }
        }
        assertThat(damaged).isPositive();
        Files.write(file, bytes);
        log = open(directory, OPTIONS);
        assertThatThrownBy(() -> log.read(25))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.kind()).isEqualTo(LogException.Kind.DAMAGED))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("entry 25");
        assertEntries(1, 25);
        assertEntries(26, 41);
    }
}
