package dev.coord.tools;

import java.util.Arrays;

/** Latencies of some calls, each kept: exact percentiles of few. For one thread. */
final class Latencies {

    private long[] nanos = new long[1024];
    private int count;

    void add(long latencyNanos) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = latencyNanos;
    }

    int count() {
        return count;
    }

    long totalNanos() {
        return Arrays.stream(nanos, 0, count).sum();
    }

    /** The smallest that is not exceeded by this share of them; 0 if there are none. */
    long percentile(double share) {
        if (count == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return sorted[Math.min(count - 1, (int) Math.ceil(share * count) - 1)];
    }
}
