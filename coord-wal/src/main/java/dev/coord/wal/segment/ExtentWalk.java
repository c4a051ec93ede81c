package dev.coord.wal.segment;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogVisitor;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the extents of one file past whatever damage is in them. Every frame's header has a checksum with the extent's
 * own salt: behind damaged bytes the next header that matches is where the log goes on. For one thread.
 */
final class ExtentWalk {

    private final String name;
    private final int logId;
    private final long firstIndex;
    private final FileWindow window;
    private final LogVisitor visitor;
    private final FrameCodec codec = new FrameCodec();

    /** A header and where it is. */
    private record Found(int position, FrameCodec.Header header) {}

    /** @param firstIndex entries below it are not within the log any more */
    ExtentWalk(String name, DiskFile file, int logId, long firstIndex, LogVisitor visitor) throws IOException {
        this.name = name;
        this.logId = logId;
        this.firstIndex = firstIndex;
        this.window = new FileWindow(file);
        this.visitor = visitor;
    }

    /**
     * Gives what an extent holds.
     *
     * @param acknowledged an open extent held the entries below this index for sure; those of a sealed one are known
     * @param limit where the next extent begins: what an open one holds from there on was forgotten
     * @return one past the last entry that it held
     */
    long walk(Extent extent, long acknowledged, long limit) throws IOException {
        long salt = extent.salt(logId);
        checkHeader(extent, salt);
        long known = extent.isOpen() ? acknowledged : extent.next();
        int position = extent.firstFrame();
        long index = extent.base();
        while (index < (extent.isOpen() ? limit : known)) {
            FrameCodec.Header header = headerAt(position, salt);
            boolean framed = header != null && header.index() == index && window.load(position, header.frameBytes());
            if (framed && dataMatches(position, header)) {
                give(position, header);
                position += header.frameBytes();
                index++;
                continue;
            }
            if (index >= known && !laterBatch(position, index, salt)) {
                return index; // what a crash tore, or nothing: it was never acknowledged
            }
            if (framed) {
                damage(
                        position + FrameCodec.HEADER_BYTES,
                        index,
                        index + 1,
                        "its " + header.bytes() + " bytes of data do not match their checksum");
                position += header.frameBytes();
                index++;
                continue;
            }
            Found next = next(position + 1, index + 1, greatest(extent, position, index), salt);
            if (next == null) {
                damage(position, index, known, whyNothing(position));
                return Math.max(index, known);
            }
            damage(
                    position,
                    index,
                    next.header.index(),
                    (next.position - position) + " bytes do not match their checksum");
            position = next.position;
            index = next.header.index();
        }
        return index;
    }

    private String whyNothing(int position) {
        String end = "the file ends at offset " + window.size();
        return window.size() < position + FrameCodec.HEADER_BYTES
                ? end
                : "from here on nothing matches its checksum; " + end;
    }

    private long greatest(Extent extent, int position, long index) {
        long most = index + (window.size() - position) / FrameCodec.HEADER_BYTES;
        return extent.isOpen() ? most : Math.min(most, extent.next() - 1);
    }

    private void checkHeader(Extent extent, long salt) throws IOException {
        if (!window.load(extent.start(), FrameCodec.EXTENT_HEADER_BYTES)) {
            return; // the file is cut: its entries say so
        }
        int at = window.at(extent.start());
        int format = FrameCodec.formatAt(window.buffer(), at);
        if (codec.isExtentHeader(window.buffer(), at, salt, extent.base())) {
            return;
        }
        if (format > FrameCodec.FORMAT && format < 1 << 16) {
            throw new LogException(
                    Kind.NEWER_FORMAT,
                    name + " has format " + format + "; this build reads up to " + FrameCodec.FORMAT
                            + ": run the build that wrote it, or a newer one");
        }
        if (!extent.isOpen() || headerAt(extent.firstFrame(), salt) != null) {
            visitor.damage(LogDamage.ofBookkeeping(
                    name,
                    extent.start(),
                    "the header of the run of entries from " + extent.base() + " on does not match its checksum"));
        }
    }

    private void give(int position, FrameCodec.Header header) {
        visitor.progress(position, window.size());
        if (header.index() < firstIndex) {
            return;
        }
        ByteBuffer data = ByteBuffer.allocate(header.bytes());
        data.put(0, window.buffer(), window.at(position) + FrameCodec.HEADER_BYTES, header.bytes());
        visitor.entry(new LogEntry(header.index(), header.term(), data.asReadOnlyBuffer()), name, position);
    }

    private void damage(int position, long from, long to, String what) {
        if (to > firstIndex) {
            visitor.damage(new LogDamage(name, position, Math.max(from, firstIndex), to, what));
        }
    }

    private FrameCodec.@Nullable Header headerAt(int position, long salt) throws IOException {
        return window.load(position, FrameCodec.HEADER_BYTES)
                ? codec.header(window.buffer(), window.at(position), salt)
                : null;
    }

    private boolean dataMatches(int position, FrameCodec.Header header) {
        return codec.dataMatches(window.buffer(), window.at(position) + FrameCodec.HEADER_BYTES, header);
    }

    /** True if a later batch is there: it was written after what is missing here had been acknowledged. */
    private boolean laterBatch(int position, long index, long salt) throws IOException {
        long greatest = index + (window.size() - position) / FrameCodec.HEADER_BYTES;
        Found found = next(position + 1, index + 1, greatest, salt);
        while (found != null && !found.header.firstOfBatch()) {
            found = next(found.position + 1, found.header.index() + 1, greatest, salt);
        }
        return found != null;
    }

    /** The first header from a position on with an index between two. */
    private @Nullable Found next(int from, long least, long greatest, long salt) throws IOException {
        long position = from;
        while (window.load(position, FrameCodec.HEADER_BYTES)) {
            ByteBuffer buffer = window.buffer();
            int last = buffer.limit() - FrameCodec.HEADER_BYTES;
            for (int at = window.at(position); at <= last; at++) {
                if (FrameCodec.isPlausible(buffer, at, least, greatest)) {
                    FrameCodec.Header header = codec.header(buffer, at, salt);
                    if (header != null) {
                        return new Found((int) (window.loadedUpTo() - buffer.limit() + at), header);
                    }
                }
            }
            position = window.loadedUpTo() - FrameCodec.HEADER_BYTES + 1;
        }
        return null;
    }
}
