package dev.coord.client;

import dev.coord.api.v1.FlagSetSummary;
import java.time.Instant;

/**
 * A flag set in a list. Immutable.
 *
 * @param flags how many it has
 * @param author who changed it last
 * @param changed when, by the leader's clock
 */
public record FlagSetInfo(
        String name, int flags, String author, Instant changed, long createRevision, long modifyRevision) {

    static FlagSetInfo of(FlagSetSummary message) {
        return new FlagSetInfo(
                message.getName(),
                message.getFlags(),
                message.getAuthor(),
                Instant.ofEpochMilli(message.getTimeMs()),
                message.getCreateRevision(),
                message.getModifyRevision());
    }
}
