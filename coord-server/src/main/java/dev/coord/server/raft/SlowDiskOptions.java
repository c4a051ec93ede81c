package dev.coord.server.raft;

import java.util.function.BooleanSupplier;

/**
 * When a server's disk counts as slow, and whether a leader then gives leadership away.
 *
 * @param enabled asked each time: whether leadership may be given away for it
 * @param thresholdMillis more than one sync of the log in a hundred takes longer than this
 * @param windowSeconds within this time
 */
public record SlowDiskOptions(BooleanSupplier enabled, int thresholdMillis, int windowSeconds) {

    /** Far above what a working disk does, however busy. */
    public static final SlowDiskOptions DEFAULT = new SlowDiskOptions(() -> true, 500, 30);

    public SlowDiskOptions {
        if (thresholdMillis < 1) {
            throw new IllegalArgumentException("thresholdMillis " + thresholdMillis + " is below 1");
        }
        if (windowSeconds < 1) {
            throw new IllegalArgumentException("windowSeconds " + windowSeconds + " is below 1");
        }
    }
}
