package dev.coord.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.LogScript.Operation;
import dev.coord.wal.lmdb.LmdbLogStore;
import dev.coord.wal.mapdb.MapDbLogStore;
import dev.coord.wal.memory.MemoryLogStore;
import dev.coord.wal.segment.SegmentLogStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs a seeded script of random operations, reopenings among them, on a backend and on the log in memory: both must
 * hold the same after each.
 */
class LogStoreModelTest {

    private static final LogOptions OPTIONS = new LogOptions(8 << 10, 3000);

    enum Backend {
        SEGMENT(200) {
            @Override
            LogStore open(Path directory) {
                return SegmentLogStore.open(directory, OPTIONS);
            }
        },
        LMDB(150) {
            @Override
            LogStore open(Path directory) {
                return LmdbLogStore.open(directory, OPTIONS);
            }
        },
        MAPDB(60) {
            @Override
            LogStore open(Path directory) {
                return MapDbLogStore.open(directory, OPTIONS);
            }
        };

        private final int operations;

        Backend(int operations) {
            this.operations = operations;
        }

        abstract LogStore open(Path directory);
    }

    @ParameterizedTest
    @EnumSource
    void doesWhatTheLogInMemoryDoes(Backend backend, @TempDir Path directory) {
        run(backend, directory, new Random().nextLong(), backend.operations);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void doesWhatTheLogInMemoryDoesForLong(Backend backend, @TempDir Path directory) {
        for (int i = 0; i < 20; i++) {
            run(backend, directory.resolve("run" + i), new Random().nextLong(), backend.operations * 5);
        }
    }

    private static void run(Backend backend, Path directory, long seed, int operations) {
        LogScript script = new LogScript(seed, OPTIONS.entryBytesMax());
        List<Operation> done = new ArrayList<>();
        String run = backend + ", seed " + seed + "L";
        assertThat(directory.toFile().mkdirs() || directory.toFile().isDirectory())
                .isTrue();
        LogStore log = backend.open(directory);
        try (MemoryLogStore model = new MemoryLogStore(OPTIONS)) {
            for (int i = 0; i < operations; i++) {
                Operation operation = script.next(Contents.of(model));
                done.add(operation);
                run = backend + ", seed " + seed + "L, after " + done;
                if (LogScript.isReopen(operation)) {
                    log.close();
                    log = backend.open(directory);
                } else {
                    operation.on(model);
                    operation.on(log);
                }
                Contents expected = Contents.of(model);
                assertThat(Contents.of(log)).as(run).isEqualTo(expected);
                assertThat(log.nextIndex()).as(run).isEqualTo(expected.nextIndex());
                assertThat(log.stats().liveBytes())
                        .as("live bytes of %s", run)
                        .isEqualTo(model.stats().liveBytes());
                for (LogEntry entry : expected.entries()) {
                    assertThat(log.term(entry.index())).as(run).isEqualTo(entry.term());
                }
            }
        } catch (RuntimeException e) {
            throw new AssertionError(run + ": " + e, e);
        } finally {
            log.close();
        }
    }
}
