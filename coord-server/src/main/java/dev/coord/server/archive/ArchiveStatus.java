package dev.coord.server.archive;

/**
 * How the scheduled snapshots of this server are doing.
 *
 * @param running one is being taken now
 * @param taken number since the start
 * @param failed number since the start
 * @param kept number of files in the directory
 * @param lastMillis when the newest one was whole on disk, since 1970; 0: none since the start
 * @param lastFile its path; empty: none since the start
 * @param lastBytes its size
 * @param lastTookMillis how long that took
 * @param lastRevision the revision in it
 * @param lastError why the last try failed; empty: it did not
 */
public record ArchiveStatus(
        ArchiveSchedule schedule,
        boolean running,
        long taken,
        long failed,
        int kept,
        long lastMillis,
        String lastFile,
        long lastBytes,
        long lastTookMillis,
        long lastRevision,
        String lastError) {}
