package dev.coord.server.command;

/** The cluster could not do what was asked. */
public final class ConsensusException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** For the caller to act on. */
    public enum Reason {
        /** No leader is known now; nothing happened. */
        NO_LEADER,
        /** Too many requests are under way here; nothing happened. */
        OVERLOADED,
        /** The request breaks a limit; nothing happened. */
        INVALID,
        /** The leader changed or did not answer in time: it may have happened. */
        UNKNOWN_OUTCOME,
        /** This server is stopping or has failed; the message says which. Nothing happened. */
        STOPPED
    }

    private final Reason reason;

    public ConsensusException(Reason reason, String message) {
        // Thrown a thousand times a second while there is no leader: a stack trace would only cost.
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
