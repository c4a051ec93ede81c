package dev.coord.wal;

/**
 * How long something took, as counts of ranges of durations: a moment's picture that never changes.
 *
 * <p>The ranges are the same in every histogram: one below 1,024 ns, then {@value #PER_OCTAVE} of equal width between each
 * power of two and the next, up to 2^36 ns (about 69 s), and one for all that is longer. So a percentile is at most an
 * eighth above the true one, and never above {@link #maxNanos()}. Takes {@value #RANGES} counters, however much is
 * recorded.
 */
public final class LatencyHistogram {

    private static final int PER_OCTAVE_BITS = 3;
    private static final int PER_OCTAVE = 1 << PER_OCTAVE_BITS;
    private static final int LEAST_BITS = 10;
    private static final int GREATEST_BITS = 36;

    /** Number of ranges; the last has no upper end. */
    public static final int RANGES = 1 + (GREATEST_BITS - LEAST_BITS) * PER_OCTAVE + 1;

    /** Nothing recorded. */
    public static final LatencyHistogram EMPTY = new LatencyHistogram(new long[RANGES], 0, 0);

    private final long[] counts;
    private final long count;
    private final long totalNanos;
    private final long maxNanos;

    /** Keeps the array. */
    LatencyHistogram(long[] counts, long totalNanos, long maxNanos) {
        this.counts = counts;
        this.totalNanos = totalNanos;
        this.maxNanos = maxNanos;
        long sum = 0;
        for (long each : counts) {
            sum += each;
        }
        this.count = sum;
    }

    static int rangeOf(long nanos) {
        if (nanos < 1L << LEAST_BITS) {
            return 0;
        }
        int octave = 63 - Long.numberOfLeadingZeros(nanos);
        if (octave >= GREATEST_BITS) {
            return RANGES - 1;
        }
        int within = (int) (nanos >>> (octave - PER_OCTAVE_BITS)) & (PER_OCTAVE - 1);
        return 1 + (octave - LEAST_BITS) * PER_OCTAVE + within;
    }

    /**
     * The duration that all of a range are shorter than, nanoseconds; the greatest long for the last.
     *
     * @param range at least 0, less than {@link #RANGES}
     */
    public static long endNanos(int range) {
        if (range == RANGES - 1) {
            return Long.MAX_VALUE;
        }
        int octave = LEAST_BITS + range / PER_OCTAVE;
        return (PER_OCTAVE + (long) (range % PER_OCTAVE)) << (octave - PER_OCTAVE_BITS);
    }

    /** How many were recorded. */
    public long count() {
        return count;
    }

    /** How many were recorded in a range. */
    public long count(int range) {
        return counts[range];
    }

    /** How many took less than a duration, to the precision of the ranges: those of a range that it cuts are left out. */
    public long countBelow(long nanos) {
        long below = 0;
        for (int range = 0; range < RANGES && endNanos(range) <= nanos; range++) {
            below += counts[range];
        }
        return below;
    }

    /** All durations together, nanoseconds. */
    public long totalNanos() {
        return totalNanos;
    }

    /** The longest, nanoseconds; 0 if nothing was recorded. */
    public long maxNanos() {
        return maxNanos;
    }

    /**
     * The duration that so many per cent do not exceed, nanoseconds; 0 if nothing was recorded.
     *
     * @param percent above 0, at most 100: 50 for the median, 99.9 for what one in a thousand exceeds
     */
    public long percentileNanos(double percent) {
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException("percent " + percent + " is not above 0 and at most 100");
        }
        long wanted = Math.max(1, (long) Math.ceil(percent / 100 * count));
        long seen = 0;
        for (int range = 0; range < RANGES; range++) {
            seen += counts[range];
            if (seen >= wanted) {
                return Math.min(endNanos(range), maxNanos);
            }
        }
        return maxNanos;
    }

    /**
     * What was recorded between an earlier picture of the same histogram and this one. Its longest is known to the
     * precision of the ranges only.
     */
    public LatencyHistogram since(LatencyHistogram earlier) {
        long[] more = new long[RANGES];
        long longest = 0;
        for (int range = 0; range < RANGES; range++) {
            more[range] = Math.max(0, counts[range] - earlier.counts[range]);
            if (more[range] > 0) {
                longest = Math.min(endNanos(range), maxNanos);
            }
        }
        return new LatencyHistogram(more, Math.max(0, totalNanos - earlier.totalNanos), longest);
    }

    @Override
    public String toString() {
        return count == 0
                ? "none"
                : count + " x p50 " + percentileNanos(50) + " p99 " + percentileNanos(99) + " p99.9 "
                        + percentileNanos(99.9) + " max " + maxNanos + " ns";
    }
}
