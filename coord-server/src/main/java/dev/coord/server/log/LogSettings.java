package dev.coord.server.log;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * When a running server does something to its log by itself.
 *
 * @param compaction asked each time: whether the log may be compacted without anybody saying so
 * @param freeBytesMin how many bytes must be free, and be at least half of the files, for that to be worth it
 * @param compactionDistance the least time between two of these
 * @param fallBehind a log beside the log that has not caught up for so long is dropped
 */
public record LogSettings(
        BooleanSupplier compaction, long freeBytesMin, Duration compactionDistance, Duration fallBehind) {

    public static final long FREE_BYTES_MIN_DEFAULT = 256L << 20;

    private static final Duration COMPACTION_DISTANCE = Duration.ofMinutes(10);
    private static final Duration FALL_BEHIND = Duration.ofSeconds(60);

    public LogSettings {
        if (freeBytesMin < 1) {
            throw new IllegalArgumentException("freeBytesMin " + freeBytesMin + " is below 1");
        }
    }

    /** Compaction by itself whenever it is allowed and so much is free; otherwise what operators ask for. */
    public static LogSettings of(BooleanSupplier compaction, long freeBytesMin) {
        return new LogSettings(compaction, freeBytesMin, COMPACTION_DISTANCE, FALL_BEHIND);
    }
}
