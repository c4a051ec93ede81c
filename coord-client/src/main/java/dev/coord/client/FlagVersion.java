package dev.coord.client;

import dev.coord.api.v1.FlagDelta;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step in the history of a flag set. Immutable.
 *
 * @param revision that it made; the set's modify revision then
 * @param time by the leader's clock
 */
public record FlagVersion(long revision, Instant time, String author, Action action, List<Delta> deltas) {

    public FlagVersion {
        deltas = List.copyOf(deltas);
    }

    /** What made it. */
    public enum Action {
        PUT,
        DELETE,
        UNDO,
        ROLLOUT,
        /** Something that this client does not know. */
        OTHER
    }

    /**
     * One definition.
     *
     * @param name of the flag; empty: what the set's flags share
     * @param from null: it was new
     * @param to null: it went
     */
    public record Delta(
            String name, @Nullable String from, @Nullable String to) {

        private static Delta of(FlagDelta message) {
            return new Delta(
                    message.getName(),
                    message.hasFrom() ? message.getFrom() : null,
                    message.hasTo() ? message.getTo() : null);
        }
    }

    static FlagVersion of(dev.coord.api.v1.FlagVersion message) {
        return new FlagVersion(
                message.getRevision(),
                Instant.ofEpochMilli(message.getTimeMs()),
                message.getAuthor(),
                switch (message.getAction()) {
                    case FLAG_ACTION_PUT -> Action.PUT;
                    case FLAG_ACTION_DELETE -> Action.DELETE;
                    case FLAG_ACTION_UNDO -> Action.UNDO;
                    case FLAG_ACTION_ROLLOUT -> Action.ROLLOUT;
                    case FLAG_ACTION_UNSPECIFIED, UNRECOGNIZED -> Action.OTHER;
                },
                message.getDeltasList().stream().map(Delta::of).toList());
    }
}
