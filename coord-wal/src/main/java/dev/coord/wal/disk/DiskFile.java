package dev.coord.wal.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file. One writer, any number of readers. */
public interface DiskFile extends Closeable {

    /**
     * Reads at a position until the buffer is full or the file ends.
     *
     * @throws java.nio.channels.ClosedChannelException if the file was closed
     */
    void read(ByteBuffer into, long position) throws IOException;

    /** Writes all that remains in the buffer. Durable after the next {@link #sync}. */
    void write(ByteBuffer from, long position) throws IOException;

    /** Makes what was written durable: data, and the size where it grew. */
    void sync() throws IOException;

    long size() throws IOException;
}
