package dev.coord.server.state;

import dev.coord.server.command.CommandResult.Rejection;

/** Ends the applying of a command that makes no sense against the state; all that it did so far is dropped. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Rejection.Kind kind;
    private final String message;

    Refusal(Rejection.Kind kind, String message) {
        // Control flow within one apply: a stack trace would only cost.
        super(message, null, false, false);
        this.kind = kind;
        this.message = message;
    }

    Rejection rejection() {
        return new Rejection(kind, message);
    }
}
