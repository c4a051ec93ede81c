package dev.coord.wal.maintenance;

import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogReader;
import dev.coord.wal.lmdb.LmdbLogReader;
import dev.coord.wal.mapdb.MapDbLogReader;
import dev.coord.wal.segment.SegmentLogReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a log lies, found without writing anything.
 *
 * @param directory the log's directory
 * @param files where its files lie: that directory or one in it
 * @param backend whose they are
 * @param markerDamage why the directory's own word on this could not be taken; null if it could
 */
public record LogLocation(
        Path directory,
        Path files,
        String backend,
        @Nullable String markerDamage) {

    private static final String GENERATION = "generation-";

    /**
     * Finds the log of a server's data directory, of its {@code raft} directory, or in the directory itself. If the file
     * that names the backend is lost or damaged, the log's files tell.
     *
     * @throws LogException {@link Kind#IO} if there is no log there; {@link Kind#NEWER_FORMAT}
     */
    public static LogLocation find(Path given) {
        if (!Files.isDirectory(given)) {
            throw new LogException(Kind.IO, given + " is not a directory");
        }
        for (String inside : new String[] {"", "log", "raft/log"}) {
            Path directory = inside.isEmpty() ? given : given.resolve(inside);
            if (Files.isDirectory(directory)) {
                LogLocation found = at(directory);
                if (found != null) {
                    return found;
                }
            }
        }
        throw new LogException(
                Kind.IO,
                "no log in " + given
                        + ": give a server's data directory (with raft/log in it) or a log's directory (with"
                        + " the file " + LogMarker.FILE + " in it); a log in memory has no files");
    }

    private static @Nullable LogLocation at(Path directory) {
        String damage;
        try {
            Optional<LogMarker> marker = LogMarker.read(directory);
            if (marker.isPresent() && isKnown(marker.get().backend())) {
                LogMarker known = marker.get();
                return new LogLocation(directory, LogGenerations.files(directory, known), known.backend(), null);
            }
            damage = marker.isPresent()
                    ? "it names the backend '" + marker.get().backend() + "', which this build does not know"
                    : "the file is missing";
        } catch (LogException e) {
            if (e.kind() != Kind.DAMAGED) {
                throw e;
            }
            damage = "it does not have the form of a marker";
        }
        return byFiles(directory, damage);
    }

    private static boolean isKnown(String backend) {
        return LogDirectory.BACKENDS.contains(backend) && !backend.equals(LogDirectory.MEMORY);
    }

    /** Newer generations first: an older one is only there until it is deleted. */
    private static @Nullable LogLocation byFiles(Path directory, String damage) {
        try (Stream<Path> children = Files.list(directory)) {
            Stream<Path> generations = children.filter(Files::isDirectory)
                    .filter(child -> child.getFileName().toString().startsWith(GENERATION))
                    .sorted(Comparator.comparing(Path::toString).reversed());
            for (Path files : Stream.concat(Stream.of(directory), generations).toList()) {
                String backend = backendOf(files);
                if (backend != null) {
                    return new LogLocation(directory, files, backend, damage);
                }
            }
            return null;
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't list " + directory + ": " + e, e);
        }
    }

    private static @Nullable String backendOf(Path files) throws IOException {
        try (Stream<Path> children = Files.list(files)) {
            for (Path child : children.toList()) {
                String name = child.getFileName().toString();
                if (name.equals("MANIFEST") || name.startsWith("segment-")) {
                    return LogDirectory.SEGMENT;
                } else if (name.equals("data.mdb")) {
                    return LogDirectory.LMDB;
                } else if (name.equals("log.mapdb")) {
                    return LogDirectory.MAPDB;
                }
            }
            return null;
        }
    }

    /** Reads the log's files, see {@link LogReader}. */
    LogReader reader() {
        return switch (backend) {
            case LogDirectory.SEGMENT -> new SegmentLogReader(files);
            case LogDirectory.LMDB -> new LmdbLogReader(files);
            default -> new MapDbLogReader(files);
        };
    }
}
