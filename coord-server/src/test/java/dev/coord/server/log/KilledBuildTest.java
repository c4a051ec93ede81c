package dev.coord.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.LogEntry;
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

/** A process that is killed with SIGKILL at any moment of a compaction or a change of backend loses nothing acknowledged. */
class KilledBuildTest {

    @TempDir
    private Path directory;

    @Test
    void losesNothingAcknowledged() throws Exception {
        killRepeatedly(2, 2_500);
    }

    @Test
    @Tag("slow")
    void losesNothingAcknowledgedOftener() throws Exception {
        killRepeatedly(60, 3_000);
    }

    private void killRepeatedly(int times, int millisMax) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed + "L");
        Random random = new Random(seed);
        int takeOvers = 0;
        for (int i = 0; i < times; i++) {
            Killed killed = killAfter(random.nextInt(millisMax));
            takeOvers += killed.takeOvers;
            String when = "seed " + seed + "L, kill " + i + ", last acknowledged " + killed.acknowledged;
            long first = Long.parseLong(killed.acknowledged.substring(0, killed.acknowledged.indexOf(' ')));
            long next = Long.parseLong(killed.acknowledged.substring(killed.acknowledged.indexOf(' ') + 1));
            try (LiveLog log = LiveLog.open(directory, "mapdb", BuilderProcess.OPTIONS)) {
                assertThat(log.nextIndex()).as(when).isGreaterThanOrEqualTo(next);
                assertThat(log.firstIndex()).as(when).isBetween(1L, Math.max(first, next));
                for (long index = log.firstIndex(); index < log.nextIndex(); index++) {
                    LogEntry expected = BuilderProcess.entry(index);
                    assertThat(log.read(index)).as("%s, entry %d", when, index).isEqualTo(expected);
                }
            }
            assertThat(generations()).as(when).hasSizeLessThanOrEqualTo(1);
        }
        System.out.println(times + " kills among " + takeOvers + " take-overs");
    }

    private List<Path> generations() throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.filter(path -> path.getFileName().toString().startsWith("generation"))
                    .toList();
        }
    }

    /** What a process had said when it was killed. */
    private record Killed(String acknowledged, int takeOvers) {}

    /** Kills it some time after its first append. */
    private Killed killAfter(int millis) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(BuilderProcess.class.getName(), directory.toString()));
        Path errors = directory.resolveSibling(directory.getFileName() + ".errors");
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.to(errors.toFile()))
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String acknowledged = output.readLine();
            assertThat(acknowledged).as(Files.readString(errors)).isNotNull();
            Thread killer = new Thread(
                    () -> {
                        try {
                            TimeUnit.MILLISECONDS.sleep(millis);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        process.toHandle().destroyForcibly(); // unlike the process itself it leaves the pipe open
                    },
                    "killer");
            killer.start();
            int takeOvers = 0;
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("took over")) {
                    takeOvers++;
                } else if (line.matches("[0-9]+ [0-9]+")) {
                    acknowledged = line;
                } else if (!line.contains(" INFO ")) {
                    throw new AssertionError(line);
                }
            }
            killer.join();
            assertThat(Files.readString(errors)).doesNotContain("Exception");
            return new Killed(acknowledged, takeOvers);
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            Files.deleteIfExists(errors);
        }
    }
}
