package dev.coord.server.logging;

import java.time.Duration;

/**
 * When a file is put aside, and how many such files are kept.
 *
 * @param bytes it is put aside before it grows beyond this, at least 1
 * @param age it is put aside with the first line after this time, counted from its start or, where the process began later, from
 *     that
 * @param filesMax so many are kept beside the one that is written to; the oldest go; 0: none
 */
public record Rotation(long bytes, Duration age, int filesMax) {

    /** Longer than any file lives: as good as never. */
    public static final Duration NEVER = Duration.ofDays(36_500);
}
