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

/**
 * Opens a directory as a log. A directory belongs to the backend that it was first opened with: a small text file in it,
 * {@code BACKEND}, says which, and another backend is refused rather than let loose on foreign files.
 *
 * <p>Files of a log directory: {@code BACKEND}, {@code LOCK}, and those of the backend, either in the directory itself or in
 * a sub-directory {@code generation-N} (see {@link LogGenerations}). Keep nothing else in it.
 */
public final class LogDirectory {

    public static final String SEGMENT = "segment";
    public static final String LMDB = "lmdb";
    public static final String MAPDB = "mapdb";

    /** Keeps nothing: the directory gets no marker and no files but the lock. */
    public static final String MEMORY = "memory";

    /** Every name that {@link #open} knows, the default first. */
    public static final List<String> BACKENDS = List.of(SEGMENT, LMDB, MAPDB, MEMORY);

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
        LogGenerations generations = LogGenerations.open(directory, backend, true);
        boolean opened = false;
        try {
            LogStore store = generations.openLog(options);
            opened = true;
            return new DirectoryLogStore(store, generations);
        } finally {
            if (!opened) {
                generations.close();
            }
        }
    }

    static void checkKnown(String backend) {
        if (!BACKENDS.contains(backend)) {
            throw new IllegalArgumentException("unknown log backend '" + backend + "'; known: " + BACKENDS);
        }
    }

    static LogException cannotOpen(Path directory, IOException e) {
        return new LogException(Kind.IO, "can't open log directory " + directory + ": " + e, e);
    }

    /** The backend that a directory belongs to; empty if it holds no log. Takes no lock and writes nothing. */
    public static Optional<String> backendOf(Path directory) {
        return LogMarker.read(directory).map(LogMarker::backend);
    }

    /**
     * Where the files of a directory's log lie: the directory itself, or a sub-directory of it if the log was built there,
     * beside another one, by a running server. Takes no lock and writes nothing.
     */
    public static Path filesOf(Path directory) {
        return LogMarker.read(directory)
                .map(marker -> LogGenerations.files(directory, marker))
                .orElse(directory);
    }

    /**
     * Makes the directory the wished backend's if it is nobody's yet.
     *
     * @param insist another owner is an exception
     */
    static LogMarker claim(Path directory, String wished, boolean insist) throws IOException {
        Optional<LogMarker> marker = LogMarker.read(directory);
        if (marker.isPresent()) {
            String owner = marker.get().backend();
            if (insist && !owner.equals(wished)) {
                throw new LogException(
                        Kind.OTHER_BACKEND,
                        "log directory " + directory + " belongs to backend '" + owner + "', not '" + wished
                                + "': migrate it to '" + wished + "' first, or configure '" + owner + "'");
            }
            return marker.get();
        }
        LogMarker wanted = new LogMarker(wished, 0);
        if (!wished.equals(MEMORY)) {
            checkEmpty(directory);
            wanted.write(directory);
        }
        return wanted;
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

    static LogStore openStore(Path directory, String backend, LogOptions options) {
        return switch (backend) {
            case SEGMENT -> SegmentLogStore.open(directory, options);
            case LMDB -> LmdbLogStore.open(directory, options);
            case MAPDB -> MapDbLogStore.open(directory, options);
            default -> new MemoryLogStore(options);
        };
    }
}
