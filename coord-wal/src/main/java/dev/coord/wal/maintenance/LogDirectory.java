package dev.coord.wal.maintenance;

import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.lmdb.LmdbLogStore;
import dev.coord.wal.mapdb.MapDbLogStore;
import dev.coord.wal.memory.MemoryLogStore;
import dev.coord.wal.segment.SegmentLogStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a directory as a log. A directory belongs to the backend that it was first opened with: a small text file in it,
 * {@code BACKEND}, says which, and another backend is refused rather than let loose on foreign files.
 *
 * <p>Files of a log directory: {@code BACKEND}, {@code LOCK}, and those of the backend. Keep nothing else in it.
 */
public final class LogDirectory {

    public static final String SEGMENT = "segment";
    public static final String LMDB = "lmdb";
    public static final String MAPDB = "mapdb";

    /** Keeps nothing: the directory gets no marker and no files but the lock. */
    public static final String MEMORY = "memory";

    /** Every name that {@link #open} knows, the default first. */
    public static final List<String> BACKENDS = List.of(SEGMENT, LMDB, MAPDB, MEMORY);

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    private static final Set<String> OWN_FILES =
            Set.of(LogMarker.FILE, LogMarker.FILE_BESIDE, DirectoryLock.FILE, "lost+found");

    private LogDirectory() {}

    /**
     * Opens the log in a directory, made if it is not there, and holds the directory until the store is closed.
     *
     * @param backend one of {@link #BACKENDS}
     * @throws IllegalArgumentException if there is no such backend
     * @throws LogException {@link Kind#LOCKED} if a live process or another store has it open; {@link Kind#OTHER_BACKEND} if it
     *     belongs to another one; {@link Kind#NEWER_FORMAT} if a newer build wrote it; {@link Kind#DAMAGED} naming file
     *     and offset; {@link Kind#IO} if it can't be read or written
     */
    public static LogStore open(Path directory, String backend, LogOptions options) {
        if (!BACKENDS.contains(backend)) {
            throw new IllegalArgumentException("unknown log backend '" + backend + "'; known: " + BACKENDS);
        }
        DirectoryLock lock;
        try {
            Files.createDirectories(directory);
            lock = DirectoryLock.acquire(directory);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't open log directory " + directory + ": " + e, e);
        }
        boolean opened = false;
        try {
            claim(directory, backend);
            LogStore store = openStore(directory, backend, options);
            opened = true;
            return new DirectoryLogStore(store, lock);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't open log directory " + directory + ": " + e, e);
        } finally {
            if (!opened) {
                closeQuietly(lock);
            }
        }
    }

    /** The backend that a directory belongs to; empty if it holds no log. Takes no lock and writes nothing. */
    public static Optional<String> backendOf(Path directory) {
        return LogMarker.read(directory).map(LogMarker::backend);
    }

    private static void claim(Path directory, String backend) throws IOException {
        Optional<LogMarker> marker = LogMarker.read(directory);
        if (marker.isPresent()) {
            String owner = marker.get().backend();
            if (!owner.equals(backend)) {
                throw new LogException(
                        Kind.OTHER_BACKEND,
                        "log directory " + directory + " belongs to backend '" + owner + "', not '" + backend
                                + "': migrate it to '" + backend + "' first, or configure '" + owner + "'");
            }
        } else if (!backend.equals(MEMORY)) {
            checkEmpty(directory);
            new LogMarker(backend, LogMarker.FORMAT).write(directory);
        }
    }

    /** Without a marker there must be nothing: else it is lost, and the log with it would seem empty. */
    private static void checkEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            Optional<String> stranger = files.map(file -> file.getFileName().toString())
                    .filter(name -> !OWN_FILES.contains(name))
                    .findFirst();
            if (stranger.isPresent()) {
                throw new LogException(
                        Kind.DAMAGED,
                        directory.resolve(LogMarker.FILE)
                                + " is missing (offset 0), but there are other files, for instance " + stranger.get()
                                + ": choose an empty directory, or write the marker anew if you know the backend");
            }
        }
    }

    private static LogStore openStore(Path directory, String backend, LogOptions options) {
        return switch (backend) {
            case SEGMENT -> SegmentLogStore.open(directory, options);
            case LMDB -> LmdbLogStore.open(directory, options);
            case MAPDB -> MapDbLogStore.open(directory, options);
            default -> new MemoryLogStore(options);
        };
    }

    private static void closeQuietly(DirectoryLock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            // The reason why the directory did not open is what the caller must see.
            LOG.debug("lock of a directory that did not open", e);
        }
    }
}
