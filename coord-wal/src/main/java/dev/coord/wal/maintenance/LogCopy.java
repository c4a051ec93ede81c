package dev.coord.wal.maintenance;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogReader;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogVisitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A log written anew, into another directory or in its place, in the same backend (which leaves its free space behind) or
 * in another one. Read without being opened, written beside, synced, read back and compared entry by entry, and only then
 * given its name by one rename.
 *
 * <p><b>Crashes.</b> Before that rename there is no new log, and in its place the old one is the log; after it there is.
 * What a run that was killed has left over is deleted by the next one, in its place also by the next server.
 *
 * @param from the log that was read
 * @param backend of the new log
 * @param directory of the new log
 * @param entries number of entries copied
 * @param bytes bytes of data of these
 * @param fileBytesBefore bytes of the files of the old log
 * @param fileBytesAfter bytes of the files of the new one
 * @param damage the first damage of the old log, if it was to be salvaged: if it takes entries away, the new log ends before
 *     it; else null
 */
public record LogCopy(
        LogLocation from,
        String backend,
        Path directory,
        long entries,
        long bytes,
        long fileBytesBefore,
        long fileBytesAfter,
        @Nullable LogDamage damage) {

    private static final String WORK_SUFFIX = ".copying";

    /** Whatever a log holds, its copy takes. */
    private static final LogOptions OPTIONS = LogOptions.DEFAULT.withEntryBytesMax(LogOptions.ENTRY_BYTES_LIMIT);

    /**
     * Copies a log to a directory that does not exist yet, or is empty. The source is not written to.
     *
     * @param backend of the copy, one that keeps files
     * @param salvage true: of a damaged log, copy what lies before the first entry that is lost; false: refuse it
     * @throws LogException {@link Kind#DAMAGED} naming the damage; {@link Kind#LOCKED} if a copy to the same place is under
     *     way; {@link Kind#IO}
     */
    public static LogCopy toDirectory(
            LogScan source, Path target, String backend, boolean salvage, ProgressListener progress) {
        checkKeepsFiles(backend);
        Path absolute = target.toAbsolutePath().normalize();
        Path work = absolute.resolveSibling(absolute.getFileName() + WORK_SUFFIX);
        try {
            requireFree(absolute);
            deleteLeftover(work);
            Files.createDirectories(work.getParent());
            Written written;
            try (LogStore store = LogDirectory.open(work, backend, OPTIONS)) {
                written = write(source::read, store, salvage, progress);
            }
            long after = compare(LogLocation.find(work).reader(), written.sums, progress);
            LogMarker.syncDirectory(work);
            Files.move(work, absolute, StandardCopyOption.ATOMIC_MOVE);
            LogMarker.syncDirectory(work.getParent());
            return written.copy(source.location(), backend, target, after);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't copy the log to " + target + ": " + e, e);
        } finally {
            deleteQuietly(work);
        }
    }

    /**
     * Replaces a log by one that is written anew. The old one stays what it is until the new one counts, and is deleted then.
     *
     * @param given a server's data directory or a log's own
     * @param backend of the new log; null: the same as the old one's
     * @throws LogException {@link Kind#DAMAGED} naming the damage; {@link Kind#LOCKED} if a live server has it; {@link
     *     Kind#IO}. The old log is then still the log, unless the message says otherwise.
     */
    public static LogCopy inPlace(Path given, @Nullable String backend, ProgressListener progress) {
        LogLocation location = LogLocation.find(given);
        if (location.markerDamage() != null) {
            throw new LogException(
                    Kind.DAMAGED,
                    location.directory().resolve(LogMarker.FILE) + " is damaged: " + location.markerDamage()
                            + "; nothing was changed: copy the log to another directory instead");
        }
        String wanted = backend == null ? location.backend() : backend;
        checkKeepsFiles(wanted);
        ReadHold server = ReadHold.ofServer(location);
        try (LogGenerations generations = LogGenerations.open(location.directory(), location.backend())) {
            return replace(generations, LogLocation.find(location.directory()), wanted, progress);
        } finally {
            server.close();
        }
    }

    private static LogCopy replace(
            LogGenerations generations, LogLocation from, String backend, ProgressListener progress) {
        LogGenerations.Beside beside = generations.begin(backend);
        boolean published = false;
        try {
            Written written;
            try (LogStore store = beside.openLog(OPTIONS)) {
                written = write(visitor -> read(from.reader(), visitor), store, false, progress);
            }
            LogReader copied = new LogLocation(from.directory(), beside.files(), backend, null).reader();
            long after = compare(copied, written.sums, progress);
            beside.prepare();
            beside.publish();
            published = true;
            return written.copy(from, backend, from.directory(), after);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't write " + beside.files() + ": " + e, e);
        } finally {
            clean(generations, published);
        }
    }

    private static void checkKeepsFiles(String backend) {
        LogDirectory.checkKnown(backend);
        if (backend.equals(LogDirectory.MEMORY)) {
            throw new IllegalArgumentException("the backend 'memory' keeps no files: a log can't be copied to it");
        }
    }

    /** The new log is the log, or there is an exception on its way that says more than this could. */
    private static void clean(LogGenerations generations, boolean published) {
        try {
            generations.deleteOthers();
        } catch (LogException e) {
            if (published) {
                throw new LogException(
                        e.kind(),
                        "the new log is in place, but what is left of the old one is not gone: " + e.getMessage(),
                        e);
            }
        }
    }

    private interface Source {
        LogLayout read(LogVisitor visitor) throws IOException;
    }

    private static LogLayout read(LogReader reader, LogVisitor visitor) throws IOException {
        try {
            return reader.read(visitor);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** What went into the new log. */
    private record Written(
            EntrySums sums,
            long entries,
            long bytes,
            long fileBytes,
            @Nullable LogDamage damage) {

        LogCopy copy(LogLocation from, String backend, Path directory, long fileBytesAfter) {
            return new LogCopy(from, backend, directory, entries, bytes, fileBytes, fileBytesAfter, damage);
        }
    }

    private static Written write(Source source, LogStore store, boolean salvage, ProgressListener progress)
            throws IOException {
        EntryWriter writer = new EntryWriter(store, salvage, progress);
        LogLayout layout = source.read(writer);
        writer.finish(layout);
        return new Written(writer.sums(), writer.entries(), writer.bytes(), layout.fileBytes(), writer.damage());
    }

    /** Bytes of its files. */
    private static long compare(LogReader copied, EntrySums sums, ProgressListener progress) throws IOException {
        Comparing comparing = new Comparing(sums, progress);
        LogLayout layout = read(copied, comparing);
        if (comparing.entries != sums.count()) {
            throw new LogException(
                    Kind.DAMAGED,
                    "the new log reads back " + comparing.entries + " entries of " + sums.count()
                            + ": the disk did not keep what was synced; the old log is untouched");
        }
        return layout.fileBytes();
    }

    private static final class Comparing implements LogVisitor {

        private final EntrySums sums;
        private final ProgressListener progress;
        private long entries;

        Comparing(EntrySums sums, ProgressListener progress) {
            this.sums = sums;
            this.progress = progress;
        }

        @Override
        public void entry(LogEntry entry, String file, long offset) {
            if (!sums.matches(entry)) {
                throw different("entry " + entry.index() + " reads back differently");
            }
            entries++;
        }

        @Override
        public void damage(LogDamage damage) {
            throw different(damage.toString());
        }

        private static LogException different(String what) {
            return new LogException(
                    Kind.DAMAGED,
                    "the new log is not what was written: " + what
                            + ": the disk did not keep what was synced; the old log is untouched");
        }

        @Override
        public void progress(long done, long total) {
            progress.progress("comparing", done, total);
        }
    }

    private static void requireFree(Path target) throws IOException {
        if (Files.exists(target)) {
            try (Stream<Path> children = Files.list(target)) {
                if (children.findAny().isPresent()) {
                    throw new LogException(
                            Kind.IO,
                            target + " is not empty: give a directory that is not there yet, nothing is overwritten");
                }
            }
        }
    }

    /** A live copy to the same place holds it; a killed one does not. */
    private static void deleteLeftover(Path work) throws IOException {
        if (Files.isDirectory(work)) {
            DirectoryLock lock = DirectoryLock.acquire(work);
            try {
                delete(work);
            } finally {
                lock.close();
            }
        }
    }

    private static void delete(Path work) throws IOException {
        List<Path> files;
        try (Stream<Path> children = Files.list(work)) {
            files = children.toList();
        }
        for (Path file : files) {
            if (!LogGenerations.isOfALog(file)) {
                throw new LogException(
                        Kind.IO,
                        work + " is where a copy is written, but holds " + file.getFileName()
                                + ", which no copy has left there: move it away");
            }
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(work);
    }

    /** When it is still there, the reason is an exception that is on its way. */
    private static void deleteQuietly(Path work) {
        try {
            deleteLeftover(work);
        } catch (IOException | LogException e) {
            // The next run deletes it.
        }
    }
}
