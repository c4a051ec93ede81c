package dev.coord.wal.segment;

import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The open files: the one that is appended to, and at most {@value #SEALED_OPEN_MAX} others, opened when someone reads
 * them; the one opened first is closed first.
 *
 * <p>Threads: any. The lock is held while a file is opened or closed, never during a sync.
 */
final class SegmentHandles {

    static final int SEALED_OPEN_MAX = 8;

    private final Disk disk;
    private final int logId;

    /** Segments that may be closed to make room, guarded by {@code this}. */
    private final Deque<Segment> sealed = new ArrayDeque<>();

    private boolean closed;

    SegmentHandles(Disk disk, int logId) {
        this.disk = disk;
        this.logId = logId;
    }

    /** @throws ClosedChannelException if the log has let go of the segment, or is closed */
    Segment.Handle get(Segment segment) throws IOException {
        Segment.Handle handle = segment.handle;
        return handle != null ? handle : open(segment);
    }

    private synchronized Segment.Handle open(Segment segment) throws IOException {
        if (segment.dropped || closed) {
            throw new ClosedChannelException();
        }
        Segment.Handle handle = segment.handle;
        if (handle == null) {
            DiskFile file = disk.open(segment.name);
            boolean ok = false;
            try {
                handle = new Segment.Handle(file, offsets(segment, file));
                ok = true;
            } finally {
                if (!ok) {
                    file.close();
                }
            }
            segment.handle = handle;
            sealed.add(segment);
            closeSurplus();
        }
        return handle;
    }

    private Offsets offsets(Segment segment, DiskFile file) throws IOException {
        List<Extent> extents = segment.extents();
        Extent last = segment.lastExtent();
        int entries = (int) (last.next() - segment.base());
        ByteBuffer index = ByteBuffer.allocate(OffsetIndex.bytes(entries));
        file.read(index, last.end());
        Offsets offsets = OffsetIndex.decode(index.flip(), entries, last.salt(logId));
        if (offsets == null) {
            offsets = new Offsets(entries);
            SegmentScan scan = new SegmentScan(disk, segment.name, file, logId);
            for (Extent extent : extents) {
                scan.walkSealed(extent, offsets);
            }
        }
        return offsets;
    }

    private void closeSurplus() throws IOException {
        while (sealed.size() > SEALED_OPEN_MAX) {
            closeHandle(sealed.remove());
        }
    }

    private static void closeHandle(Segment segment) throws IOException {
        Segment.Handle handle = segment.handle;
        segment.handle = null;
        if (handle != null) {
            handle.file().close();
        }
    }

    /** Keeps a segment open, for it is appended to. */
    synchronized Segment.Handle pin(Segment segment) throws IOException {
        Segment.Handle handle = get(segment);
        sealed.remove(segment);
        return handle;
    }

    /** It is appended to no longer. */
    synchronized void unpin(Segment segment) throws IOException {
        if (segment.handle != null && !sealed.contains(segment)) {
            sealed.add(segment);
            closeSurplus();
        }
    }

    /** Lets go of a segment for good. */
    synchronized void drop(Segment segment) throws IOException {
        segment.dropped = true;
        sealed.remove(segment);
        closeHandle(segment);
    }

    synchronized void close(List<Segment> pinned) throws IOException {
        closed = true;
        for (Segment segment : pinned) {
            closeHandle(segment);
        }
        for (Segment segment : sealed) {
            closeHandle(segment);
        }
        sealed.clear();
    }
}
