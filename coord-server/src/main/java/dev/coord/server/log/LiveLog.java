package dev.coord.server.log;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyRecorder;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogGenerations;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of a running server: all that {@link LogStore} says, and another store can take its place while it is in use.
 *
 * <p>Threads: as {@link LogStore}. Mutations, registering a {@link Mirror} and the take-over exclude each other by a lock that
 * nobody else wants; readers take none.
 */
public final class LiveLog implements LogStore {

    private static final Logger LOG = LoggerFactory.getLogger(LiveLog.class);

    private final LogGenerations generations;
    private final LogOptions options;

    /** Fair: between two batches of a busy log thread the builder would else never get it. */
    private final ReentrantLock changing = new ReentrantLock(true);

    /** Replaced under the lock, read by anybody. */
    private volatile LogStore current;

    /** Set and cleared under the lock; told of truncations under it, too. */
    private volatile @Nullable Mirror mirror;

    /** Set under the lock when nobody knows any more which log is the log. */
    private volatile @Nullable LogException failure;

    /** Written by the thread that appends. */
    private final LatencyRecorder appends = new LatencyRecorder();

    private LiveLog(LogGenerations generations, LogOptions options) {
        this.generations = generations;
        this.options = options;
        this.current = generations.openLog(options);
    }

    /**
     * Opens the log in a directory and holds it until closed. The backend that the directory belongs to is used, whatever is
     * wished: a server whose log was changed while it ran starts again with the configuration that it had.
     *
     * @param wished the backend of a directory without a log: one of {@code LogDirectory.BACKENDS}
     * @throws LogException as {@code LogDirectory.open}
     */
    public static LiveLog open(Path directory, String wished, LogOptions options) {
        LogGenerations generations = LogGenerations.open(directory, wished);
        boolean opened = false;
        try {
            LiveLog log = new LiveLog(generations, options);
            opened = true;
            if (!log.backend().equals(wished)) {
                LOG.info(
                        "The log in {} is kept by '{}' and stays so; log_backend = '{}' is for a directory without a log."
                                + " To change it: coord wal online migrate --to {}",
                        directory,
                        log.backend(),
                        wished,
                        wished);
            }
            return log;
        } finally {
            if (!opened) {
                generations.close();
            }
        }
    }

    /** The backend that keeps the log now. */
    public String backend() {
        return generations.backend();
    }

    LogGenerations generations() {
        return generations;
    }

    LogOptions options() {
        return options;
    }

    LogStore current() {
        return current;
    }

    /** How long appends took since open, whichever store they went to: the wait for the lock, the write and the sync. */
    public LatencyHistogram appendLatency() {
        return appends.picture();
    }

    // ---- what a build does

    /** From now on tells a mirror of truncations and new entries. */
    void attach(Mirror attached) {
        changing.lock();
        try {
            mirror = attached;
        } finally {
            changing.unlock();
        }
    }

    void detach() {
        changing.lock();
        try {
            mirror = null;
        } finally {
            changing.unlock();
        }
    }

    /** The last steps of a take-over, while no mutation runs. */
    interface TakeOver {
        /**
         * Brings the other store up to the log and makes it the log on disk.
         *
         * @return the store that takes over; null: not now, nothing has changed
         * @throws RuntimeException any other: nothing has changed
         * @throws UnclearException if it is not known which store is the log on disk
         */
        @Nullable
        LogStore run();
    }

    /** From here on nothing may be appended to either store. */
    static final class UnclearException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final LogException cause;

        UnclearException(LogException cause) {
            super(cause);
            this.cause = cause;
        }
    }

    /**
     * The store that was the log before, to be closed by the caller; null when nothing has changed.
     *
     * @throws UnclearException if the steps do: every later mutation fails, and files of neither store may be deleted
     */
    @Nullable
    LogStore takeOver(TakeOver steps) {
        changing.lock();
        try {
            checkWritable();
            LogStore next = steps.run();
            if (next == null) {
                return null;
            }
            LogStore before = current;
            current = next;
            mirror = null;
            return before;
        } catch (UnclearException e) {
            failure = e.cause;
            throw e;
        } finally {
            changing.unlock();
        }
    }

    private void checkWritable() {
        LogException why = failure;
        if (why != null) {
            throw new LogException(LogException.Kind.FAILED, String.valueOf(why.getMessage()), why);
        }
    }

    // ---- mutations

    @Override
    public void append(List<LogEntry> entries) {
        long begin = System.nanoTime();
        mutate(() -> current.append(entries), Long.MAX_VALUE);
        appends.record(System.nanoTime() - begin);
    }

    @Override
    public void truncatePrefix(long firstKept) {
        mutate(() -> current.truncatePrefix(firstKept), Long.MAX_VALUE);
    }

    @Override
    public void truncateSuffix(long nextKept) {
        mutate(() -> current.truncateSuffix(nextKept), nextKept);
    }

    @Override
    public void reset(long nextIndex) {
        mutate(() -> current.reset(nextIndex), 0);
    }

    /** @param cut entries from here on are others than before */
    private void mutate(Runnable change, long cut) {
        changing.lock();
        try {
            checkWritable();
            change.run();
            Mirror told = mirror;
            if (told != null) {
                // After the change: a mirror that is told first could read the old entries once more.
                told.changed(cut);
            }
        } finally {
            changing.unlock();
        }
    }

    // ---- reading

    @Override
    public long firstIndex() {
        return ask(LogStore::firstIndex);
    }

    @Override
    public long nextIndex() {
        return ask(LogStore::nextIndex);
    }

    @Override
    public LogEntry read(long index) {
        return ask(store -> store.read(index));
    }

    @Override
    public long term(long index) {
        return ask(store -> store.term(index));
    }

    @Override
    public int entryBytesMax() {
        return ask(LogStore::entryBytesMax);
    }

    @Override
    public LogStats stats() {
        return ask(LogStore::stats);
    }

    /** Of the store that is the log now: begins anew when another takes over. */
    @Override
    public LatencyHistogram syncLatency() {
        return ask(LogStore::syncLatency);
    }

    /** A reader that was still with the store that was replaced asks again. */
    private <T> T ask(Function<LogStore, T> question) {
        while (true) {
            LogStore asked = current;
            try {
                return question.apply(asked);
            } catch (LogException e) {
                if (e.kind() != LogException.Kind.CLOSED || asked == current) {
                    throw e;
                }
            }
        }
    }

    /** Closes the log and lets go of the directory. Builds must have ended: see {@link LogOperations#close}. */
    @Override
    public void close() {
        try (generations) {
            current.close();
        }
    }
}
