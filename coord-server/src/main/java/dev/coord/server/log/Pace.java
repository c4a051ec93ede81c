package dev.coord.server.log;

import dev.coord.wal.LatencyHistogram;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How long a builder rests between two steps, so that the log hardly feels it. It rests so many times as long as it worked;
 * how many follows from what appends take: more when their 99th percentile has risen too far above what it was before, less
 * when it has not. For one thread.
 */
final class Pace {

    /** Appends may take this much longer than before; twice is what is promised. */
    private static final double RISE_MAX = 1.5;

    /** Below this a rise is noise, nanoseconds. */
    private static final long FLOOR_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final double REST_LEAST = 1;
    private static final double REST_FIRST = 16;
    private static final double REST_MOST = 64;
    private static final long REST_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int SAMPLES_MIN = 20;

    private final Supplier<LatencyHistogram> appends;
    private final LongSupplier nanoTime;
    private final long limitNanos;
    private double rest = REST_FIRST;
    private LatencyHistogram lastLook;
    private long lastLookNanos;

    /**
     * @param before what appends took before the work began; with too few of them the first rest stays as it is
     * @param appends what they take now
     */
    Pace(LatencyHistogram before, Supplier<LatencyHistogram> appends, LongSupplier nanoTime) {
        this.appends = appends;
        this.nanoTime = nanoTime;
        this.limitNanos = before.count() < SAMPLES_MIN
                ? 0
                : (long) (RISE_MAX * Math.max(FLOOR_NANOS, before.percentileNanos(99)));
        this.lastLook = appends.get();
        this.lastLookNanos = nanoTime.getAsLong();
    }

    /** How long to rest after a step that took this long, nanoseconds. */
    long restNanos(long workedNanos) {
        long now = nanoTime.getAsLong();
        if (now - lastLookNanos >= LOOK_NANOS) {
            LatencyHistogram picture = appends.get();
            adjust(picture.since(lastLook));
            lastLook = picture;
            lastLookNanos = now;
        }
        return Math.min(REST_NANOS_MAX, (long) (workedNanos * rest));
    }

    private void adjust(LatencyHistogram recent) {
        if (recent.count() < SAMPLES_MIN) {
            rest = Math.max(REST_LEAST, rest / 2); // hardly anybody waits
        } else if (limitNanos > 0) {
            rest = recent.percentileNanos(99) > limitNanos
                    ? Math.min(REST_MOST, rest * 2)
                    : Math.max(REST_LEAST, rest * 0.8);
        }
    }
}
