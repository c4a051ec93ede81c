package dev.coord.wal.segment;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogRange;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreGuard;
import dev.coord.wal.SyncMeter;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import dev.coord.wal.disk.NioDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A log in append-only files: one write and one sync for a batch. The package says how it is laid out and why it
 * survives a crash.
 *
 * <p>Reads are positional, ahead of who goes from entry to entry, and an entry is a slice of what was read: it stays valid
 * when its file is used again, and a disk error is an exception where a mapping would kill the process. The memory kept
 * is four bytes for each entry of the open files (at most {@value SegmentHandles#SEALED_OPEN_MAX} and the last), the
 * windows of {@link ReadAhead} and one buffer for appends, {@value Tail.Scratch#BYTES} bytes or the largest entry yet.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
public final class SegmentLogStore implements LogStore {

    private final Disk disk;
    private final LogOptions options;
    private final LogStoreGuard guard;
    private final SyncMeter meter = new SyncMeter();
    private final SegmentHandles handles;
    private final int logId;

    /** What readers go by. Written by the mutating thread alone, the range last. */
    private final LogRange range;

    private final SegmentReads reads;
    private volatile long liveBytes;
    private volatile long freeBytes;

    // Owned by the mutating thread.

    private final ManifestFile manifest;
    private final SpareFiles spares;
    private final Tail.Scratch scratch;
    private @Nullable Watermark watermark;
    private int watermarkCount;

    /** Where the last file is appended to; null until the first append after opening, truncating, resetting. */
    private @Nullable Tail tail;

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
        Manifest known = found.manifest();
        Segment[] segments = found.segments().toArray(new Segment[0]);
        this.disk = disk;
        this.options = options;
        this.guard = new LogStoreGuard(disk.describe(""), options.entryBytesMax());
        this.logId = known.logId();
        this.handles = new SegmentHandles(disk, logId);
        this.range = new LogRange(known.firstIndex(), known.nextIndex());
        this.reads = new SegmentReads(disk, logId, guard, range, handles, segments);
        this.manifest = new ManifestFile(disk, meter, known);
        this.spares = new SpareFiles(disk, found.greatestId());
        this.scratch = new Tail.Scratch(options.segmentBytes());
        this.watermarkCount = found.mark() == null ? 0 : found.mark().count();
        if (segments.length > 0) {
            handles.unpin(segments[segments.length - 1]);
        }
        // The first may be named by the manifest on the disk still: it is kept, and only the others may be deleted.
        for (int id : found.spares()) {
            spares.keepOrDelete(id);
        }
        if (manifest.generation() == 0) {
            manifest.replace(List.of(), range.first(), range.next());
        }
        this.liveBytes = countLiveBytes();
        this.freeBytes = countFreeBytes();
    }

    @Override
    public long firstIndex() {
        guard.checkOpen();
        return range.first();
    }

    @Override
    public long nextIndex() {
        guard.checkOpen();
        return range.next();
    }

    @Override
    public int entryBytesMax() {
        return guard.entryBytesMax();
    }

    @Override
    public LogEntry read(long index) {
        return reads.entry(index);
    }

    @Override
    public long term(long index) {
        return reads.term(index);
    }

    // ---- appending

    @Override
    public void append(List<LogEntry> entries) {
        guard.checkWritable();
        guard.checkBatch(entries, range.next());
        if (entries.isEmpty()) {
            return;
        }
        try {
            appendChecked(entries);
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail("append of entries from " + range.next() + " on", e);
        }
    }

    private void appendChecked(List<LogEntry> entries) throws IOException {
        boolean firstOfBatch = true;
        long dataBytes = 0;
        Tail to = tail;
        for (LogEntry entry : entries) {
            if (to == null || !to.hasRoomFor(entry)) {
                if (to != null) {
                    publish(to, dataBytes);
                    dataBytes = 0;
                    to.writeIndex();
                    leaveTail();
                }
                to = beginExtent(entry);
                firstOfBatch = true;
            }
            to.add(entry, firstOfBatch);
            firstOfBatch = false;
            dataBytes += entry.bytes();
        }
        if (to != null) {
            publish(to, dataBytes);
        }
    }

    /** Makes what is in the tail durable, then visible. */
    private void publish(Tail to, long dataBytes) throws IOException {
        to.flush();
        if (watermark != null) {
            watermark.advance(to.generation(), to.end(), to.next());
        }
        meter.proposed(dataBytes);
        liveBytes += dataBytes;
        freeBytes = spares.bytes() + to.freeBytes();
        range.extendTo(to.next());
    }

    /** Begins an extent for an entry, in the last file if it has room. */
    private Tail beginExtent(LogEntry entry) throws IOException {
        if (watermark == null) {
            watermark = openWatermark();
        }
        Segment[] segments = reads.segments();
        Segment last = segments.length == 0 ? null : segments[segments.length - 1];
        Tail begun;
        if (last != null
                && Tail.fits(last.lastExtent().end() + FrameCodec.EXTENT_HEADER_BYTES, entry, options.segmentBytes())) {
            begun = begin(last, goOnIn(last));
        } else {
            begun = beginFile(segments);
        }
        tail = begun;
        return begun;
    }

    private Tail begin(Segment segment, Segment.Handle handle) throws IOException {
        return new Tail(segment, handle, logId, options.segmentBytes(), scratch, meter);
    }

    private Segment.Handle goOnIn(Segment last) throws IOException {
        long next = range.next();
        Segment.Handle handle = handles.pin(last);
        handle.offsets().cutTo((int) (next - last.base()));
        List<Extent> ofLast = new ArrayList<>(last.extents());
        ofLast.add(openExtent(last.id, last.lastExtent().end()));
        List<Extent> all = extents(Arrays.asList(reads.segments()));
        all.add(ofLast.get(ofLast.size() - 1));
        manifest.replace(all, range.first(), next);
        last.extents(ofLast);
        return handle;
    }

    private Tail beginFile(Segment[] before) throws IOException {
        Segment segment = new Segment(spares.next(), List.of(openExtent(spares.next(), 0)));
        Segment[] more = Arrays.copyOf(before, before.length + 1);
        more[before.length] = segment;
        Segment.Handle handle = new Segment.Handle(spares.open(), new Offsets(1024));
        segment.handle = handle;
        manifest.replace(extents(Arrays.asList(more)), range.first(), range.next());
        reads.segments(more);
        return begin(segment, handle);
    }

    private Extent openExtent(int file, int start) {
        return new Extent(file, manifest.generation() + 1, start, Extent.OPEN, range.next(), range.next());
    }

    private Watermark openWatermark() throws IOException {
        DiskFile file;
        if (disk.list().contains(Watermark.FILE)) {
            file = disk.open(Watermark.FILE);
        } else {
            file = disk.create(Watermark.FILE);
            disk.syncDirectory();
        }
        return new Watermark(file, logId, watermarkCount);
    }

    // ---- truncating

    @Override
    public void truncatePrefix(long firstKept) {
        guard.checkWritable();
        guard.checkFirstKept(firstKept, range.next());
        if (firstKept <= range.first()) {
            return;
        }
        try {
            List<Segment> kept = new ArrayList<>();
            List<Segment> gone = new ArrayList<>();
            Segment[] segments = reads.segments();
            for (int i = 0; i < segments.length; i++) {
                boolean before = i + 1 < segments.length && segments[i + 1].base() <= firstKept;
                (before ? gone : kept).add(segments[i]);
            }
            manifest.replace(extents(kept), firstKept, range.next());
            show(kept, firstKept, range.next());
            liveBytes = countLiveBytes();
            letGo(gone);
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail("truncation before " + firstKept, e);
        }
    }

    @Override
    public void truncateSuffix(long nextKept) {
        guard.checkWritable();
        guard.checkNextKept(nextKept, range.first());
        if (nextKept >= range.next()) {
            return;
        }
        try {
            leaveTail();
            List<Segment> kept = new ArrayList<>();
            List<Segment> gone = new ArrayList<>();
            for (Segment segment : reads.segments()) {
                (segment.base() < nextKept ? kept : gone).add(segment);
            }
            Segment last = kept.isEmpty() ? null : kept.get(kept.size() - 1);
            List<Extent> cut = last == null ? List.of() : cut(last, nextKept);
            List<Extent> extents = new ArrayList<>(cut);
            for (int i = kept.size() - 2; i >= 0; i--) {
                extents.addAll(0, kept.get(i).extents());
            }
            manifest.replace(extents, range.first(), nextKept);
            show(kept, range.first(), nextKept);
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
            List<Segment> gone = List.of(reads.segments());
            manifest.replace(List.of(), next, next);
            show(List.of(), next, next);
            liveBytes = 0;
            letGo(gone);
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail("reset to " + next, e);
        }
    }

    /** Notes the end of the extent; it is in the next manifest, and the next append begins another one. */
    private void leaveTail() throws IOException {
        if (tail != null) {
            Segment segment = tail.segment;
            List<Extent> extents = new ArrayList<>(segment.extents());
            extents.set(extents.size() - 1, tail.sealed());
            segment.extents(extents);
            handles.unpin(segment);
            tail = null;
        }
    }

    /** What readers see from now on. */
    private void show(List<Segment> kept, long first, long next) {
        range.show(first, next, () -> reads.segments(kept.toArray(new Segment[0])));
    }

    private static List<Extent> extents(List<Segment> segments) {
        List<Extent> all = new ArrayList<>();
        for (Segment segment : segments) {
            all.addAll(segment.extents());
        }
        return all;
    }

    private void letGo(List<Segment> gone) throws IOException {
        for (Segment segment : gone) {
            handles.drop(segment);
            spares.keepOrDelete(segment.id);
        }
        freeBytes = countFreeBytes();
    }

    // ---- figures

    private long countLiveBytes() throws IOException {
        long bytes = 0;
        for (Segment segment : reads.segments()) {
            for (Extent extent : segment.extents()) {
                bytes += dataBytes(segment, extent);
            }
        }
        return bytes;
    }

    /** Bytes of data of those entries of an extent that are within the range. */
    private long dataBytes(Segment segment, Extent extent) throws IOException {
        long next = extent.isOpen() ? range.next() : extent.next();
        long first = Math.max(extent.base(), range.first());
        if (first >= next) {
            return 0;
        }
        long begin = first == extent.base()
                ? extent.firstFrame()
                : handles.get(segment).offsets().get((int) (first - segment.base()));
        long end = extent.isOpen() && tail != null ? tail.end() : extent.end();
        return end - begin - (next - first) * FrameCodec.HEADER_BYTES;
    }

    private long countFreeBytes() throws IOException {
        long bytes = spares.bytes();
        Segment[] segments = reads.segments();
        if (segments.length > 0) {
            Segment last = segments[segments.length - 1];
            int end = tail == null ? last.lastExtent().end() : tail.end();
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
        long first = range.first();
        return meter.stats(Math.max(0, range.next() - first), liveBytes, fileBytes, freeBytes, 0, 0);
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
            reads.close();
            handles.close(List.of(reads.segments()));
            if (watermark != null) {
                watermark.sync();
                watermark.close();
            }
        } catch (IOException e) {
            throw new LogException(Kind.IO, "closing the log in " + disk.describe("") + " failed: " + e, e);
        }
    }
}
