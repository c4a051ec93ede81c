package dev.coord.wal.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.ForkedJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bytes flipped and files cut: the old data or an exception that names file and offset, never other bytes and never the
 * end of the process, which the engine's map would be without {@link PageCheck}. In a JVM of its own, so that a crash is a
 * failure of this test and not of all.
 */
class LmdbDamageTest {

    @TempDir
    private Path directory;

    @Test
    void bytesFlippedAndFilesCutGiveTheOldDataOrNameFileAndOffset() throws IOException, InterruptedException {
        run(83);
    }

    @Test
    @Tag("slow")
    void eachByteFlippedAndEachCutGivesTheOldDataOrNamesFileAndOffset() throws IOException, InterruptedException {
        run(1);
    }

    private void run(int every) throws IOException, InterruptedException {
        ForkedJvm.Ended ended = ForkedJvm.run(
                LmdbDamageProcess.class,
                directory.toString(),
                String.valueOf(every),
                String.valueOf(new Random().nextInt(every)));
        assertThat(ended.exitCode())
                .as("the last it said: %s", ended.lastLine())
                .isZero();
        assertThat(ended.lastLine()).startsWith("done");
    }
}
