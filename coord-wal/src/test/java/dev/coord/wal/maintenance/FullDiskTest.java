package dev.coord.wal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A file system that is really full in the middle of an append: a small one in memory, mounted for the test, which only
 * root may. {@code segment} and {@code mapdb} also meet a full disk at every point in CrashContract, for anybody.
 */
@NullUnmarked
class FullDiskTest {

    private static final LogOptions OPTIONS = new LogOptions(256 << 10, 64 << 10);

    @TempDir
    private Path directory;

    private Path disk;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        disk = Files.createDirectory(directory.resolve("disk"));
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=12m", "coord-test", disk.toString());
        if (!mounted) {
            disk = null;
        }
        assumeTrue(mounted, "mounting a small file system takes root and a system that lets it");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (disk != null) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // no such command
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void losesNothingAcknowledgedAndTheLogGoesOnWhenThereIsRoom(String backend) throws Exception {
        long acknowledged;
        try (LogStore log = LogDirectory.open(disk, backend, OPTIONS)) {
            LogException full = null;
            while (full == null) {
                full = catchThrowableOfType(LogException.class, () -> append(log, 500));
            }
            assertThat(full.kind()).as(full.getMessage()).isEqualTo(Kind.IO);
            acknowledged = log.nextIndex();
            assertThat(acknowledged).isGreaterThan(500);
            LogException refused = catchThrowableOfType(LogException.class, () -> append(log, 1));
            assertThat(refused.kind()).isEqualTo(Kind.FAILED);
            assertEntries(log, acknowledged);
        }
        assertThat(run("mount", "-o", "remount,size=64m", disk.toString())).isTrue();
        try (LogStore log = LogDirectory.open(disk, backend, OPTIONS)) {
            assertThat(log.nextIndex()).isBetween(acknowledged, acknowledged + 500);
            assertEntries(log, log.nextIndex());
            append(log, 500);
            assertEntries(log, log.nextIndex());
        }
    }

    private static void append(LogStore log, int count) {
        List<LogEntry> batch = LongStream.range(log.nextIndex(), log.nextIndex() + count)
                .mapToObj(LogStoreContract::entry)
                .toList();
        log.append(batch);
    }

    private static void assertEntries(LogStore log, long to) {
        for (long index = 1; index < to; index++) {
            LogStoreContract.assertEntry(log.read(index));
        }
    }
}
