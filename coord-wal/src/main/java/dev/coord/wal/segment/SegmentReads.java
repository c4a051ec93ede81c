package dev.coord.wal.segment;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogRange;
import dev.coord.wal.LogStoreGuard;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.segment.ReadAhead.Window;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * Finds entries, beside appends and truncations. An entry is a slice of the window that it was read with: no copy.
 *
 * <p>Threads: the mutating thread shows segments, any thread reads.
 */
final class SegmentReads {

    private final Disk disk;
    private final int logId;
    private final LogStoreGuard guard;
    private final LogRange range;
    private final SegmentHandles handles;
    private final ReadAhead ahead = new ReadAhead();

    /** In index order. Written by the mutating thread, read by all; the array is replaced, never changed. */
    private volatile Segment[] segments;

    SegmentReads(
            Disk disk, int logId, LogStoreGuard guard, LogRange range, SegmentHandles handles, Segment[] segments) {
        this.disk = disk;
        this.logId = logId;
        this.guard = guard;
        this.range = range;
        this.handles = handles;
        this.segments = segments;
    }

    Segment[] segments() {
        return segments;
    }

    /** One more file, or another range: see {@link LogRange#show}. */
    void segments(Segment[] now) {
        segments = now;
    }

    /** Lets go of what was read. */
    void close() {
        ahead.clear();
    }

    LogEntry entry(long index) {
        return find(index, this::entry);
    }

    long term(long index) {
        return find(index, this::term);
    }

    /** Where an entry lies, and the picture of the log by which it was found. */
    private record Place(long index, Segment segment, Segment.Handle handle, int position, int changes, long next) {}

    private interface Look<T> {
        T at(Place place) throws IOException;
    }

    private <T> T find(long index, Look<T> look) {
        while (true) {
            guard.checkOpen();
            int seen = range.changes();
            long next = range.next();
            guard.checkIndex(index, range.first(), next);
            Segment segment = segmentOf(index);
            try {
                if (segment != null) {
                    Segment.Handle handle = handles.get(segment);
                    int position = handle.offsets().get((int) (index - segment.base()));
                    return look.at(new Place(index, segment, handle, position, seen, next));
                }
            } catch (ClosedChannelException | NoSuchFileException e) {
                if (range.changes() == seen && e instanceof NoSuchFileException) {
                    throw Damage.at(disk, segment.name, 0, "the file is gone; it held entry " + index);
                }
                // Closed to make room or truncated away: look again.
            } catch (IOException e) {
                throw new LogException(
                        Kind.IO, "can't read entry " + index + " from " + disk.describe(segment.name) + ": " + e, e);
            } catch (LogException e) {
                if (range.changes() == seen) {
                    throw e;
                }
                // The bytes were overwritten meanwhile: look again.
            }
            Thread.onSpinWait();
        }
    }

    /** Null if the log was truncated meanwhile. */
    private @Nullable Segment segmentOf(long index) {
        Segment[] now = segments;
        int low = 0;
        int high = now.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (now[middle].base() <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && now[low].base() <= index ? now[low] : null;
    }

    private LogEntry entry(Place place) throws IOException {
        FrameCodec codec = new FrameCodec();
        Window window = ahead.find(place.segment, place.changes, place.index, place.position);
        if (window == null) {
            window = load(place, FrameCodec.HEADER_BYTES);
        }
        FrameCodec.Header header = header(codec, window.bytes(), window.at(place.position), place);
        if (!window.holds(place.position, header.frameBytes())) {
            window = load(place, header.frameBytes());
        }
        if (window.holds(place.position, header.frameBytes())) {
            int at = window.at(place.position) + FrameCodec.HEADER_BYTES;
            ByteBuffer data = window.bytes().slice(at, header.bytes());
            if (codec.dataMatches(data, 0, header)) {
                return new LogEntry(place.index, header.term(), data.asReadOnlyBuffer());
            }
        }
        throw Damage.at(
                disk,
                place.segment.name,
                place.position + FrameCodec.HEADER_BYTES,
                "the data of entry " + place.index + " does not match its checksum");
    }

    private Window load(Place place, int bytes) throws IOException {
        return ahead.load(place.segment, place.handle.file(), place.changes, place.next, place.position, bytes);
    }

    private long term(Place place) throws IOException {
        FrameCodec codec = new FrameCodec();
        Window window = ahead.find(place.segment, place.changes, place.index, place.position);
        if (window != null) {
            return header(codec, window.bytes(), window.at(place.position), place)
                    .term();
        }
        ByteBuffer bytes = ByteBuffer.allocate(FrameCodec.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        place.handle.file().read(bytes, place.position);
        return header(codec, bytes.flip(), 0, place).term();
    }

    private FrameCodec.Header header(FrameCodec codec, ByteBuffer bytes, int at, Place place) {
        long index = place.index;
        FrameCodec.Header header = bytes.limit() - at < FrameCodec.HEADER_BYTES
                ? null
                : codec.header(bytes, at, place.segment.extentOf(index).salt(logId));
        if (header == null || header.index() != index) {
            throw Damage.at(
                    disk,
                    place.segment.name,
                    place.position,
                    "the header of entry " + index + " does not match its checksum");
        }
        return header;
    }
}
