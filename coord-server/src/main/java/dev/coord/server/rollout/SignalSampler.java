package dev.coord.server.rollout;

import com.sun.management.OperatingSystemMXBean;
import dev.coord.api.raft.v1.Signals;
import dev.coord.server.command.ClusterView;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubStats;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyRecorder;
import dev.coord.wal.LatencyWindow;
import dev.coord.wal.LogException;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how this server is doing, over the last {@value Guardrail#WINDOW_TICKS} seconds. Twice a second it looks at the hub
 * and the log's end; where that look takes long it looks less often, so that it takes at most a hundredth of one processor.
 */
public final class SignalSampler implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SignalSampler.class);
    private static final int WINDOW = Guardrail.WINDOW_TICKS;
    private static final long PERIOD_MILLIS = 500;
    private static final int SAMPLES = (int) (WINDOW * 1_000 / PERIOD_MILLIS);
    private static final int SHARE = 100;

    private final ClusterView cluster;
    private final StateReader states;
    private final Hub hub;
    private final LongSupplier failures;
    private final LatencyRecorder lags = new LatencyRecorder();
    private final LatencyWindow recentLags = new LatencyWindow(lags::picture, SAMPLES);
    private final LatencyWindow commits;
    private final ScheduledThreadPoolExecutor thread;

    // Own thread only.

    private final Deque<Long> failuresBefore = new ArrayDeque<>();
    private final Deque<Long> queues = new ArrayDeque<>();
    private final Deque<Double> loads = new ArrayDeque<>();
    /** Revisions and when they were the newest, the newest first. */
    private final Deque<long[]> revisions = new ArrayDeque<>();

    private long lookAgainNanos;
    /** What the log held when this began; 0: all of that is applied. */
    private long replayTo;

    private volatile Signals signals = Signals.getDefaultInstance();

    /**
     * @param latency of commands, a histogram that only grows
     * @param failures of commands, a count that only grows
     */
    public SignalSampler(
            ClusterView cluster,
            StateReader states,
            Hub hub,
            Supplier<LatencyHistogram> latency,
            LongSupplier failures) {
        this.cluster = cluster;
        this.states = states;
        this.hub = hub;
        this.failures = failures;
        this.commits = new LatencyWindow(latency, SAMPLES);
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread sampling = new Thread(task, "coord-signals");
            sampling.setDaemon(true);
            return sampling;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Starts the thread, once the log is open. */
    public void start() {
        replayTo = cluster.lastLogIndex();
        var unused = thread.scheduleWithFixedDelay(this::sample, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** The newest. From any thread. */
    public Signals latest() {
        return signals;
    }

    private void sample() {
        try {
            long now = System.nanoTime();
            commits.tick();
            recentLags.tick();
            keep(failuresBefore, failures.getAsLong());
            keep(queues, queue());
            keep(loads, load());
            if (now - lookAgainNanos >= 0) {
                lags.record(lagNanos(now));
                long took = System.nanoTime() - now;
                lookAgainNanos = System.nanoTime() + took * SHARE;
            }
            LatencyHistogram latency = commits.recent();
            signals = Signals.newBuilder()
                    .setCommits(latency.count())
                    .setCommitP99Micros(micros(latency))
                    .setFailures(failuresBefore.getLast() - failuresBefore.getFirst())
                    .setEventLagP99Micros(micros(recentLags.recent()))
                    .setApplyQueue(
                            queues.stream().mapToLong(Long::longValue).average().orElse(0))
                    .setCpu(loads.stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElse(0))
                    .build();
        } catch (LogException e) {
            // The log has failed or is closed: whoever owns it says so, and ends the server.
            LOG.debug("no signals any more: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("this server's signals could not be measured", e);
        }
    }

    /** What this server reads of its own log when it begins is no queue: none of it is new. */
    private long queue() {
        long last = cluster.lastLogIndex();
        long applied = cluster.appliedIndex();
        if (applied < Math.min(replayTo, last)) {
            return 0;
        }
        replayTo = 0;
        return Math.max(0, last - applied);
    }

    private static <T> void keep(Deque<T> values, T newest) {
        values.addLast(newest);
        if (values.size() > SAMPLES) {
            values.removeFirst();
        }
    }

    private static long micros(LatencyHistogram latency) {
        return latency.count() == 0 ? 0 : TimeUnit.NANOSECONDS.toMicros(latency.percentileNanos(99));
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? Math.max(0, system.getProcessCpuLoad())
                : 0;
    }

    /** For how long a shard has been behind, at most: since the last look at which it had all there was. */
    private long lagNanos(long now) {
        long newest = states.latest().revision();
        long behind = hub.stats(0).shards().stream()
                .mapToLong(HubStats.Shard::lagRevisions)
                .max()
                .orElse(0);
        revisions.addFirst(new long[] {newest, now});
        while (revisions.size() > SAMPLES) {
            revisions.removeLast();
        }
        if (behind <= 0) {
            return 0;
        }
        return revisions.stream()
                .filter(known -> known[0] <= newest - behind)
                .findFirst()
                .map(known -> now - known[1])
                .orElse(now - revisions.getLast()[1]);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
