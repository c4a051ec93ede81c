package dev.coord.server.log;

import dev.coord.server.log.BuildOutcome.Result;
import dev.coord.server.log.BuildProgress.Phase;
import dev.coord.server.log.BuildProgress.Purpose;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyRecorder;
import dev.coord.wal.LogException;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogGenerations.Beside;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One log being built beside the log, from nothing to its take-over or its end. {@link #run} is the builder's thread; the rest
 * may be called by any and never waits.
 */
final class Build {

    /** No more entries than this are copied while the log's thread waits. */
    private static final long TAKE_OVER_ENTRIES_MAX = 64;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /** Readers that were with the log before have left it by then. */
    private static final long RETIRE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final Logger LOG = LoggerFactory.getLogger(Build.class);

    private final LiveLog log;
    private final Purpose purpose;
    private final String backend;
    private final String backendBefore;
    private final UnaryOperator<LogStore> wrap;
    private final Consumer<BuildOutcome> whenEnded;
    private final Pace pace;
    private final Duration fallBehind;
    private final Instant begun = Instant.now();
    private final long begunNanos = System.nanoTime();
    private final long fileBytesBefore;
    private final CompletableFuture<BuildOutcome> ended = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> tookOver = new CompletableFuture<>();
    private final LatencyRecorder appends = new LatencyRecorder();

    /** Set by whoever wants it to take over or to stop; read by the builder. */
    private volatile boolean takeOverWanted;

    private volatile boolean stopWanted;

    // Written by the builder, read by anybody.

    private volatile Phase phase = Phase.COPYING;
    private volatile @Nullable Mirror mirror;
    private volatile @Nullable LogStore store;
    /** Of its syncs before it had caught up: what comes later is what it costs. */
    private volatile LatencyHistogram syncsBefore = LatencyHistogram.EMPTY;

    /**
     * @param wrap what the new store is used through; for tests that need a faulty one
     * @param whenEnded told by the builder's thread before anybody else
     */
    Build(
            LiveLog log,
            Purpose purpose,
            String backend,
            Pace pace,
            Duration fallBehind,
            UnaryOperator<LogStore> wrap,
            Consumer<BuildOutcome> whenEnded) {
        this.log = log;
        this.purpose = purpose;
        this.backend = backend;
        this.backendBefore = log.backend();
        this.pace = pace;
        this.fallBehind = fallBehind;
        this.wrap = wrap;
        this.whenEnded = whenEnded;
        this.fileBytesBefore = log.stats().fileBytes();
        this.takeOverWanted = purpose == Purpose.COMPACT;
    }

    /** Completes, never exceptionally, when all is over. */
    CompletableFuture<BuildOutcome> ended() {
        return ended;
    }

    /** Completes when it has become the log; exceptionally with a {@link LogOperationException} if it will not. */
    CompletableFuture<@Nullable Void> takeOver() {
        takeOverWanted = true;
        return tookOver;
    }

    void stop() {
        stopWanted = true;
    }

    String backend() {
        return backend;
    }

    Purpose purpose() {
        return purpose;
    }

    BuildProgress progress() {
        Mirror copying = mirror;
        LogStore written = store;
        boolean followed = phase.compareTo(Phase.FOLLOWING) >= 0;
        return new BuildProgress(
                purpose,
                backend,
                phase,
                copying == null || phase == Phase.RETIRING ? 0 : copying.lag(),
                copying == null ? 0 : copying.first(),
                copying == null ? 0 : copying.copiedNext(),
                copying == null ? 0 : copying.comparedFirst(),
                copying == null ? 0 : copying.comparedNext(),
                copying == null ? 0 : copying.sourceChecksum(),
                copying == null ? 0 : copying.targetChecksum(),
                appends.picture(),
                written == null || !followed
                        ? LatencyHistogram.EMPTY
                        : written.syncLatency().since(syncsBefore),
                seconds());
    }

    private double seconds() {
        return (System.nanoTime() - begunNanos) / 1e9;
    }

    /** The whole life of it. */
    void run() {
        BuildOutcome outcome;
        try {
            outcome = build();
        } catch (RuntimeException | Error e) {
            LOG.error("Building a log beside the log failed in a way that is a bug", e);
            outcome = outcome(Result.FAILED, "a bug: " + e, 0, 0, 0);
        }
        report(outcome);
        whenEnded.accept(outcome);
        tookOver.completeExceptionally(new LogOperationException(outcome.message())); // no effect on one that did
        ended.complete(outcome);
    }

    private void report(BuildOutcome outcome) {
        if (outcome.result() == Result.TOOK_OVER || outcome.result() == Result.STOPPED) {
            LOG.info("{}", outcome.message());
        } else {
            LOG.warn("{}", outcome.message());
        }
    }

    private BuildOutcome build() {
        Beside place;
        LogStore built;
        try {
            place = log.generations().begin(backend);
            built = wrap.apply(place.openLog(log.options()));
        } catch (LogException e) {
            deleteOthers();
            return outcome(Result.FAILED, "could not begin: " + e.getMessage(), 0, 0, 0);
        }
        store = built;
        LOG.info(
                "Building a log in '{}' beside the one in '{}' ({}), in {}",
                backend,
                backendBefore,
                purpose,
                place.files());
        BuildOutcome failed;
        try {
            LogStore before = copyAndFollow(place, built);
            if (before != null) {
                return retire(before, built);
            }
            failed = outcome(
                    Result.STOPPED, "stopped", entries(built), built.stats().fileBytes(), 0);
        } catch (LiveLog.UnclearException e) {
            // Whichever is the log on disk must be found there by the next start.
            return outcome(Result.FAILED, String.valueOf(e.getMessage()), entries(built), 0, 0);
        } catch (DifferentException e) {
            failed = outcome(Result.DIFFERENT, e.getMessage(), entries(built), 0, e.index());
        } catch (FellBehindException e) {
            failed = outcome(Result.FELL_BEHIND, e.getMessage(), entries(built), 0, 0);
        } catch (RuntimeException e) {
            failed = outcome(Result.FAILED, "failed: " + e.getMessage(), 0, 0, 0);
        }
        log.detach();
        mirror = null;
        store = null;
        built.close();
        deleteOthers();
        return failed;
    }

    /** The store that was the log before; null if stopped. */
    private @Nullable LogStore copyAndFollow(Beside place, LogStore built) {
        LogStore source = log.current();
        Mirror copying = new Mirror(source, built);
        mirror = copying;
        log.attach(copying);
        CatchingUp catchingUp = new CatchingUp(fallBehind);
        while (!stopWanted) {
            long begin = System.nanoTime();
            long bytes = copying.copy();
            long worked = System.nanoTime() - begin;
            if (phase == Phase.FOLLOWING && bytes > 0) {
                appends.record(worked);
            }
            if (catchingUp.fellBehind(copying.lag())) {
                throw new FellBehindException(
                        copying.lag() + " entries behind, and not caught up for " + fallBehind.toSeconds() + " s");
            }
            if (catchingUp.caughtUpOnce()) {
                bytes += compareAndAdvance(copying, built);
                worked = System.nanoTime() - begin;
                boolean ready = phase == Phase.FOLLOWING && takeOverWanted && !stopWanted;
                LogStore before = ready ? takeOver(place, copying, built) : null;
                if (before != null) {
                    return before;
                }
            }
            if (bytes == 0) {
                copying.awaitMore(LOOK_NANOS);
            } else {
                rest(pace.restNanos(worked));
            }
        }
        return null;
    }

    private long compareAndAdvance(Mirror copying, LogStore built) {
        long bytes = copying.compare();
        if (phase == Phase.COPYING) {
            phase = Phase.COMPARING;
        }
        if (phase == Phase.COMPARING && copying.uncompared() == 0) {
            syncsBefore = built.syncLatency();
            phase = Phase.FOLLOWING;
            LOG.info(
                    "The log in '{}' holds what the log holds: entries [{}, {}), checksum {}",
                    backend,
                    copying.comparedFirst(),
                    copying.comparedNext(),
                    Integer.toHexString(copying.targetChecksum()));
        }
        return bytes;
    }

    /** The store that was the log before; null if it is too early. */
    private @Nullable LogStore takeOver(Beside place, Mirror copying, LogStore built) {
        if (copying.lag() > TAKE_OVER_ENTRIES_MAX) {
            return null;
        }
        place.prepare();
        LogStore before = log.takeOver(() -> {
            if (!copying.complete(TAKE_OVER_ENTRIES_MAX)) {
                return null;
            }
            try {
                place.publish();
            } catch (LogException e) {
                throw new LiveLog.UnclearException(e);
            }
            return built;
        });
        if (before != null) {
            tookOver.complete(null);
        }
        return before;
    }

    private BuildOutcome retire(LogStore before, LogStore built) {
        phase = Phase.RETIRING;
        BuildOutcome outcome = outcome(
                Result.TOOK_OVER, "took over", entries(built), built.stats().fileBytes(), 0);
        LOG.info("The log is kept in '{}' from entry {} on", backend, built.nextIndex());
        long until = System.nanoTime() + RETIRE_NANOS;
        while (!stopWanted && System.nanoTime() - until < 0) {
            rest(LOOK_NANOS);
        }
        try {
            before.close();
        } catch (RuntimeException e) {
            LOG.warn("The log that was the log before did not close cleanly; its files go all the same", e);
        }
        deleteOthers();
        return outcome;
    }

    private void deleteOthers() {
        try {
            log.generations().deleteOthers();
        } catch (LogException e) {
            LOG.warn("{}; it is deleted at the next start", e.getMessage());
        }
    }

    /** Not a sleep: an interrupt must not reach a thread that uses the log's files, for it would close them. */
    private static void rest(long nanos) {
        long until = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static long entries(LogStore built) {
        return built.nextIndex() - built.firstIndex();
    }

    private BuildOutcome outcome(Result result, String what, long entries, long fileBytes, long differentIndex) {
        String message = (purpose == Purpose.COMPACT
                        ? "compaction of the log in '" + backend + "'"
                        : "shadow log in '" + backend + "'")
                + ": " + what;
        if (result == Result.TOOK_OVER) {
            message += String.format(
                    "; %d entries, %d bytes on disk instead of %d, after %.1f s",
                    entries, fileBytes, fileBytesBefore, seconds());
        }
        return new BuildOutcome(
                purpose,
                backendBefore,
                backend,
                result,
                message,
                begun,
                seconds(),
                entries,
                fileBytesBefore,
                fileBytes,
                differentIndex);
    }

    /**
     * Whether it keeps up. Until it had caught up for the first time it must come nearer from one period to the next, and
     * after that be near once in each.
     */
    private static final class CatchingUp {
        private final long periodNanos;
        private long beganNanos = System.nanoTime();
        private long lagAtBegin = Long.MAX_VALUE;
        private boolean once;

        CatchingUp(Duration period) {
            periodNanos = period.toNanos();
        }

        boolean caughtUpOnce() {
            return once;
        }

        boolean fellBehind(long lag) {
            long now = System.nanoTime();
            if (lag <= TAKE_OVER_ENTRIES_MAX) {
                once = true;
                beganNanos = now;
                return false;
            }
            if (now - beganNanos <= periodNanos) {
                return false;
            }
            if (once || lag >= lagAtBegin) {
                return true;
            }
            beganNanos = now;
            lagAtBegin = lag;
            return false;
        }
    }

    /** It does not keep up with the log. */
    private static final class FellBehindException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FellBehindException(String message) {
            super(message);
        }
    }
}
