package dev.coord.server;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes a server's data directory and says in words why one can't be used. The parts below keep their own files and locks
 * in it: {@code raft/}, {@code agent/}.
 */
final class DataDir {

    private DataDir() {}

    /**
     * Makes the directory when missing.
     *
     * @throws StartupException saying what is wrong with which path
     */
    static void prepare(Path path) {
        try {
            Files.createDirectories(path);
            if (!Files.isWritable(path)) {
                throw refused(path, "can't be written: choose another -data-dir or give access to it", null);
            }
        } catch (FileAlreadyExistsException e) {
            throw refused(path, e.getFile() + " is a file: choose another -data-dir or move the file away", e);
        } catch (IOException e) {
            throw refused(path, "can't be made: " + e + "; choose another -data-dir or give access to it", e);
        }
    }

    /** For a part that could not use the directory. */
    static StartupException refused(Path path, String why, @Nullable Exception cause) {
        return new StartupException(ExitCode.DATA_DIR, "data directory " + path + ": " + why, cause);
    }
}
