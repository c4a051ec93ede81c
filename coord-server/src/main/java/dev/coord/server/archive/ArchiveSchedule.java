package dev.coord.server.archive;

import java.nio.file.Path;
import java.time.Duration;

/**
 * When snapshots are put into files, where, and how many of them stay.
 *
 * @param interval from the end of one to the begin of the next; zero: none are taken
 * @param directory where they go; made when missing
 * @param keep the newest so many stay, at least 1
 * @param ageMax older ones go, but for the newest; zero: whatever their age
 * @param leaderOnly a server takes them only while it leads; else every server does
 */
public record ArchiveSchedule(Duration interval, Path directory, int keep, Duration ageMax, boolean leaderOnly) {

    public ArchiveSchedule {
        if (keep < 1) {
            throw new IllegalArgumentException("keep " + keep + " is below 1");
        }
    }

    /** False: none are taken unless asked for. */
    public boolean enabled() {
        return !interval.isZero();
    }
}
