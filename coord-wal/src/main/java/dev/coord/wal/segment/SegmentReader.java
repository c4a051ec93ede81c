package dev.coord.wal.segment;

import dev.coord.wal.LogEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads one entry of one segment. For one thread and one look. */
final class SegmentReader {

    private final Disk disk;
    private final int logId;
    private final Segment segment;
    private final Segment.Handle handle;
    private final FrameCodec codec = new FrameCodec();

    SegmentReader(Disk disk, int logId, Segment segment, Segment.Handle handle) {
        this.disk = disk;
        this.logId = logId;
        this.segment = segment;
        this.handle = handle;
    }

    LogEntry entry(long index) throws IOException {
        int position = position(index);
        ByteBuffer bytes = read(position, FrameCodec.HEADER_BYTES);
        FrameCodec.Header header = header(bytes, index, position);
        ByteBuffer data = read(position + FrameCodec.HEADER_BYTES, header.bytes());
        if (data.limit() < header.bytes() || !codec.dataMatches(data, 0, header)) {
            throw Damage.at(
                    disk,
                    segment.name,
                    position + FrameCodec.HEADER_BYTES,
                    "the data of entry " + index + " does not match its checksum");
        }
        return new LogEntry(
                index, header.term(), data.order(ByteOrder.BIG_ENDIAN).asReadOnlyBuffer());
    }

    long term(long index) throws IOException {
        int position = position(index);
        return header(read(position, FrameCodec.HEADER_BYTES), index, position).term();
    }

    private int position(long index) {
        return handle.offsets().get((int) (index - segment.base()));
    }

    private ByteBuffer read(int position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        handle.file().read(buffer, position);
        return buffer.flip();
    }

    private FrameCodec.Header header(ByteBuffer bytes, long index, int position) {
        FrameCodec.Header header = bytes.limit() < FrameCodec.HEADER_BYTES
                ? null
                : codec.header(bytes, 0, segment.extentOf(index).salt(logId));
        if (header == null || header.index() != index) {
            throw Damage.at(
                    disk, segment.name, position, "the header of entry " + index + " does not match its checksum");
        }
        return header;
    }
}
