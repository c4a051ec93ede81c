package dev.coord.wal.segment;

import dev.coord.wal.LogEntry;
import dev.coord.wal.SyncMeter;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The extent that is being appended to. For the mutating thread. */
final class Tail {

    /** Files are filled with zeros this far ahead, so that a sync need not record a new size each time. */
    static final int ALLOCATE_AHEAD_BYTES = 1 << 20;

    /** What all tails of a log write through, one after the other. */
    static final class Scratch {

        /** A batch that needs more is written in several pieces before its one sync. */
        static final int BYTES = 1 << 20;

        private static final int BYTES_AT_FIRST = 16 << 10;

        private final FrameCodec codec = new FrameCodec();
        private final ByteBuffer zeros;
        private ByteBuffer buffer = direct(BYTES_AT_FIRST);

        Scratch(int segmentBytes) {
            zeros = ByteBuffer.allocateDirect(Math.min(ALLOCATE_AHEAD_BYTES, segmentBytes));
        }

        /** Has room for so many bytes more, up to {@link #BYTES} or those alone. */
        private void grow(int bytes) {
            int needed = buffer.position() + bytes;
            if (buffer.capacity() < needed) {
                int doubled = (int) Math.min(BYTES, 2L * buffer.capacity());
                buffer = direct(Math.max(needed, doubled)).put(buffer.flip());
            }
        }

        private static ByteBuffer direct(int bytes) {
            return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    final Segment segment;
    private final DiskFile file;
    private final Offsets offsets;
    private final Extent extent;
    private final long salt;
    private final int segmentBytes;
    private final Scratch scratch;
    private final SyncMeter meter;

    /** Offset past the last byte handed to the file. */
    private int end;

    /** Bytes of the file that are there already and need no new size. */
    private long allocated;

    /** Begins the last extent of a segment: its header is written with the first entries. */
    Tail(Segment segment, Segment.Handle handle, int logId, int segmentBytes, Scratch scratch, SyncMeter meter)
            throws IOException {
        this.segment = segment;
        this.file = handle.file();
        this.offsets = handle.offsets();
        this.extent = segment.lastExtent();
        this.salt = extent.salt(logId);
        this.segmentBytes = segmentBytes;
        this.scratch = scratch;
        this.meter = meter;
        this.end = extent.start();
        this.allocated = file.size();
        scratch.buffer.clear();
        scratch.codec.putExtentHeader(scratch.buffer, salt, extent.base());
    }

    /** A fresh one takes an entry of any size. */
    boolean hasRoomFor(LogEntry entry) {
        return next() == extent.base() || fits((long) end + scratch.buffer.position(), entry, segmentBytes);
    }

    static boolean fits(long position, LogEntry entry, int segmentBytes) {
        return position + FrameCodec.HEADER_BYTES + entry.bytes() <= segmentBytes;
    }

    void add(LogEntry entry, boolean firstOfBatch) throws IOException {
        int frameBytes = FrameCodec.HEADER_BYTES + entry.bytes();
        if (scratch.buffer.position() + frameBytes > Scratch.BYTES) {
            write();
        }
        scratch.grow(frameBytes);
        offsets.add(end + scratch.buffer.position());
        scratch.codec.put(scratch.buffer, entry, firstOfBatch, salt);
    }

    /** Makes what was added durable. */
    void flush() throws IOException {
        write();
        meter.sync(file::sync);
    }

    private void write() throws IOException {
        ByteBuffer buffer = scratch.buffer.flip();
        int bytes = buffer.remaining();
        file.write(buffer, end);
        end += bytes;
        buffer.clear();
        meter.written(bytes);
        if (end > allocated) {
            ByteBuffer zeros = scratch.zeros.clear();
            long upTo = Math.min(Math.max(end, segmentBytes), (long) end + zeros.capacity());
            zeros.limit((int) (upTo - end));
            meter.written(zeros.limit());
            file.write(zeros, end);
            allocated = upTo;
        }
    }

    /** Puts the index of a full file behind its entries. */
    void writeIndex() throws IOException {
        ByteBuffer index = OffsetIndex.encode(offsets, salt);
        meter.written(index.remaining());
        file.write(index, end);
        meter.sync(file::sync);
    }

    /** The extent as far as it was flushed. */
    Extent sealed() {
        return extent.endingAt(end, next());
    }

    /** Index past the last entry added. */
    long next() {
        return segment.base() + offsets.count();
    }

    int end() {
        return end;
    }

    int generation() {
        return extent.generation();
    }

    /** Bytes of the file that are there and not written yet. */
    long freeBytes() {
        return Math.max(0, allocated - end);
    }
}
