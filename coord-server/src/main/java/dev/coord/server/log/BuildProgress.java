package dev.coord.server.log;

import dev.coord.wal.LatencyHistogram;

/**
 * How far a log being built beside the log has come. A moment's picture.
 *
 * @param backend that keeps it
 * @param entriesBehind entries in the log that it has not got yet
 * @param first where it begins
 * @param copiedNext one past the newest entry that it holds
 * @param comparedFirst where the running checksums begin
 * @param comparedNext one past the newest entry that was compared
 * @param logChecksum CRC32C over the entries [comparedFirst, comparedNext) as the log gives them
 * @param besideChecksum the same as the log beside gives them
 * @param appendLatency what its appends took since it had first caught up; empty before
 * @param syncLatency the same for all of its syncs
 * @param seconds since it was begun
 */
public record BuildProgress(
        Purpose purpose,
        String backend,
        Phase phase,
        long entriesBehind,
        long first,
        long copiedNext,
        long comparedFirst,
        long comparedNext,
        int logChecksum,
        int besideChecksum,
        LatencyHistogram appendLatency,
        LatencyHistogram syncLatency,
        double seconds) {

    /** What a log is built beside the log for. */
    public enum Purpose {
        /** To take over as soon as it can: it has no free space. */
        COMPACT,
        /** To be looked at, and to take over when somebody says so. */
        SHADOW
    }

    /** In the order in which they come. */
    public enum Phase {
        /** It takes over what the log holds. */
        COPYING,
        /** It has all that the log had; all of it is read back and compared, while new entries are taken over. */
        COMPARING,
        /** It holds what the log holds and follows it. It may take over. */
        FOLLOWING,
        /** It has taken over; the log that was before is closed and deleted. */
        RETIRING
    }

    /** True when all that was compared so far is the same. One that differs is dropped, so this is what is expected. */
    public boolean equal() {
        return logChecksum == besideChecksum;
    }

    /** How much is done until it follows, from 0 to 1. */
    public double share() {
        if (phase.compareTo(Phase.FOLLOWING) >= 0) {
            return 1;
        }
        double all = 2.0 * Math.max(1, copiedNext - first + entriesBehind);
        return Math.min(1, (copiedNext - first + comparedNext - Math.max(first, comparedFirst)) / all);
    }
}
