package dev.coord.wal;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One entry of a log.
 *
 * @param index position in the log, at least 1
 * @param term the Raft term it was proposed in, at least 0
 * @param data opaque bytes between position and limit. Whoever receives an entry must not change the bytes, nor the
 *     position or limit of this very buffer: take {@link ByteBuffer#duplicate()} first.
 */
public record LogEntry(long index, long term, ByteBuffer data) {

    public LogEntry {
        if (index < 1) {
            throw new IllegalArgumentException("index " + index + " is below 1");
        }
        if (term < 0) {
            throw new IllegalArgumentException("term " + term + " is negative");
        }
        Objects.requireNonNull(data, "data");
    }

    /** Number of opaque bytes. */
    public int bytes() {
        return data.remaining();
    }
}
