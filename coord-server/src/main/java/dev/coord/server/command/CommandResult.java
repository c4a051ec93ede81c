package dev.coord.server.command;

import dev.coord.api.raft.v1.TxnOutcome;
import org.jspecify.annotations.Nullable;

/**
 * What became of an applied command.
 *
 * @param revision of the state after it
 * @param ok false: a condition (compare-and-swap, lock) did not hold, or {@code rejection} says more; nothing changed
 * @param rejection why the state refused it; null when it did not
 * @param txn what a transaction read and set, or why it failed; null for every other command
 */
public record CommandResult(
        long revision,
        boolean ok,
        @Nullable Rejection rejection,
        @Nullable TxnOutcome txn) {

    /** Of a command that is no transaction. */
    public CommandResult(long revision, boolean ok, @Nullable Rejection rejection) {
        this(revision, ok, rejection, null);
    }

    public static CommandResult ok(long revision) {
        return new CommandResult(revision, true, null);
    }

    /** A condition of the command did not hold. */
    public static CommandResult unmet(long revision) {
        return new CommandResult(revision, false, null);
    }

    public static CommandResult rejected(long revision, Rejection.Kind kind, String message) {
        return new CommandResult(revision, false, new Rejection(kind, message));
    }

    /**
     * A command that made no sense against the state it met.
     *
     * @param message what, and which key, node or session; fit for the client's eyes
     */
    public record Rejection(Kind kind, String message) {
        /** For the endpoint to choose a status by. */
        public enum Kind {
            INVALID,
            UNKNOWN_NODE,
            UNKNOWN_SERVICE,
            UNKNOWN_CHECK,
            INVALID_SESSION,
            CONFLICT,
            /** Not allowed; the message says so in Consul's words. */
            DENIED
        }
    }
}
