package dev.coord.wal.segment;

import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A file read from front to back through a buffer. For one thread. */
final class FileWindow {

    static final int WINDOW_BYTES = 1 << 20;

    private final DiskFile file;
    private final long size;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private long begin;

    FileWindow(DiskFile file) throws IOException {
        this.file = file;
        this.size = file.size();
    }

    long size() {
        return size;
    }

    /** Makes bytes visible in {@link #buffer()}; false if the file ends before them. */
    boolean load(long position, int bytes) throws IOException {
        if (position >= begin && position + bytes <= begin + buffer.limit()) {
            return true;
        }
        if (position + bytes > size) {
            return false;
        }
        int wanted = Math.max(bytes, (int) Math.min(size, WINDOW_BYTES));
        if (buffer.capacity() < wanted) {
            buffer = ByteBuffer.allocate(wanted).order(ByteOrder.LITTLE_ENDIAN);
        }
        buffer.clear().limit((int) Math.min(wanted, size - position));
        file.read(buffer, position);
        buffer.flip();
        begin = position;
        return buffer.limit() >= bytes;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** Where a position of the file is in the buffer. */
    int at(long position) {
        return (int) (position - begin);
    }

    /** Position of the file past the last byte in the buffer. */
    long loadedUpTo() {
        return begin + buffer.limit();
    }
}
