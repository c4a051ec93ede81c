package dev.coord.server.acl;

/** The bearer of a token may not do what was asked. The message is Consul's, which clients search for words. */
public final class AccessException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** The token does not allow it. */
        DENIED,
        /** There is no such token, or it has expired. */
        UNKNOWN_TOKEN,
        /** This cluster has no ACLs to speak of. */
        DISABLED
    }

    private final Reason reason;

    private AccessException(Reason reason, String message) {
        // Part of the conversation with a client, not a fault of ours: no stack trace.
        super(message, null, false, false);
        this.reason = reason;
    }

    public static AccessException denied() {
        return new AccessException(Reason.DENIED, "Permission denied");
    }

    /** @param detail why, fit for the client's eyes; without secrets */
    public static AccessException denied(String detail) {
        return new AccessException(Reason.DENIED, "Permission denied: " + detail);
    }

    public static AccessException unknownToken() {
        return new AccessException(Reason.UNKNOWN_TOKEN, "ACL not found");
    }

    public static AccessException disabled() {
        return new AccessException(Reason.DISABLED, "ACL support disabled");
    }

    public Reason reason() {
        return reason;
    }
}
