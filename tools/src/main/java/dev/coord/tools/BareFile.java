package dev.coord.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the disk itself takes for an append: one write and one sync of a preallocated file, nothing else. For one thread.
 */
final class BareFile implements AutoCloseable {

    /** Space that is written over again and again. */
    static final int FILE_BYTES = 64 << 20;

    private final FileChannel channel;
    private long position;

    BareFile(Path directory) throws IOException {
        channel = FileChannel.open(directory.resolve("bare"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        for (long at = 0; at < FILE_BYTES; at += zeros.capacity()) {
            channel.write(zeros.clear(), at);
        }
        channel.force(true);
    }

    /** Nanoseconds that it took to make these bytes durable. */
    long append(ByteBuffer bytes) {
        try {
            if (position + bytes.remaining() > FILE_BYTES) {
                position = 0;
            }
            long begin = System.nanoTime();
            position += channel.write(bytes, position);
            channel.force(false);
            return System.nanoTime() - begin;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
