package dev.coord.server.state;

import java.io.IOException;

/** Bytes are not a snapshot that this build can read; the message says where, why and what to do. */
public final class SnapshotFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    private final long offset;

    SnapshotFormatException(long offset, String problem) {
        super("snapshot, byte " + offset + ": " + problem);
        this.offset = offset;
    }

    /** Where in the stream the problem was found, bytes. */
    public long offset() {
        return offset;
    }
}
