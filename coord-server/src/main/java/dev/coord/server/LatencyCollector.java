package dev.coord.server;

import dev.coord.wal.LatencyHistogram;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Shows a {@link LatencyHistogram} as a histogram of Prometheus', with a bucket for each doubling. */
final class LatencyCollector {

    /** From about 16 microseconds to about 17 seconds; the ranges of the histogram end at every power of two. */
    private static final int LEAST_BITS = 14;

    private static final int GREATEST_BITS = 34;

    private LatencyCollector() {}

    static void register(
            PrometheusMeterRegistry registry, String name, String help, Supplier<LatencyHistogram> latency) {
        Collector collector = () -> HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(dataPoint(latency.get()))
                .build();
        registry.getPrometheusRegistry().register(collector);
    }

    private static HistogramDataPointSnapshot dataPoint(LatencyHistogram latency) {
        List<Double> bounds = new ArrayList<>();
        List<Number> counts = new ArrayList<>();
        long before = 0;
        for (int bits = LEAST_BITS; bits <= GREATEST_BITS; bits++) {
            long below = latency.countBelow(1L << bits);
            bounds.add((1L << bits) / 1e9);
            counts.add(below - before);
            before = below;
        }
        bounds.add(Double.POSITIVE_INFINITY);
        counts.add(latency.count() - before);
        return HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
                .sum(latency.totalNanos() / 1e9)
                .build();
    }
}
