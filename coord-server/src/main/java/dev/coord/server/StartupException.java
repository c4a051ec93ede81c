package dev.coord.server;

import org.jspecify.annotations.Nullable;

/** A server can't start; the message is one line that says what to do. */
public final class StartupException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode code;

    public StartupException(ExitCode code, String message) {
        this(code, message, null);
    }

    public StartupException(ExitCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What the process should end with. */
    public ExitCode code() {
        return code;
    }
}
