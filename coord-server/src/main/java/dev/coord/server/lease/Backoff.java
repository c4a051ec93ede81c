package dev.coord.server.lease;

import java.util.random.RandomGenerator;

/** How long to wait before the next try: doubles, up to a bound, with half of it drawn at random. One thread. */
public final class Backoff {

    private final long millisMin;
    private final long millisMax;
    private final RandomGenerator random;
    private long millis;

    public Backoff(long millisMin, long millisMax, RandomGenerator random) {
        this.millisMin = millisMin;
        this.millisMax = millisMax;
        this.random = random;
        this.millis = millisMin;
    }

    public long nextMillis() {
        long wait = millis / 2 + random.nextLong(millis / 2 + 1);
        millis = Math.min(millisMax, millis * 2);
        return wait;
    }

    /** After a success. */
    public void reset() {
        millis = millisMin;
    }
}
