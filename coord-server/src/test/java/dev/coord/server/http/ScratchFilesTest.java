package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed process left goes; what a running one uses, and what is somebody else's, stays. */
class ScratchFilesTest {

    @TempDir
    private Path directory;

    @Test
    void onlyWhatADeadProcessHasLeftIsDeleted() throws Exception {
        long dead = deadProcess();
        Path left = Files.createFile(directory.resolve("coord-" + dead + "-1.coord-snapshot"));
        Path recording = Files.createFile(directory.resolve("coord-" + dead + "-1.jfr"));
        Path live = Files.createFile(
                directory.resolve("coord-" + ProcessHandle.current().pid() + "-1.coord-snapshot"));
        Path other = Files.createFile(directory.resolve("coord-" + dead + "-notes.txt"));

        ScratchFiles.sweep(directory);

        assertThat(left).doesNotExist();
        assertThat(recording).doesNotExist();
        assertThat(live).exists();
        assertThat(other).exists();
    }

    @Test
    void whatIsMadeIsTakenForThisProcess() throws IOException {
        Path made = ScratchFiles.make(".coord-snapshot");
        ScratchFiles.sweep();
        assertThat(made).exists();
        ScratchFiles.delete(made);
        assertThat(made).doesNotExist();
    }

    private static long deadProcess() throws Exception {
        Process process = new ProcessBuilder("true").start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.pid();
    }
}
