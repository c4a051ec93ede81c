package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** A temporary directory that goes away with all that is in it. Only ever removes what it made. */
final class ScratchDirectory implements AutoCloseable {

    private final Path path;

    private ScratchDirectory(Path path) {
        this.path = path;
    }

    static ScratchDirectory make() {
        try {
            return new ScratchDirectory(Files.createTempDirectory("coord-"));
        } catch (IOException e) {
            throw new StartupException(ExitCode.DATA_DIR, "no temporary directory can be made: " + e, e);
        }
    }

    /** In a directory of the caller's: on the disk that is meant. */
    static ScratchDirectory in(Path directory) {
        try {
            return new ScratchDirectory(Files.createTempDirectory(Files.createDirectories(directory), "coord-"));
        } catch (IOException e) {
            throw new StartupException(ExitCode.DATA_DIR, directory + " can't be written: " + e, e);
        }
    }

    Path path() {
        return path;
    }

    /** What can't be removed stays: it is in the directory for temporary files. */
    @Override
    public void close() {
        try {
            Files.walkFileTree(path, new Removal());
        } catch (IOException e) {
            System.err.println("coord: " + path + " could not be removed: " + e);
        }
    }

    private static final class Removal extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
