package dev.coord.server.raft;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyWindow;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges the disk of this server's log by its syncs, and says to whom a leader with a slow one gives leadership. Every
 * follower syncs what the leader syncs, so what each says of its own last syncs tells who would do better.
 *
 * <p>So that leadership does not bounce: a server becomes the successor only if its disk is clearly better than what counts as
 * slow, and one that has given leadership away does not do so again for {@value #REST_WINDOWS} windows, however it got it back.
 *
 * <p>Threads: {@link #tick} and {@link #successor} on the tick thread, {@link #health} on any.
 */
final class SlowDisk {

    /** Fewer slow syncs than this are a hiccup; a server with fewer syncs than this has said nothing of its disk. */
    static final int SYNCS_MIN = 3;

    static final int REST_WINDOWS = 10;

    /** A successor's syncs take at most so much of the threshold. */
    private static final double CLEARLY_BETTER = 0.5;

    private static final Logger LOG = LoggerFactory.getLogger(SlowDisk.class);

    private final SlowDiskOptions options;
    private final LatencyWindow syncs;
    private final LongSupplier underWayNanos;
    private final LongSupplier nanoTime;
    private final long thresholdNanos;
    private final long restNanos;

    /** Written by the tick thread, read by anybody. */
    private volatile DiskHealth health = new DiskHealth(false, 0, 0, 0);

    // Tick thread only.

    private boolean handedOverOnce;
    private long handedOverNanos;
    private boolean saidThatNobodyIsBetter;

    /**
     * @param syncs how long syncs of the log took
     * @param underWayNanos how long the append that is under way has taken so far; 0 when there is none
     */
    SlowDisk(
            SlowDiskOptions options,
            Supplier<LatencyHistogram> syncs,
            LongSupplier underWayNanos,
            LongSupplier nanoTime) {
        this.options = options;
        this.syncs = new LatencyWindow(syncs, options.windowSeconds());
        this.underWayNanos = underWayNanos;
        this.nanoTime = nanoTime;
        this.thresholdNanos = TimeUnit.MILLISECONDS.toNanos(options.thresholdMillis());
        this.restNanos = TimeUnit.SECONDS.toNanos((long) REST_WINDOWS * options.windowSeconds());
    }

    DiskHealth health() {
        return health;
    }

    /** Looks once more; to be called once a second. */
    void tick() {
        syncs.tick();
        LatencyHistogram recent = syncs.recent();
        long p99 = recent.count() == 0 ? 0 : recent.percentileNanos(99);
        boolean hangs = underWayNanos.getAsLong() > TimeUnit.SECONDS.toNanos(options.windowSeconds());
        boolean slow = hangs || isSlow(recent);
        DiskHealth before = health;
        health = new DiskHealth(slow, recent.count(), p99, before.handovers());
        if (slow && !before.slow()) {
            LOG.warn(
                    "The disk of this server's log is slow: {}",
                    hangs
                            ? "an append has been under way for more than " + options.windowSeconds() + " s"
                            : recent.count() + " syncs within " + options.windowSeconds() + " s, p99 " + p99 / 1_000_000
                                    + " ms where " + options.thresholdMillis() + " ms are the limit");
        } else if (before.slow() && !slow) {
            LOG.info(
                    "The disk of this server's log is slow no more: {} of {} syncs within {} s took longer than {} ms",
                    tooLong(recent),
                    recent.count(),
                    options.windowSeconds(),
                    options.thresholdMillis());
            saidThatNobodyIsBetter = false;
        }
    }

    private boolean isSlow(LatencyHistogram recent) {
        long tooLong = tooLong(recent);
        return tooLong >= SYNCS_MIN && tooLong * 100 > recent.count();
    }

    private long tooLong(LatencyHistogram recent) {
        // The histogram knows durations to an eighth: what may be below the threshold is not held against the disk.
        return recent.count() - recent.countBelow(thresholdNanos + thresholdNanos / 8);
    }

    /**
     * Whom this server, which leads, gives leadership to now; empty: it goes on leading. Whoever asks does as is said.
     *
     * @param voters what the other voters that are alive have said of themselves last
     */
    Optional<ServerInfo> successor(Collection<ServerInfo> voters) {
        if (!health.slow() || !options.enabled().getAsBoolean()) {
            return Optional.empty();
        }
        long now = nanoTime.getAsLong();
        if (handedOverOnce && now - handedOverNanos < restNanos) {
            return Optional.empty();
        }
        Optional<ServerInfo> best = voters.stream()
                .filter(this::isHealthy)
                .min(Comparator.comparingLong(ServerInfo::getRecentSyncP99Micros));
        if (best.isPresent()) {
            handedOverOnce = true;
            handedOverNanos = now;
            health = new DiskHealth(true, health.recentSyncs(), health.recentSyncP99Nanos(), health.handovers() + 1);
            LOG.warn(
                    "This server gives leadership to {} at {}: p99 of syncs is {} ms there and {} ms here",
                    best.get().getName(),
                    best.get().getRaftAddress(),
                    best.get().getRecentSyncP99Micros() / 1_000,
                    health.recentSyncP99Nanos() / 1_000_000);
        } else if (!saidThatNobodyIsBetter) {
            saidThatNobodyIsBetter = true;
            LOG.warn("This server goes on leading with its slow disk: no voter is known to have a better one");
        }
        return best;
    }

    private boolean isHealthy(ServerInfo voter) {
        return !voter.getSlowDisk()
                && !voter.getLeaving()
                && voter.getRecentSyncs() >= SYNCS_MIN
                && TimeUnit.MICROSECONDS.toNanos(voter.getRecentSyncP99Micros()) <= CLEARLY_BETTER * thresholdNanos;
    }
}
