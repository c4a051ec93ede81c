package dev.coord.wal.maintenance;

import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log directory that this process holds. One log in it is <em>the</em> log: the marker says which. Another one may be built
 * beside it, in a sub-directory of its own, and be made the log by one atomic replacement of the marker.
 *
 * <p><b>Crashes.</b> Before {@link Beside#publish} has taken effect the old log is the log, after it the new one; there is no
 * third state. What is left of the other one is deleted when the directory is opened next.
 *
 * <p><b>Threads.</b> {@link #open} and {@link #close} by one; {@link #backend} and {@link #files} by any;
 * everything else by one at a time. Starts none.
 */
public final class LogGenerations implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogGenerations.class);
    private static final Pattern GENERATION = Pattern.compile("generation-([0-9]{1,9})");

    /** What the backends call their files: all that is ever deleted from the directory itself. */
    private static final Pattern BACKEND_FILE =
            Pattern.compile("MANIFEST.*|WATERMARK.*|segment-[0-9]+\\.log|data\\.mdb|lock\\.mdb|log\\.mapdb.*");

    private final Path directory;
    private final DirectoryLock lock;

    /** Replaced when another log is made the log; read by anybody. */
    private volatile LogMarker current;

    private LogGenerations(Path directory, DirectoryLock lock, LogMarker current) {
        this.directory = directory;
        this.lock = lock;
        this.current = current;
    }

    /**
     * Takes a directory, made if it is not there, and holds it until it is closed. Whose it is already decides over the wish.
     *
     * @param wished the backend of a directory that holds no log yet: one of {@link LogDirectory#BACKENDS}
     * @throws IllegalArgumentException if there is no such backend
     * @throws LogException as {@link LogDirectory#open}, but for another backend
     */
    public static LogGenerations open(Path directory, String wished) {
        return open(directory, wished, false);
    }

    /** @param insist another backend is an exception */
    static LogGenerations open(Path directory, String wished, boolean insist) {
        LogDirectory.checkKnown(wished);
        DirectoryLock lock;
        try {
            Files.createDirectories(directory);
            lock = DirectoryLock.acquire(directory);
        } catch (IOException e) {
            throw LogDirectory.cannotOpen(directory, e);
        }
        boolean opened = false;
        try {
            LogMarker marker = LogDirectory.claim(directory, wished, insist);
            LogGenerations generations = new LogGenerations(directory, lock, marker);
            if (!marker.backend().equals(LogDirectory.MEMORY)) {
                generations.deleteOthers();
            }
            opened = true;
            return generations;
        } catch (IOException e) {
            throw LogDirectory.cannotOpen(directory, e);
        } finally {
            if (!opened) {
                closeQuietly(lock);
            }
        }
    }

    private static void closeQuietly(DirectoryLock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            // The reason why the directory did not open is what the caller must see.
            LOG.debug("lock of a directory that did not open", e);
        }
    }

    /** The backend of the log. */
    public String backend() {
        return current.backend();
    }

    /** Where the log's files lie. */
    public Path files() {
        return files(directory, current);
    }

    static Path files(Path directory, LogMarker marker) {
        return marker.generation() == 0 ? directory : directory.resolve("generation-" + marker.generation());
    }

    /** Opens the log. The caller closes it before it closes this. */
    public LogStore openLog(LogOptions options) {
        return LogDirectory.openStore(files(), backend(), options);
    }

    /**
     * Makes an empty place for another log beside the log.
     *
     * @param backend one that keeps files
     * @throws LogException {@link Kind#IO} if the directory can't be made
     */
    public Beside begin(String backend) {
        if (backend().equals(LogDirectory.MEMORY) || backend.equals(LogDirectory.MEMORY)) {
            throw new IllegalArgumentException("a log in memory has no files: nothing can be built beside it or of it");
        }
        LogDirectory.checkKnown(backend);
        LogMarker marker = new LogMarker(backend, greatestGeneration() + 1);
        try {
            Files.createDirectory(files(directory, marker));
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't make " + files(directory, marker) + ": " + e, e);
        }
        return new Beside(marker);
    }

    private int greatestGeneration() {
        try (Stream<Path> names = Files.list(directory)) {
            return names.map(path -> GENERATION.matcher(path.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToInt(name -> Integer.parseInt(name.group(1)))
                    .reduce(current.generation(), Math::max);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't list " + directory + ": " + e, e);
        }
    }

    /**
     * Deletes all that is of no use: the files of a log that was the log before, those of one that never became it. None of
     * them may be open.
     *
     * @throws LogException {@link Kind#IO} naming what could not be deleted; it is deleted when the directory is opened next
     */
    public void deleteOthers() {
        List<Path> others;
        try (Stream<Path> paths = Files.list(directory)) {
            others = paths.filter(this::isOther).toList();
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't list " + directory + ": " + e, e);
        }
        others.forEach(LogGenerations::delete);
        if (!others.isEmpty()) {
            LOG.info("Deleted what is not of the log in {}: {}", files(), others);
        }
    }

    private boolean isOther(Path path) {
        String name = path.getFileName().toString();
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return GENERATION.matcher(name).matches() && !path.equals(files());
        }
        return current.generation() > 0 && BACKEND_FILE.matcher(name).matches();
    }

    /** True if a log's directory may hold a file of this name. */
    static boolean isOfALog(Path file) {
        String name = file.getFileName().toString();
        return BACKEND_FILE.matcher(name).matches()
                || name.equals(LogMarker.FILE)
                || name.equals(LogMarker.FILE_BESIDE)
                || name.equals(DirectoryLock.FILE);
    }

    private static void delete(Path path) {
        try {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                List<Path> files;
                try (Stream<Path> listed = Files.list(path)) {
                    files = listed.toList();
                }
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't delete " + path + ", which is of no use any more: " + e, e);
        }
    }

    /** Lets go of the directory. Whoever has a log in it open has closed it before. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't let go of the log directory's lock: " + e, e);
        }
    }

    /** A log being built beside the log. */
    public final class Beside {

        private final LogMarker marker;

        private Beside(LogMarker marker) {
            this.marker = marker;
        }

        public String backend() {
            return marker.backend();
        }

        public Path files() {
            return LogGenerations.files(directory, marker);
        }

        /** Opens it; the caller closes it. */
        public LogStore openLog(LogOptions options) {
            return LogDirectory.openStore(files(), backend(), options);
        }

        /**
         * All of {@link #publish} that can be done before: when it fails, nothing has changed.
         *
         * @throws LogException {@link Kind#IO}
         */
        public void prepare() {
            try {
                LogMarker.syncDirectory(files());
                marker.writeBeside(directory);
            } catch (IOException e) {
                throw new LogException(Kind.IO, "can't prepare " + files() + " to be the log: " + e, e);
            }
        }

        /**
         * Makes it the log, after {@link #prepare}.
         *
         * @throws LogException {@link Kind#IO}: either may be the log now. Nothing may be appended to the one or the other
         *     until the directory was opened anew.
         */
        public void publish() {
            try {
                LogMarker.publish(directory);
            } catch (IOException e) {
                throw new LogException(
                        Kind.IO, "can't make " + files() + " the log: " + e + "; start anew to see which one is", e);
            }
            current = marker;
        }
    }
}
