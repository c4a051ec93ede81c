package dev.coord.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Makes a server's data directory and says in words why one can't be used. The parts below keep their own files and locks
 * in it: {@code raft/}, {@code agent/}.
 *
 * <p>Keeps {@code log_backend}, because an empty log in another format would be taken for an empty server.
 */
final class DataDir {

    private static final String BACKEND_FILE = "log_backend";

    private DataDir() {}

    /**
     * Makes the directory when missing; remembers the log's backend durably.
     *
     * @throws StartupException saying what is wrong with which path
     */
    static void prepare(Path path, LogBackend backend) {
        try {
            Files.createDirectories(path);
            requireSameBackend(path, backend);
        } catch (FileAlreadyExistsException e) {
            throw refused(path, e.getFile() + " is a file: choose another -data-dir or move the file away", e);
        } catch (IOException e) {
            throw refused(path, "can't be written: " + e + "; choose another -data-dir or give access to it", e);
        }
    }

    /** For a part that could not use the directory. */
    static StartupException refused(Path path, String why, @Nullable Exception cause) {
        return new StartupException(ExitCode.DATA_DIR, "data directory " + path + ": " + why, cause);
    }

    private static void requireSameBackend(Path path, LogBackend backend) throws IOException {
        Path file = path.resolve(BACKEND_FILE);
        if (!Files.exists(file)) {
            write(file, backend.key());
            return;
        }
        String kept = Files.readString(file).strip();
        if (!kept.equals(backend.key())) {
            throw refused(
                    path,
                    "its log was written with log_backend = \"" + kept + "\", and \"" + backend.key()
                            + "\" was asked for: start with the former, or with an empty directory",
                    null);
        }
    }

    private static void write(Path file, String content) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel out = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
