package dev.coord.tools;

import java.time.Duration;

/**
 * A moment on this process's clock.
 *
 * @param nanos of {@link System#nanoTime}; without meaning when there is none
 * @param exists false: no end
 */
record Deadline(long nanos, boolean exists) {

    /** @param time zero: no end */
    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + (time.isZero() ? 0 : time.toNanos()), !time.isZero());
    }

    boolean isOver() {
        return exists && System.nanoTime() - nanos >= 0;
    }

    /** At most this long. */
    Duration left(Duration atMost) {
        if (!exists) {
            return atMost;
        }
        Duration left = Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
        return left.compareTo(atMost) < 0 ? left : atMost;
    }
}
