package dev.coord.wal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.Contents;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process killed with SIGKILL in the middle of a compaction, migration or copy leaves the log as it was. */
class KilledCopyTest {

    private static final LogOptions OPTIONS = new LogOptions(256 << 10, 64 << 10);
    private static final long FIRST = 5_000;
    private static final long NEXT = 9_000;
    private static final long LONGEST_MILLIS = 900;

    @TempDir
    private Path directory;

    @Test
    void leaveTheLogAsItWas() throws Exception {
        kill(4);
    }

    @Test
    @Tag("slow")
    void leaveTheLogAsItWasOftener() throws Exception {
        kill(100);
    }

    private void kill(int times) throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Path log = directory.resolve("log");
        Path copies = Files.createDirectories(directory.resolve("copies"));
        Contents expected = write(log);
        for (int i = 0; i < times; i++) {
            String when = "seed " + seed + "L, kill " + i;
            killAfter(log, copies, 1 + random.nextInt(4), random.nextLong(LONGEST_MILLIS));
            String backend = LogDirectory.backendOf(log).orElseThrow();

            Scanned found = Scanned.of(log); // as the tool sees it before anybody has cleaned up
            assertThat(found.damages).as(when).isEmpty();
            assertThat(new Contents(found.layout.firstIndex(), found.entries))
                    .as(when)
                    .isEqualTo(expected);
            try (LogStore opened = LogDirectory.open(log, backend, OPTIONS)) {
                assertThat(Contents.of(opened)).as(when).isEqualTo(expected);
            }
            checkCopies(copies, expected, when);
        }
    }

    private static Contents write(Path directory) {
        try (LogStore log = LogDirectory.open(directory, "mapdb", OPTIONS)) {
            while (log.nextIndex() < NEXT) {
                List<LogEntry> batch = new ArrayList<>();
                for (long index = log.nextIndex(); batch.size() < 500 && index < NEXT; index++) {
                    batch.add(LogStoreContract.entry(index));
                }
                log.append(batch);
            }
            log.truncatePrefix(FIRST);
            return Contents.of(log);
        }
    }

    /** What has its name is whole; what was being written has another name, and the next run deletes it. */
    private static void checkCopies(Path copies, Contents expected, String when) throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.list(copies)) {
            all = paths.toList();
        }
        for (Path copy : all) {
            String name = copy.getFileName().toString();
            if (Files.isDirectory(copy) && !name.endsWith(".copying")) {
                Scanned found = Scanned.of(copy);
                assertThat(found.damages).as(when).isEmpty();
                assertThat(new Contents(found.layout.firstIndex(), found.entries))
                        .as(when)
                        .isEqualTo(expected);
            } else if (name.endsWith(".done")) {
                assertThat(copy.resolveSibling(name.replace(".done", "")))
                        .as(when)
                        .isDirectory();
            }
        }
        for (Path copy : all) {
            deleteTree(copy);
        }
    }

    private static void deleteTree(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> children = Files.list(path)) {
                for (Path child : children.toList()) {
                    Files.delete(child);
                }
            }
        }
        Files.delete(path);
    }

    /** Waits until a round has begun, then some more, then kills. */
    private static void killAfter(Path log, Path copies, int rounds, long millis)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(LogCopyProcess.class.getName(), log.toString(), copies.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (int i = 0; i < rounds; i++) {
                assertThat(output.readLine()).as("the copier lives").isNotNull();
            }
            boolean ended = process.waitFor(millis, TimeUnit.MILLISECONDS);
            assertThat(ended).as("the copier lives").isFalse();
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
