package dev.coord.client;

import org.jspecify.annotations.Nullable;

/** Coord could not do what was asked. The message says what was asked, of whom, and what to do next. */
public final class CoordException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** For the caller to act on. */
    public enum Reason {
        /** No server could be reached, or none knew a leader, until the deadline; nothing happened. */
        UNAVAILABLE,
        /** The deadline passed without an answer. A write may have happened. */
        TIMEOUT,
        /** The connection broke or the leader changed while a write was under way: it may have happened. */
        UNKNOWN_OUTCOME,
        /** The request breaks a rule or a limit; nothing happened. */
        INVALID,
        /** What the request names does not exist; nothing happened. */
        NOT_FOUND,
        /** The state does not allow it, for example an expired session; nothing happened. */
        REFUSED,
        /** A limit of the server or of this client is reached; nothing happened. */
        OVERLOADED,
        /** The client, or what was called, is closed. */
        CLOSED,
        /** The caller's thread was interrupted while it waited; the operation goes on. */
        INTERRUPTED,
        /** The server failed in a way that is a bug. */
        INTERNAL
    }

    private final Reason reason;

    CoordException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why, for code to decide by. */
    public Reason reason() {
        return reason;
    }
}
