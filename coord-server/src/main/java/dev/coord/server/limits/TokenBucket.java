package dev.coord.server.limits;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets so many through a second, and as many at once after a second of rest. One compare-and-set for each; safe from any
 * thread.
 */
final class TokenBucket {

    private static final double NANOS_PER_SECOND = 1e9;

    /** Nanoseconds that one takes; 0: whatever comes goes through. */
    private final long nanosEach;
    /** How far into the past the next free moment may lie: what was saved up. */
    private final long savedNanosMax;
    /** The moment at which everything let through so far is paid for. */
    private final AtomicLong paidUntil;

    /** @param perSecond below 0: as many as come */
    TokenBucket(double perSecond, long nowNanos) {
        this.nanosEach = perSecond < 0 ? 0 : (long) Math.max(1, NANOS_PER_SECOND / Math.max(perSecond, 1e-6));
        this.savedNanosMax = Math.max((long) NANOS_PER_SECOND, nanosEach);
        this.paidUntil = new AtomicLong(nowNanos - savedNanosMax);
    }

    /** With so many at once to begin with, and after as long a rest. */
    TokenBucket(int perSecond, int atOnce, long nowNanos) {
        this.nanosEach = (long) NANOS_PER_SECOND / perSecond;
        this.savedNanosMax = Math.max(1, atOnce) * nanosEach;
        this.paidUntil = new AtomicLong(nowNanos - savedNanosMax);
    }

    boolean take(long nowNanos) {
        if (nanosEach == 0) {
            return true;
        }
        while (true) {
            long paid = paidUntil.get();
            long from = Math.max(paid - nowNanos, -savedNanosMax) + nanosEach;
            if (from > 0) {
                return false;
            }
            if (paidUntil.compareAndSet(paid, nowNanos + from)) {
                return true;
            }
        }
    }
}
