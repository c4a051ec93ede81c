package dev.coord.server.log;

import dev.coord.server.log.BuildProgress.Purpose;
import java.time.Instant;

/**
 * How the building of a log beside the log has ended.
 *
 * @param from the backend of the log
 * @param to the backend of the one beside it
 * @param message for people: what came of it
 * @param begun when it was begun
 * @param seconds how long it took
 * @param entries that it held in the end
 * @param fileBytesBefore what the log took on disk when it was begun
 * @param fileBytesAfter what the one beside it took in the end
 * @param differentIndex the first entry that differed; 0: none did
 */
public record BuildOutcome(
        Purpose purpose,
        String from,
        String to,
        Result result,
        String message,
        Instant begun,
        double seconds,
        long entries,
        long fileBytesBefore,
        long fileBytesAfter,
        long differentIndex) {

    /** In all cases but {@link #TOOK_OVER} the log goes on as it was and the other one is deleted. */
    public enum Result {
        /** It is the log now. */
        TOOK_OVER,
        /** Somebody stopped it, or the server. */
        STOPPED,
        /** It did not hold what the log holds. */
        DIFFERENT,
        /** It was always behind. */
        FELL_BEHIND,
        /** It could not be written or read. */
        FAILED
    }
}
