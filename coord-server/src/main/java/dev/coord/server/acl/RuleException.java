package dev.coord.server.acl;

/** A text that is no set of rules; the message says where and why, fit for the client's eyes. */
public final class RuleException extends Exception {

    private static final long serialVersionUID = 1L;

    RuleException(String message) {
        super(message);
    }
}
