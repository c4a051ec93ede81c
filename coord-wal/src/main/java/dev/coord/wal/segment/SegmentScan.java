package dev.coord.wal.segment;

import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Walks the frames of one file. For one thread. */
final class SegmentScan {

    private final Disk disk;
    private final String name;
    private final int logId;
    private final FileWindow window;
    private final FrameCodec codec = new FrameCodec();

    SegmentScan(Disk disk, String name, DiskFile file, int logId) throws IOException {
        this.disk = disk;
        this.name = name;
        this.logId = logId;
        this.window = new FileWindow(file);
    }

    /** Notes where the entries of a sealed extent are, by their headers alone. */
    void walkSealed(Extent extent, Offsets offsets) throws IOException {
        long salt = extent.salt(logId);
        int position = extent.firstFrame();
        for (long index = extent.base(); index < extent.next(); index++) {
            FrameCodec.Header header = headerAt(position, salt, index);
            if (header == null || position + header.frameBytes() > extent.end()) {
                throw Damage.at(disk, name, position, "no header of entry " + index);
            }
            offsets.add(position);
            position += header.frameBytes();
        }
        if (position != extent.end()) {
            throw Damage.at(disk, name, position, "entries end here instead of at " + extent.end());
        }
    }

    /**
     * Finds out how far an open extent reaches, checking every byte of it.
     *
     * @return the extent, sealed where it stops matching
     */
    Extent recoverOpen(Extent extent, Offsets offsets) throws IOException {
        long salt = extent.salt(logId);
        int position = extent.firstFrame();
        long index = extent.base();
        if (beginsWithHeader(extent, salt)) {
            while (true) {
                FrameCodec.Header header = headerAt(position, salt, index);
                if (header == null
                        || !window.load(position, header.frameBytes())
                        || !codec.dataMatches(window.buffer(), window.at(position) + FrameCodec.HEADER_BYTES, header)) {
                    break;
                }
                offsets.add(position);
                position += header.frameBytes();
                index++;
            }
        }
        return extent.endingAt(position, index);
    }

    private boolean beginsWithHeader(Extent extent, long salt) throws IOException {
        if (!window.load(extent.start(), FrameCodec.EXTENT_HEADER_BYTES)) {
            return false;
        }
        int at = window.at(extent.start());
        int format = FrameCodec.formatAt(window.buffer(), at);
        if (format > FrameCodec.FORMAT) {
            throw Damage.newerFormat(disk, name, format, FrameCodec.FORMAT);
        }
        return codec.isExtentHeader(window.buffer(), at, salt, extent.base());
    }

    private FrameCodec.@Nullable Header headerAt(int position, long salt, long index) throws IOException {
        if (!window.load(position, FrameCodec.HEADER_BYTES)) {
            return null;
        }
        FrameCodec.Header header = codec.header(window.buffer(), window.at(position), salt);
        return header != null && header.index() == index ? header : null;
    }

    /**
     * Looks behind the point where an extent stops for the first frame of a later batch: it was written after what is
     * missing had been synced.
     *
     * @return index of such a frame, 0 if there is none
     */
    long laterBatch(Extent stopped) throws IOException {
        long salt = stopped.salt(logId);
        long position = stopped.end();
        long least = stopped.next() + 1;
        long greatest = stopped.next() + (window.size() - position) / FrameCodec.HEADER_BYTES;
        while (window.load(position, FrameCodec.HEADER_BYTES)) {
            ByteBuffer buffer = window.buffer();
            int at = window.at(position);
            int last = buffer.limit() - FrameCodec.HEADER_BYTES;
            for (; at <= last; at++) {
                if (FrameCodec.isPlausible(buffer, at, least, greatest)) {
                    FrameCodec.Header header = codec.header(buffer, at, salt);
                    if (header != null && header.firstOfBatch()) {
                        return header.index();
                    }
                }
            }
            position = window.loadedUpTo() - FrameCodec.HEADER_BYTES + 1;
        }
        return 0;
    }
}
