package dev.coord.server;

import dev.coord.server.log.BuildOutcome;
import dev.coord.server.log.BuildProgress;
import dev.coord.server.log.BuildProgress.Phase;
import dev.coord.server.log.BuildProgress.Purpose;
import dev.coord.server.log.LogOperations;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogException;
import dev.coord.wal.LogStats;
import dev.coord.wal.maintenance.LogDirectory;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The log in numbers. Some backends walk their free lists to answer, so one scrape asks once: a picture of the log serves for a
 * moment. Safe from any thread.
 */
final class LogMetrics {

    private static final long PICTURE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(500);

    private final LogOperations log;

    private record Picture(LogStats stats, long nanos) {}

    /** Whoever finds it too old takes another; two may do so at once. */
    private volatile @Nullable Picture last;

    private LogMetrics(LogOperations log) {
        this.log = log;
    }

    static void register(PrometheusMeterRegistry registry, LogOperations log) {
        LogMetrics metrics = new LogMetrics(log);
        metrics.stats(registry);
        metrics.latencies(registry);
        metrics.beside(registry);
    }

    private LogStats picture() {
        long now = System.nanoTime();
        Picture current = last;
        if (current == null || now - current.nanos > PICTURE_NANOS_MAX) {
            current = new Picture(log.stats(), now);
            last = current;
        }
        return current.stats;
    }

    private void stats(PrometheusMeterRegistry registry) {
        for (String backend : LogDirectory.BACKENDS) {
            Gauge.builder("coord.log.backend", log, l -> l.backend().equals(backend) ? 1 : 0)
                    .tag("backend", backend)
                    .description("1 for the backend that keeps the log")
                    .register(registry);
        }
        gauge(registry, "coord.log.entries", "Entries in the log", LogStats::entries);
        gauge(registry, "coord.log.live.bytes", "Bytes of data of live entries", LogStats::liveBytes);
        gauge(registry, "coord.log.file.bytes", "Bytes that the log's files take", LogStats::fileBytes);
        gauge(registry, "coord.log.free.bytes", "Bytes in the files that hold nothing live", LogStats::freeBytes);
        gauge(registry, "coord.log.free.list.entries", "Entries of the free list", LogStats::freeListEntries);
        gauge(registry, "coord.log.free.list.bytes", "Bytes that the free list takes", LogStats::freeListBytes);
        gauge(
                registry,
                "coord.log.write.amplification",
                "Bytes synced for each byte proposed",
                LogStats::writeAmplification);
        gauge(registry, "coord.log.sync.max.seconds", "The longest sync", stats -> stats.syncNanosMax() / 1e9);
        counter(registry, "coord.log.proposed.bytes", "Bytes given to the log", LogStats::proposedBytes);
        counter(registry, "coord.log.synced.bytes", "Bytes made durable", LogStats::syncedBytes);
    }

    private void gauge(
            PrometheusMeterRegistry registry, String name, String description, ToDoubleFunction<LogStats> value) {
        Gauge.builder(name, this, metrics -> value.applyAsDouble(metrics.picture()))
                .description(description)
                .register(registry);
    }

    private void counter(
            PrometheusMeterRegistry registry, String name, String description, ToDoubleFunction<LogStats> value) {
        FunctionCounter.builder(name, this, metrics -> value.applyAsDouble(metrics.picture()))
                .description(description)
                .register(registry);
    }

    private void latencies(PrometheusMeterRegistry registry) {
        LatencyCollector.register(
                registry, "coord_log_sync_seconds", "How long syncs of the log took", log::syncLatency);
        LatencyCollector.register(
                registry,
                "coord_log_append_seconds",
                "How long Raft's log thread waited for appends",
                log::appendLatency);
        LatencyCollector.register(
                registry, "coord_log_beside_append_seconds", "The same for a log built beside", () -> {
                    BuildProgress progress = progress();
                    return progress == null ? LatencyHistogram.EMPTY : progress.appendLatency();
                });
    }

    private void beside(PrometheusMeterRegistry registry) {
        for (Purpose purpose : Purpose.values()) {
            besideGauge(
                    registry,
                    "coord.log.beside",
                    "1 while a log is built beside the log for this purpose",
                    purpose,
                    progress -> 1);
            besideGauge(
                    registry,
                    "coord.log.beside.following",
                    "1 while it holds what the log holds and may take over",
                    purpose,
                    progress -> progress.phase() == Phase.FOLLOWING ? 1 : 0);
            besideGauge(
                    registry,
                    "coord.log.beside.entries.behind",
                    "Entries in the log that it has not got yet",
                    purpose,
                    BuildProgress::entriesBehind);
            besideGauge(
                    registry,
                    "coord.log.beside.compared.index",
                    "The newest entry that was compared and was the same",
                    purpose,
                    progress -> progress.comparedNext() - 1);
            besideGauge(
                    registry,
                    "coord.log.beside.progress.ratio",
                    "How much is done until it follows, 0 to 1",
                    purpose,
                    BuildProgress::share);
            for (BuildOutcome.Result result : BuildOutcome.Result.values()) {
                FunctionCounter.builder("coord.log.beside.ended", log, l -> l.count(purpose, result))
                        .description("Logs built beside the log, by how that ended")
                        .tag("purpose", lower(purpose))
                        .tag("result", lower(result))
                        .register(registry);
            }
        }
    }

    private void besideGauge(
            PrometheusMeterRegistry registry,
            String name,
            String description,
            Purpose purpose,
            ToDoubleFunction<BuildProgress> value) {
        Gauge.builder(name, this, metrics -> {
                    BuildProgress progress = metrics.progress();
                    return progress == null || progress.purpose() != purpose ? 0 : value.applyAsDouble(progress);
                })
                .description(description)
                .tag("purpose", lower(purpose))
                .register(registry);
    }

    private @Nullable BuildProgress progress() {
        try {
            return log.progress();
        } catch (LogException closedMeanwhile) {
            return null;
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
