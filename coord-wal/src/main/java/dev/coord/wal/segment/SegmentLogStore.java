package dev.coord.wal.segment;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreGuard;
import dev.coord.wal.SyncMeter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A log in append-only files: one write and one sync for a batch. The package says how it is laid out and why it
 * survives a crash.
 *
 * <p>Reads are positional and copied: a copy stays valid when its file is used again, and a disk error is an exception
 * where a mapping would kill the process. The memory kept is four bytes for each entry of the open files (at most
 * {@value SegmentHandles#SEALED_OPEN_MAX} and the last) and one buffer for appends, {@value #BUFFER_BYTES} bytes or the
 * largest entry yet.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
public final class SegmentLogStore implements LogStore {

    /** A batch that needs more is written in several pieces before its one sync. */
    static final int BUFFER_BYTES = 1 << 20;

    private static final int BUFFER_BYTES_AT_FIRST = 16 << 10;

    /** Files are filled with zeros this far ahead, so that a sync need not record a new size each time. */
    static final int ALLOCATE_AHEAD_BYTES = 1 << 20;

    /** Files of truncated entries that are kept to be written again; more are deleted. */
    static final int SPARE_FILES_MAX = 2;

    private final Disk disk;
    private final LogOptions options;
    private final LogStoreGuard guard;
    private final SyncMeter meter = new SyncMeter();
    private final SegmentHandles handles;
    private final int logId;

    // Published to readers. Written by the mutating thread alone.

    /** In index order. The array is replaced, never changed. */
    private volatile Segment[] segments;

    private volatile long firstIndex;

    /** Written last: what lies below it is visible to whoever has read it. */
    private volatile long nextIndex;

    /** Counts changes other than appends: a reader that tripped over one looks again. */
    private volatile int changes;

    private volatile long liveBytes;
    private volatile long freeBytes;

    // Owned by the mutating thread.

    private final FrameCodec codec = new FrameCodec();
    private final Deque<Integer> spares;
    private long spareBytes;
    private int generation;
    private int greatestId;
    private ByteBuffer buffer = direct(BUFFER_BYTES_AT_FIRST);
    private final ByteBuffer zeros;
    private @Nullable Watermark watermark;
    private int watermarkCount;

    /** Where the last file is appended to; null until the first append after opening, truncating, resetting. */
    private @Nullable Tail tail;

    /** The extent that is being appended to. */
    private static final class Tail {
        final Segment segment;
        final DiskFile file;
        final Offsets offsets;
        final Extent extent;
        final long salt;

        /** Offset past the last byte handed to the file. */
        int end;

        /** Bytes of the file that are there already and need no new size. */
        long allocated;

        Tail(Segment segment, Segment.Handle handle, Extent extent, long salt, long allocated) {
            this.segment = segment;
            this.file = handle.file();
            this.offsets = handle.offsets();
            this.extent = extent;
            this.salt = salt;
            this.end = extent.start();
            this.allocated = allocated;
        }

        boolean isFresh() {
            return offsets.count() == 0;
        }
    }

    /**
     * Opens the log in a directory; an empty directory holds an empty log that begins at 1. Takes no lock: see
     * {@code LogDirectory}.
     *
     * @throws LogException {@link Kind#DAMAGED}, {@link Kind#NEWER_FORMAT} or {@link Kind#IO}, naming the file
     */
    public static SegmentLogStore open(Path directory, LogOptions options) {
        return open(new NioDisk(directory), options, ThreadLocalRandom.current().nextInt());
    }

    /** @param logIdIfNew part of all salts of a log that is made now */
    static SegmentLogStore open(Disk disk, LogOptions options, int logIdIfNew) {
        try {
            return new SegmentLogStore(disk, options, new SegmentRecovery(disk).run(logIdIfNew));
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't open the log in " + disk.describe("") + ": " + e, e);
        }
    }

    private SegmentLogStore(Disk disk, LogOptions options, SegmentRecovery.Found found) throws IOException {
        Manifest manifest = found.manifest();
        this.disk = disk;
        this.options = options;
        this.zeros = ByteBuffer.allocateDirect(Math.min(ALLOCATE_AHEAD_BYTES, options.segmentBytes()));
        this.guard = new LogStoreGuard(disk.describe(""), options.entryBytesMax());
        this.logId = manifest.logId();
        this.handles = new SegmentHandles(disk, logId);
        this.generation = manifest.generation();
        this.segments = found.segments().toArray(new Segment[0]);
        this.spares = new ArrayDeque<>();
        this.greatestId = found.greatestId();
        this.watermarkCount = found.mark() == null ? 0 : found.mark().count();
        this.firstIndex = manifest.firstIndex();
        this.nextIndex = manifest.nextIndex();
        if (segments.length > 0) {
            handles.unpin(segments[segments.length - 1]);
        }
        for (int id : found.spares()) {
            keepOrDelete(id);
        }
        if (generation == 0) {
            writeManifest(List.of(), firstIndex, nextIndex);
        }
        this.liveBytes = countLiveBytes();
        this.freeBytes = countFreeBytes();
    }

    @Override
    public long firstIndex() {
        guard.checkOpen();
        return firstIndex;
    }

    @Override
    public long nextIndex() {
        guard.checkOpen();
        return nextIndex;
    }

    @Override
    public int entryBytesMax() {
        return guard.entryBytesMax();
    }

    // ---- reading

    @Override
    public LogEntry read(long index) {
        return find(index, SegmentReader::entry);
    }

    @Override
    public long term(long index) {
        return find(index, SegmentReader::term);
    }

    private interface Look<T> {
        T at(SegmentReader reader, long index) throws IOException;
    }

    private <T> T find(long index, Look<T> look) {
        while (true) {
            guard.checkOpen();
            int seen = changes;
            guard.checkIndex(index, firstIndex, nextIndex);
            Segment segment = segmentOf(index);
            try {
                if (segment != null) {
                    return look.at(new SegmentReader(disk, logId, segment, handles.get(segment)), index);
                }
            } catch (ClosedChannelException | NoSuchFileException e) {
                if (changes == seen && e instanceof NoSuchFileException) {
                    throw Damage.at(disk, segment.name, 0, "the file is gone; it held entry " + index);
                }
                // Closed to make room or truncated away: look again.
            } catch (IOException e) {
                throw new LogException(
                        Kind.IO, "can't read entry " + index + " from " + disk.describe(segment.name) + ": " + e, e);
            } catch (LogException e) {
                if (changes == seen) {
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

    // ---- appending

    @Override
    public void append(List<LogEntry> entries) {
        guard.checkWritable();
        guard.checkBatch(entries, nextIndex);
        if (entries.isEmpty()) {
            return;
        }
        try {
            appendChecked(entries);
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail("append of entries from " + nextIndex + " on", e);
        }
    }

    private void appendChecked(List<LogEntry> entries) throws IOException {
        buffer.clear();
        boolean firstOfBatch = true;
        long dataBytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            LogEntry entry = entries.get(i);
            int frameBytes = FrameCodec.HEADER_BYTES + entry.bytes();
            Tail to = tail;
            if (to == null || (!to.isFresh() && !fits(to.end + buffer.position(), frameBytes))) {
                if (to != null) {
                    publish(to, dataBytes);
                    dataBytes = 0;
                    sealTail(to);
                }
                to = beginExtent(frameBytes);
                firstOfBatch = true;
            }
            makeRoom(to, frameBytes);
            to.offsets.add(to.end + buffer.position());
            codec.put(buffer, entry, firstOfBatch, to.salt);
            firstOfBatch = false;
            dataBytes += entry.bytes();
        }
        if (tail != null) {
            publish(tail, dataBytes);
        }
    }

    private boolean fits(long position, int frameBytes) {
        return position + frameBytes <= options.segmentBytes();
    }

    /** Makes what is in the tail durable, then visible. */
    private void publish(Tail to, long dataBytes) throws IOException {
        writeBuffer(to);
        sync(to.file);
        long next = to.segment.base() + to.offsets.count();
        if (watermark != null) {
            watermark.advance(to.extent.generation(), to.end, next);
        }
        meter.proposed(dataBytes);
        liveBytes += dataBytes;
        freeBytes = spareBytes + Math.max(0, to.allocated - to.end);
        nextIndex = next;
    }

    private void makeRoom(Tail to, int frameBytes) throws IOException {
        if (buffer.remaining() >= frameBytes) {
            return;
        }
        int needed = buffer.position() + frameBytes;
        if (needed > BUFFER_BYTES) {
            writeBuffer(to);
            needed = frameBytes;
        }
        if (buffer.capacity() < needed) {
            int doubled = (int) Math.min(BUFFER_BYTES, 2L * buffer.capacity());
            ByteBuffer larger = direct(Math.max(needed, doubled));
            larger.put(buffer.flip());
            buffer = larger;
        }
    }

    private void writeBuffer(Tail to) throws IOException {
        buffer.flip();
        int bytes = buffer.remaining();
        to.file.write(buffer, to.end);
        to.end += bytes;
        buffer.clear();
        meter.written(bytes);
        if (to.end > to.allocated) {
            long upTo = Math.min(Math.max(to.end, options.segmentBytes()), (long) to.end + zeros.capacity());
            zeros.clear().limit((int) (upTo - to.end));
            meter.written(zeros.limit());
            to.file.write(zeros, to.end);
            to.allocated = upTo;
        }
    }

    private void sync(DiskFile file) throws IOException {
        long begin = System.nanoTime();
        file.sync();
        meter.synced(System.nanoTime() - begin);
    }

    /** Ends the file that is appended to: puts the index behind its entries. Its end is in the next manifest. */
    private void sealTail(Tail sealed) throws IOException {
        sealSegment(sealed);
        ByteBuffer index = OffsetIndex.encode(sealed.offsets, sealed.salt);
        meter.written(index.remaining());
        sealed.file.write(index, sealed.end);
        sync(sealed.file);
        handles.unpin(sealed.segment);
    }

    /** Notes the end of the extent. */
    private void sealSegment(Tail sealed) {
        List<Extent> extents = new ArrayList<>(sealed.segment.extents());
        extents.set(extents.size() - 1, sealed.extent.endingAt(sealed.end, nextIndex));
        sealed.segment.extents(extents);
        tail = null;
    }

    /** Begins an extent for an entry, in the last file if it has room. Its header goes into the buffer. */
    private Tail beginExtent(int frameBytes) throws IOException {
        if (watermark == null) {
            openWatermark();
        }
        Segment last = segments.length == 0 ? null : segments[segments.length - 1];
        int start = last == null ? 0 : last.lastExtent().end();
        boolean same = last != null && fits(start + FrameCodec.EXTENT_HEADER_BYTES, frameBytes);
        Segment.Handle handle;
        Segment segment;
        List<Extent> extents = extents(Arrays.asList(segments));
        if (same && last != null) {
            Extent extent = new Extent(last.id, generation + 1, start, Extent.OPEN, nextIndex, nextIndex);
            handle = handles.pin(last);
            handle.offsets().cutTo((int) (nextIndex - last.base()));
            extents.add(extent);
            writeManifest(extents, firstIndex, nextIndex);
            List<Extent> ofLast = new ArrayList<>(last.extents());
            ofLast.add(extent);
            last.extents(ofLast);
            segment = last;
        } else {
            Integer spare = spares.poll();
            int id = spare == null ? ++greatestId : spare;
            Extent extent = new Extent(id, generation + 1, 0, Extent.OPEN, nextIndex, nextIndex);
            segment = new Segment(id, List.of(extent));
            DiskFile file;
            if (spare == null) {
                file = disk.create(segment.name);
                disk.syncDirectory();
            } else {
                file = disk.open(segment.name);
                spareBytes -= file.size();
            }
            handle = new Segment.Handle(file, new Offsets(1024));
            segment.handle = handle;
            extents.add(extent);
            writeManifest(extents, firstIndex, nextIndex);
            Segment[] more = Arrays.copyOf(segments, segments.length + 1);
            more[segments.length] = segment;
            segments = more;
        }
        Extent extent = segment.lastExtent();
        Tail begun = new Tail(
                segment, handle, extent, extent.salt(logId), handle.file().size());
        tail = begun;
        codec.putExtentHeader(buffer, begun.salt, extent.base());
        return begun;
    }

    private void openWatermark() throws IOException {
        DiskFile file;
        if (disk.list().contains(Watermark.FILE)) {
            file = disk.open(Watermark.FILE);
        } else {
            file = disk.create(Watermark.FILE);
            disk.syncDirectory();
        }
        watermark = new Watermark(file, logId, watermarkCount);
    }

    // ---- truncating

    @Override
    public void truncatePrefix(long firstKept) {
        guard.checkWritable();
        guard.checkFirstKept(firstKept, nextIndex);
        if (firstKept <= firstIndex) {
            return;
        }
        try {
            List<Segment> kept = new ArrayList<>();
            List<Segment> gone = new ArrayList<>();
            for (int i = 0; i < segments.length; i++) {
                boolean before = i + 1 < segments.length && segments[i + 1].base() <= firstKept;
                (before ? gone : kept).add(segments[i]);
            }
            writeManifest(extents(kept), firstKept, nextIndex);
            show(kept, firstKept, nextIndex);
            liveBytes = countLiveBytes();
            letGo(gone);
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail("truncation before " + firstKept, e);
        }
    }

    @Override
    public void truncateSuffix(long nextKept) {
        guard.checkWritable();
        guard.checkNextKept(nextKept, firstIndex);
        if (nextKept >= nextIndex) {
            return;
        }
        try {
            leaveTail();
            List<Segment> kept = new ArrayList<>();
            List<Segment> gone = new ArrayList<>();
            for (Segment segment : segments) {
                (segment.base() < nextKept ? kept : gone).add(segment);
            }
            Segment last = kept.isEmpty() ? null : kept.get(kept.size() - 1);
            List<Extent> cut = last == null ? List.of() : cut(last, nextKept);
            List<Extent> extents = new ArrayList<>(cut);
            for (int i = kept.size() - 2; i >= 0; i--) {
                extents.addAll(0, kept.get(i).extents());
            }
            writeManifest(extents, firstIndex, nextKept);
            show(kept, firstIndex, nextKept);
            if (last != null) {
                last.extents(cut);
            }
            liveBytes = countLiveBytes();
            letGo(gone);
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail("truncation from " + nextKept + " on", e);
        }
    }

    /** The extents of a segment up to an index that it holds. */
    private List<Extent> cut(Segment segment, long nextKept) throws IOException {
        List<Extent> cut = new ArrayList<>();
        for (Extent extent : segment.extents()) {
            if (extent.next() <= nextKept) {
                cut.add(extent);
            } else if (extent.base() < nextKept) {
                Offsets offsets = handles.get(segment).offsets();
                cut.add(extent.endingAt(offsets.get((int) (nextKept - segment.base())), nextKept));
            }
        }
        return cut;
    }

    @Override
    public void reset(long next) {
        guard.checkWritable();
        guard.checkReset(next);
        try {
            leaveTail();
            List<Segment> gone = List.of(segments);
            writeManifest(List.of(), next, next);
            show(List.of(), next, next);
            liveBytes = 0;
            letGo(gone);
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail("reset to " + next, e);
        }
    }

    /** The next append begins a new extent. */
    private void leaveTail() throws IOException {
        if (tail != null) {
            Segment segment = tail.segment;
            sealSegment(tail);
            handles.unpin(segment);
        }
    }

    /** What readers see from now on. A reader that saw some of it before and some after finds that it has changed. */
    private void show(List<Segment> kept, long first, long next) {
        changes++;
        firstIndex = first;
        nextIndex = next;
        segments = kept.toArray(new Segment[0]);
        changes++;
    }

    private static List<Extent> extents(List<Segment> segments) {
        List<Extent> all = new ArrayList<>();
        for (Segment segment : segments) {
            all.addAll(segment.extents());
        }
        return all;
    }

    private void writeManifest(List<Extent> extents, long first, long next) throws IOException {
        ByteBuffer bytes = ManifestCodec.encode(new Manifest(logId, generation + 1, first, next, extents));
        meter.written(bytes.remaining());
        try (DiskFile beside = disk.create(Manifest.FILE_BESIDE)) {
            beside.write(bytes, 0);
            sync(beside);
        }
        disk.rename(Manifest.FILE_BESIDE, Manifest.FILE);
        disk.syncDirectory();
        generation++;
    }

    private void letGo(List<Segment> gone) throws IOException {
        for (Segment segment : gone) {
            handles.drop(segment);
            keepOrDelete(segment.id);
        }
        freeBytes = countFreeBytes();
    }

    /** The directory is not synced: a file that comes back after a crash is found to be spare. */
    private void keepOrDelete(int id) throws IOException {
        if (spares.size() < SPARE_FILES_MAX) {
            spares.add(id);
            spareBytes += disk.size(Segment.nameOf(id));
        } else {
            disk.delete(Segment.nameOf(id));
        }
    }

    // ---- figures

    private long countLiveBytes() throws IOException {
        long bytes = 0;
        for (Segment segment : segments) {
            for (Extent extent : segment.extents()) {
                bytes += dataBytes(segment, extent);
            }
        }
        return bytes;
    }

    /** Bytes of data of those entries of an extent that are within the range. */
    private long dataBytes(Segment segment, Extent extent) throws IOException {
        long next = extent.isOpen() ? nextIndex : extent.next();
        long first = Math.max(extent.base(), firstIndex);
        if (first >= next) {
            return 0;
        }
        long begin = first == extent.base()
                ? extent.firstFrame()
                : handles.get(segment).offsets().get((int) (first - segment.base()));
        long end = extent.isOpen() && tail != null ? tail.end : extent.end();
        return end - begin - (next - first) * FrameCodec.HEADER_BYTES;
    }

    private long countFreeBytes() throws IOException {
        long bytes = spareBytes;
        if (segments.length > 0) {
            Segment last = segments[segments.length - 1];
            int end = tail == null ? last.lastExtent().end() : tail.end;
            bytes += Math.max(0, disk.size(last.name) - end);
        }
        return bytes;
    }

    @Override
    public LogStats stats() {
        guard.checkOpen();
        long fileBytes = 0;
        try {
            for (String name : disk.list()) {
                if (Segment.idOf(name) > 0 || name.equals(Manifest.FILE) || name.equals(Watermark.FILE)) {
                    fileBytes += sizeIfThere(name);
                }
            }
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't list " + disk.describe("") + ": " + e, e);
        }
        long first = firstIndex;
        return meter.stats(Math.max(0, nextIndex - first), liveBytes, fileBytes, freeBytes, 0, 0);
    }

    /** A file may go while the others are counted. */
    private long sizeIfThere(String name) throws IOException {
        try {
            return disk.size(name);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    @Override
    public LatencyHistogram syncLatency() {
        guard.checkOpen();
        return meter.syncLatency();
    }

    @Override
    public void close() {
        if (!guard.close()) {
            return;
        }
        try {
            handles.close(List.of(segments));
            if (watermark != null) {
                watermark.sync();
                watermark.close();
            }
        } catch (IOException e) {
            throw new LogException(Kind.IO, "closing the log in " + disk.describe("") + " failed: " + e, e);
        }
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
