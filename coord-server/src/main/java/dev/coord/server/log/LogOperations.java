package dev.coord.server.log;

import dev.coord.server.log.BuildProgress.Purpose;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyWindow;
import dev.coord.wal.LogException;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be done to the log of a running server. One thing at a time; whoever asks for a second is refused with the reason.
 *
 * <p>Safe from any thread; nothing waits for a build, though beginning one asks the file system how much room there is. Must be
 * closed before the log.
 */
public final class LogOperations implements AutoCloseable {

    /** How far back recent appends reach. */
    public static final int WINDOW_SECONDS = 10;

    static final int OUTCOMES_MAX = 8;

    private static final long TICK_MILLIS = 1_000;
    private static final int TICKS_PER_LOOK = 5;
    private static final long STOP_SECONDS_MAX = 10;
    /** What must be free on disk beside what a second log takes. */
    private static final long ROOM_BYTES = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(LogOperations.class);

    private final LiveLog log;
    private final LogSettings settings;
    private final UnaryOperator<LogStore> wrap;
    private final long tickMillis;
    private final LatencyWindow recentAppends;
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "coord-log-tick");
        thread.setDaemon(true);
        return thread;
    });

    /** Guarded by this. */
    private final Deque<BuildOutcome> outcomes = new ArrayDeque<>();
    /** Guarded by this for writing; null: nothing is being built. */
    private volatile @Nullable Build build;
    /** Guarded by this. */
    private @Nullable Thread builder;
    /** Guarded by this. */
    private boolean closed;
    /** Counts outcomes by purpose and result. */
    private final OutcomeCounts counts = new OutcomeCounts();

    // Tick thread only.

    private final DueWork due;
    private int ticks;

    public LogOperations(LiveLog log, LogSettings settings) {
        this(log, settings, store -> store, TICK_MILLIS);
    }

    /**
     * @param wrap what stores built beside the log are used through
     * @param tickMillis how often it looks at appends; every fifth time, whether something is due
     */
    LogOperations(LiveLog log, LogSettings settings, UnaryOperator<LogStore> wrap, long tickMillis) {
        this.log = log;
        this.settings = settings;
        this.wrap = wrap;
        this.tickMillis = tickMillis;
        this.due = new DueWork(settings);
        this.recentAppends = new LatencyWindow(log::appendLatency, WINDOW_SECONDS);
    }

    /** Begins to look whether something is due. */
    public void start() {
        ScheduledFuture<?> unused =
                ticker.scheduleWithFixedDelay(this::tick, tickMillis, tickMillis, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            recentAppends.tick();
            if (++ticks % TICKS_PER_LOOK == 0) {
                due.look(this);
            }
        } catch (LogException e) {
            LOG.debug("The log is closed", e);
        } catch (RuntimeException e) {
            LOG.error("The log's timer failed in a way that is a bug; it goes on", e);
        }
    }

    /** What stands now. Costs some backends a walk of their free lists. */
    public LogStatus status() {
        Build running = build;
        return new LogStatus(
                log.backend(),
                log.generations().files().toString(),
                log.firstIndex(),
                log.nextIndex(),
                log.stats(),
                recentAppends.recent(),
                running == null ? null : running.progress(),
                outcomes());
    }

    /** The backend that keeps the log. Cheap. */
    public String backend() {
        return log.backend();
    }

    /** As {@link LogStore#stats}. */
    public LogStats stats() {
        return log.stats();
    }

    /** As {@link LogStore#syncLatency}. */
    public LatencyHistogram syncLatency() {
        return log.syncLatency();
    }

    /** As {@link LiveLog#appendLatency}. */
    public LatencyHistogram appendLatency() {
        return log.appendLatency();
    }

    /** What is being built beside the log; null: nothing. Cheap. */
    public @Nullable BuildProgress progress() {
        Build running = build;
        return running == null ? null : running.progress();
    }

    /** Null: nothing is being built. */
    @Nullable
    Build running() {
        return build;
    }

    /** How the last builds ended, newest first, {@value #OUTCOMES_MAX} at most. */
    public synchronized List<BuildOutcome> outcomes() {
        return List.copyOf(outcomes);
    }

    /** How many builds ended how, since the server started. */
    public long count(Purpose purpose, BuildOutcome.Result result) {
        return counts.get(purpose, result);
    }

    /**
     * Begins to build the log anew, without its free space; it takes over by itself when it is ready.
     *
     * @return completes, never exceptionally, with what came of it
     * @throws LogOperationException if the backend has nothing to compact, something is being built already, or there is no room
     */
    public CompletableFuture<BuildOutcome> compact() {
        String backend = log.backend();
        if (!canCompact(backend)) {
            throw new LogOperationException("a log in '" + backend + "' needs no compaction: "
                    + (backend.equals(LogDirectory.SEGMENT)
                            ? "it deletes whole files as soon as the entries in them are no longer needed"
                            : "it has no files"));
        }
        return begin(Purpose.COMPACT, backend).ended();
    }

    static boolean canCompact(String backend) {
        return Set.of(LogDirectory.LMDB, LogDirectory.MAPDB).contains(backend);
    }

    /**
     * Begins to keep a second log that holds what the log holds, and to compare the two.
     *
     * @param backend of the second log; may be the log's own
     * @return completes, never exceptionally, when it is the log or is no more
     * @throws LogOperationException if there is no such backend, something is being built already, or there is no room
     */
    public CompletableFuture<BuildOutcome> startShadow(String backend) {
        return begin(Purpose.SHADOW, backend).ended();
    }

    /**
     * Ends what is being built beside the log, and deletes it; it is gone shortly after.
     *
     * @throws LogOperationException if there is nothing
     */
    public void stop() {
        Build running = build;
        if (running == null) {
            throw new LogOperationException("nothing is being built beside the log");
        }
        running.stop();
    }

    /**
     * Lets the shadow become the log as soon as it holds what the log holds.
     *
     * @return completes when it has; exceptionally with a {@link LogOperationException} if it is dropped before
     * @throws LogOperationException if there is no shadow
     */
    public CompletableFuture<@Nullable Void> takeOver() {
        return shadow().takeOver();
    }

    private Build shadow() {
        Build running = build;
        if (running == null || running.purpose() != Purpose.SHADOW) {
            throw new LogOperationException("no shadow log is kept: start one first");
        }
        return running;
    }

    synchronized Build begin(Purpose purpose, String backend) {
        if (closed) {
            throw new LogOperationException("this server is stopping");
        }
        Build running = build;
        if (running != null) {
            throw new LogOperationException(
                    running.purpose() == Purpose.COMPACT
                            ? "a compaction is under way: wait for it, or stop it first"
                            : "a shadow log is kept or put away: stop it first, and wait until it is gone");
        }
        checkBackend(backend);
        checkRoom();
        Pace pace = new Pace(recentAppends.recent(), log::appendLatency, System::nanoTime);
        Build begun = new Build(log, purpose, backend, pace, settings.fallBehind(), wrap, this::ended);
        Thread thread = new Thread(begun::run, "coord-log-beside");
        thread.setDaemon(true);
        build = begun;
        builder = thread;
        thread.start();
        return begun;
    }

    private void checkBackend(String backend) {
        if (log.backend().equals(LogDirectory.MEMORY) || backend.equals(LogDirectory.MEMORY)) {
            throw new LogOperationException("a log in memory has no files: nothing can be built of it or beside it");
        }
        if (!LogDirectory.BACKENDS.contains(backend)) {
            throw new LogOperationException("unknown log backend '" + backend + "'; known: " + LogDirectory.BACKENDS);
        }
    }

    private void checkRoom() {
        try {
            long room = Files.getFileStore(log.generations().files()).getUsableSpace();
            long needed = 2 * log.stats().liveBytes() + ROOM_BYTES;
            if (room < needed) {
                throw new LogOperationException("a second log may need " + needed + " bytes, but only " + room
                        + " are free on the disk of " + log.generations().files());
            }
        } catch (IOException e) {
            throw new LogOperationException("can't ask how much room there is for a second log: " + e);
        }
    }

    private synchronized void ended(BuildOutcome outcome) {
        build = null;
        builder = null;
        counts.add(outcome);
        outcomes.addFirst(outcome);
        if (outcomes.size() > OUTCOMES_MAX) {
            outcomes.removeLast();
        }
    }

    /** Stops what is being built and waits for it: what it had built is deleted. The log stays open. */
    @Override
    public void close() {
        ticker.shutdownNow();
        Build running;
        Thread thread;
        synchronized (this) {
            closed = true;
            running = build;
            thread = builder;
        }
        if (running == null || thread == null) {
            return;
        }
        running.stop();
        try {
            // Never interrupted: that would close the log's own files under it.
            thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS_MAX));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
