package dev.coord.wal;

import org.jspecify.annotations.Nullable;

/** A log that can't do what was asked: the message says what happened to which file, and what to do next. */
public final class LogException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** The disk said no: full, read-only, gone. */
        IO,
        /** Bytes on disk do not match their checksum or format. */
        DAMAGED,
        /** Written by a newer build. */
        NEWER_FORMAT,
        /** The directory belongs to another backend. */
        OTHER_BACKEND,
        /** Another process or store has the directory open. */
        LOCKED,
        /** An earlier mutation failed: open the store anew. */
        FAILED,
        /** The store is closed. */
        CLOSED
    }

    private final Kind kind;

    public LogException(Kind kind, String message) {
        this(kind, message, null);
    }

    public LogException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
