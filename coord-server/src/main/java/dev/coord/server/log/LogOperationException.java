package dev.coord.server.log;

/** An operation on the log that is refused: the message says why, and nothing has happened. */
public final class LogOperationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public LogOperationException(String message) {
        super(message);
    }
}
