package dev.coord.server.log;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * When a running server does something to its log by itself.
 *
 * @param compaction asked each time: whether the log may be compacted without anybody saying so
 * @param backend asked each time: where the log shall be kept; empty: where it is
 * @param freeBytesMin how many bytes must be free, and be at least half of the files, for that to be worth it
 * @param distance the least time between two compactions, and between two tries to move the log
 * @param fallBehind a log beside the log that has not caught up for so long is dropped
 */
public record LogSettings(
        BooleanSupplier compaction,
        Supplier<String> backend,
        long freeBytesMin,
        Duration distance,
        Duration fallBehind) {

    public static final long FREE_BYTES_MIN_DEFAULT = 256L << 20;

    private static final Duration DISTANCE = Duration.ofMinutes(10);
    private static final Duration FALL_BEHIND = Duration.ofSeconds(60);

    public LogSettings {
        if (freeBytesMin < 1) {
            throw new IllegalArgumentException("freeBytesMin " + freeBytesMin + " is below 1");
        }
    }

    /** Compaction by itself whenever it is allowed and so much is free, and the backend that is wanted. */
    public static LogSettings of(BooleanSupplier compaction, Supplier<String> backend, long freeBytesMin) {
        return new LogSettings(compaction, backend, freeBytesMin, DISTANCE, FALL_BEHIND);
    }
}
