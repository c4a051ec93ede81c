package dev.coord.server.agent;

/** The local agent could not do what was asked; nothing changed. */
public final class AgentException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** For the endpoint to choose a status by. */
    public enum Reason {
        /** The registration breaks a limit. */
        INVALID,
        /** No service of that id is registered here. */
        UNKNOWN_SERVICE,
        /** No TTL check of that id is registered here. */
        NOT_TTL,
        /** As many services or checks are registered here as there may be, or too many requests wait. */
        FULL,
        /** The data directory could not be written. */
        STORAGE
    }

    private final Reason reason;

    public AgentException(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
