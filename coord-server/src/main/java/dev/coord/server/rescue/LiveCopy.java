package dev.coord.server.rescue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A copy of a directory that a server may be writing to, to be read in its place. The logs are copied before the snapshots, so
 * that a snapshot that makes the log shorter meanwhile is in the copy. What the server writes meanwhile may be half there, and
 * is then told as damage at the end of the log.
 */
public final class LiveCopy implements AutoCloseable {

    private static final Set<String> LOCKS = Set.of("lock", "LOCK", "lock.mdb");
    private static final String SNAPSHOTS = "snapshots";

    private final Path scratch;
    private final Path directory;

    private LiveCopy(Path scratch, Path directory) {
        this.scratch = scratch;
        this.directory = directory;
    }

    /** @param below where a directory for the copy is made; it must have room for all of it */
    public static LiveCopy of(Path source, Path below) throws IOException {
        Path scratch = Files.createTempDirectory(below, "coord-recover");
        LiveCopy copy = new LiveCopy(scratch, scratch.resolve("copy"));
        try {
            copy.copy(source, false);
            copy.copy(source, true);
            return copy;
        } catch (IOException | RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    /** What to read. */
    public Path directory() {
        return directory;
    }

    private void copy(Path source, boolean snapshots) throws IOException {
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) throws IOException {
                boolean others = isOfSnapshots(path) != snapshots && isOfSnapshots(path);
                if (others) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(target(path));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (isOfSnapshots(file) == snapshots
                        && attributes.isRegularFile()
                        && !LOCKS.contains(file.getFileName().toString())) {
                    try {
                        Files.copy(file, target(file));
                    } catch (NoSuchFileException e) {
                        // The server has deleted it meanwhile, so it is not needed.
                        return FileVisitResult.CONTINUE;
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            private Path target(Path path) {
                return directory.resolve(source.relativize(path).toString());
            }

            private boolean isOfSnapshots(Path path) {
                for (Path part : source.relativize(path)) {
                    if (part.toString().equals(SNAPSHOTS)) {
                        return true;
                    }
                }
                return false;
            }
        });
    }

    @Override
    public void close() throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.walk(scratch)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
