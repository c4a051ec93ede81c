package dev.coord.wal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.Contents;
import dev.coord.wal.ForkedJvm;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process killed with SIGKILL while it writes loses nothing that it had acknowledged. Says nothing on loss of power. */
class KilledProcessTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void loseNothingAcknowledged(String backend) throws Exception {
        killRepeatedly(backend, 4, 60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    @Tag("slow")
    void loseNothingAcknowledgedOftener(String backend) throws Exception {
        killRepeatedly(backend, 25, 400);
    }

    private void killRepeatedly(String backend, int times, int appendsMax) throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < times; i++) {
            String last = killAfter(backend, 1 + random.nextInt(appendsMax));
            String when = backend + ", seed " + seed + "L, kill " + i + ", last acknowledged " + last;
            long acknowledged = Long.parseLong(last.substring(last.indexOf(' ') + 1));
            try (LogStore log = LogDirectory.open(directory, backend, LogWriterProcess.OPTIONS)) {
                Contents found = Contents.of(log);
                found.entries().forEach(LogStoreContract::assertEntry);
                // The round under way when it was killed may have cut off up to half of what it appended itself.
                assertThat(found.nextIndex()).as(when).isGreaterThanOrEqualTo(acknowledged);
                assertThat(found.entries()).as(when).isNotEmpty();
            }
        }
    }

    /** What the process said last. */
    private String killAfter(String backend, int appends) throws IOException, InterruptedException {
        Process process = ForkedJvm.start(LogWriterProcess.class, directory.toString(), backend);
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String last = null;
            for (int i = 0; i < appends; i++) {
                last = output.readLine();
                assertThat(last).as("the writer lives").isNotNull();
            }
            process.toHandle().destroyForcibly(); // unlike the process itself it leaves the pipe open
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                last = line;
            }
            assertThat(last).isNotNull();
            return last;
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
