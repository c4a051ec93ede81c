package dev.coord.server.command;

/** Bytes from the log are not a command that this build can apply; the message says why and what to do. */
public final class CommandFormatException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CommandFormatException(String message) {
        super(message);
    }
}
