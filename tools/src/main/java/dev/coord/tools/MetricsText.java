package dev.coord.tools;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A server's metrics at one moment, read from Prometheus' text format. Immutable. */
final class MetricsText {

    private static final double HUNDREDTH = 0.99;

    /** By name, with all labels of each. */
    private final Map<String, List<Sample>> samples;

    private record Sample(String labels, double value) {}

    private MetricsText(Map<String, List<Sample>> samples) {
        this.samples = samples;
    }

    /** Lines that are no samples are left out. */
    static MetricsText parse(String text) {
        Map<String, List<Sample>> samples = new LinkedHashMap<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int end = line.lastIndexOf(' ');
            int open = line.indexOf('{');
            int close = line.lastIndexOf('}');
            if (end <= 0 || (open >= 0 && close < open)) {
                return;
            }
            String name = open < 0 ? line.substring(0, end) : line.substring(0, open);
            String labels = open < 0 ? "" : line.substring(open + 1, close);
            try {
                double value = Double.parseDouble(line.substring(end + 1).replace("Inf", "Infinity"));
                samples.computeIfAbsent(name, unused -> new ArrayList<>()).add(new Sample(labels, value));
            } catch (NumberFormatException e) {
                // No sample.
            }
        });
        return new MetricsText(samples);
    }

    boolean has(String name) {
        return samples.containsKey(name);
    }

    /** Of all labels together; 0 if there is none. */
    double sum(String name) {
        return sum(name, "");
    }

    /** Of those with this label: {@code area="heap"}. */
    double sum(String name, String label) {
        return samples.getOrDefault(name, List.of()).stream()
                .filter(sample -> sample.labels().contains(label))
                .mapToDouble(Sample::value)
                .sum();
    }

    /** The largest of all labels; 0 if there is none. */
    double max(String name) {
        return samples.getOrDefault(name, List.of()).stream()
                .mapToDouble(Sample::value)
                .max()
                .orElse(0);
    }

    /**
     * What one in a hundred of those that a histogram has counted since exceeded, in seconds; within a bucket they count as
     * evenly spread. 0: none was counted.
     *
     * @param before the same server's earlier metrics
     */
    double p99Since(MetricsText before, String histogram) {
        Map<Double, Double> then = before.buckets(histogram);
        ToDoubleFunction<Map.Entry<Double, Double>> fresh =
                bucket -> Math.max(0, bucket.getValue() - then.getOrDefault(bucket.getKey(), 0.0));
        List<Map.Entry<Double, Double>> now = new ArrayList<>(buckets(histogram).entrySet());
        now.sort(Map.Entry.comparingByKey());
        double all = now.isEmpty() ? 0 : fresh.applyAsDouble(now.get(now.size() - 1));
        if (all == 0) {
            return 0;
        }
        double wanted = HUNDREDTH * all;
        double below = 0;
        double from = 0;
        for (Map.Entry<Double, Double> bucket : now) {
            double count = fresh.applyAsDouble(bucket);
            if (count >= wanted) {
                double to = bucket.getKey();
                return Double.isInfinite(to) || count == below
                        ? from
                        : from + (to - from) * (wanted - below) / (count - below);
            }
            below = count;
            from = bucket.getKey();
        }
        return from;
    }

    /** How many were at most so long, by that. */
    private Map<Double, Double> buckets(String histogram) {
        Map<Double, Double> buckets = new LinkedHashMap<>();
        for (Sample sample : samples.getOrDefault(histogram + "_bucket", List.of())) {
            int at = sample.labels().indexOf("le=\"");
            if (at >= 0) {
                String bound = sample.labels().substring(at + 4, sample.labels().indexOf('"', at + 4));
                buckets.merge(
                        bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound),
                        sample.value(),
                        Double::sum);
            }
        }
        return buckets;
    }
}
