package dev.coord.wal;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Records durations of one thread for any number of readers, without a lock on either side: a store each, and a picture
 * costs a copy of {@value LatencyHistogram#RANGES} counters.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
public final class LatencyRecorder {

    private final AtomicLongArray counts = new AtomicLongArray(LatencyHistogram.RANGES);
    private volatile long totalNanos;
    private volatile long maxNanos;

    /** From one thread at a time. */
    public void record(long nanos) {
        totalNanos += nanos;
        if (nanos > maxNanos) {
            maxNanos = nanos;
        }
        int range = LatencyHistogram.rangeOf(nanos);
        counts.lazySet(range, counts.get(range) + 1); // last: whoever counts it sees its share of the total
    }

    /** From any thread. Figures need not be of one instant: the total may be ahead of the counts. */
    public LatencyHistogram picture() {
        long[] copy = new long[LatencyHistogram.RANGES];
        for (int range = 0; range < copy.length; range++) {
            copy[range] = counts.get(range);
        }
        return new LatencyHistogram(copy, totalNanos, maxNanos);
    }
}
