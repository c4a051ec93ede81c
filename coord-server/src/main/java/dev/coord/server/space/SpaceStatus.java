package dev.coord.server.space;

/**
 * How much room there is.
 *
 * @param freeBytes on the disk, as far as this process may use it
 * @param totalBytes of the disk
 * @param low what would fill the disk is refused
 * @param ballastBytes that the ballast file holds now
 * @param lowSinceMillis since when it is low, since 1970; 0: it is not
 * @param timesLow how often it came to be low
 * @param refused number of commands refused for it
 * @param error why the disk could not be looked at; empty: it could
 */
public record SpaceStatus(
        long freeBytes,
        long totalBytes,
        boolean low,
        long ballastBytes,
        long lowSinceMillis,
        long timesLow,
        long refused,
        String error) {}
