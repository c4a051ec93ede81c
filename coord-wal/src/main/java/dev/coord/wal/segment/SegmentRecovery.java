package dev.coord.wal.segment;

import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out, when a log is opened, what is on disk. Reads the manifest and the last file; of the others only the size. */
final class SegmentRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentRecovery.class);

    /**
     * What was found.
     *
     * @param manifest all its extents sealed, as far as they reach
     * @param segments the files, the last with its handle set if there is any
     * @param spares numbers of files that are not part of the log
     * @param greatestId the greatest number of a file so far
     * @param mark the newest mark, null if there is none
     */
    record Found(
            Manifest manifest,
            List<Segment> segments,
            List<Integer> spares,
            int greatestId,
            Watermark.@Nullable Mark mark) {}

    private final Disk disk;

    SegmentRecovery(Disk disk) {
        this.disk = disk;
    }

    /** @param logIdIfNew the id of the log if there is none yet */
    Found run(int logIdIfNew) throws IOException {
        Set<String> names = disk.list();
        if (names.contains(Manifest.FILE_BESIDE)) {
            disk.delete(Manifest.FILE_BESIDE);
        }
        // What is seen now may be in the cache alone; nothing may be built upon it before it is durable.
        disk.syncDirectory();
        Manifest manifest = names.contains(Manifest.FILE) ? readManifest() : newManifest(names, logIdIfNew);
        List<Segment> segments = segments(manifest);
        checkFiles(segments, names);
        Watermark.Mark mark = readMark(names, manifest);
        int emptied = 0;
        if (!segments.isEmpty()) {
            Segment last = segments.get(segments.size() - 1);
            manifest = openLast(manifest, last, mark);
            if (last.extents().isEmpty()) {
                segments.remove(segments.size() - 1);
                emptied = last.id;
            }
        }
        return found(manifest, segments, emptied, names, mark);
    }

    /** @param emptied the file that held nothing but a torn batch; 0: none. It comes first, for the disk's manifest names it still */
    private Found found(
            Manifest manifest, List<Segment> segments, int emptied, Set<String> names, Watermark.@Nullable Mark mark) {
        List<Integer> spares = new ArrayList<>();
        int greatest = 0;
        for (String name : names) {
            int id = Segment.idOf(name);
            if (id > 0) {
                greatest = Math.max(greatest, id);
                if (id == emptied) {
                    spares.add(0, id);
                } else if (segments.stream().noneMatch(segment -> segment.id == id)) {
                    spares.add(id);
                }
            }
        }
        return new Found(manifest, segments, spares, greatest, mark);
    }

    private Manifest readManifest() throws IOException {
        try (DiskFile file = disk.open(Manifest.FILE)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), Integer.MAX_VALUE - 8));
            file.read(bytes, 0);
            return ManifestCodec.decode(disk, bytes.flip());
        }
    }

    /** Before the first manifest is there no log file has been made: with one, the manifest is lost. */
    private Manifest newManifest(Set<String> names, int logId) {
        if (names.contains(Watermark.FILE) || names.stream().anyMatch(name -> Segment.idOf(name) > 0)) {
            throw Damage.at(disk, Manifest.FILE, 0, "the file is missing, but the log's other files are there");
        }
        return new Manifest(logId, 0, 1, 1, List.of());
    }

    private static List<Segment> segments(Manifest manifest) {
        List<Segment> segments = new ArrayList<>();
        List<Extent> ofFile = new ArrayList<>();
        for (Extent extent : manifest.extents()) {
            if (!ofFile.isEmpty() && ofFile.get(0).file() != extent.file()) {
                segments.add(new Segment(ofFile.get(0).file(), ofFile));
                ofFile.clear();
            }
            ofFile.add(extent);
        }
        if (!ofFile.isEmpty()) {
            segments.add(new Segment(ofFile.get(0).file(), ofFile));
        }
        return segments;
    }

    private void checkFiles(List<Segment> segments, Set<String> names) throws IOException {
        for (Segment segment : segments) {
            Extent last = segment.lastExtent();
            if (!names.contains(segment.name)) {
                throw Damage.at(
                        disk,
                        segment.name,
                        0,
                        "the file is missing; it holds the log from entry " + segment.base() + " on");
            }
            long size = disk.size(segment.name);
            if (size < last.end()) {
                throw Damage.at(
                        disk,
                        segment.name,
                        size,
                        "the file ends here, but entries up to " + (last.next() - 1) + " reach to offset "
                                + last.end());
            }
        }
    }

    private Watermark.@Nullable Mark readMark(Set<String> names, Manifest manifest) throws IOException {
        if (!names.contains(Watermark.FILE)) {
            if (!manifest.extents().isEmpty()) {
                LOG.warn(
                        "{} is missing: a lost end of the log can't be told from a crash this once",
                        disk.describe(Watermark.FILE));
            }
            return null;
        }
        try (DiskFile file = disk.open(Watermark.FILE)) {
            return Watermark.read(file, manifest.logId());
        }
    }

    private Manifest openLast(Manifest manifest, Segment segment, Watermark.@Nullable Mark mark) throws IOException {
        DiskFile file = disk.open(segment.name);
        boolean ok = false;
        try {
            SegmentScan scan = new SegmentScan(disk, segment.name, file, manifest.logId());
            Offsets offsets = new Offsets(1024);
            List<Extent> extents = new ArrayList<>();
            for (Extent extent : segment.extents()) {
                if (extent.isOpen()) {
                    Extent recovered = recoverOpen(scan, segment, file, extent, offsets, mark);
                    checkNotBehind(manifest, segment, recovered);
                    if (recovered.next() > recovered.base()) {
                        extents.add(recovered);
                    }
                } else {
                    scan.walkSealed(extent, offsets);
                    extents.add(extent);
                }
            }
            segment.extents(extents);
            if (!extents.isEmpty()) {
                segment.handle = new Segment.Handle(file, offsets);
                ok = true;
            }
            return sealed(manifest, extents);
        } finally {
            if (!ok) {
                file.close();
            }
        }
    }

    private void checkNotBehind(Manifest manifest, Segment segment, Extent recovered) {
        if (recovered.next() < manifest.nextIndex()) {
            throw Damage.at(
                    disk,
                    segment.name,
                    recovered.end(),
                    "entry " + recovered.next()
                            + " does not match its checksum or is gone, but the manifest knows entries" + " up to "
                            + (manifest.nextIndex() - 1));
        }
    }

    private static Manifest sealed(Manifest manifest, List<Extent> ofLastFile) {
        List<Extent> all = new ArrayList<>(manifest.extents());
        int last = all.get(all.size() - 1).file();
        all.removeIf(extent -> extent.file() == last);
        all.addAll(ofLastFile);
        long next = Math.max(
                manifest.nextIndex(),
                ofLastFile.isEmpty() ? 0 : ofLastFile.get(ofLastFile.size() - 1).next());
        return new Manifest(manifest.logId(), manifest.generation(), manifest.firstIndex(), next, all);
    }

    private Extent recoverOpen(
            SegmentScan scan,
            Segment segment,
            DiskFile file,
            Extent open,
            Offsets offsets,
            Watermark.@Nullable Mark mark)
            throws IOException {
        Extent recovered = scan.recoverOpen(open, offsets);
        boolean marked = mark != null && mark.generation() == open.generation();
        if (marked && mark.end() > recovered.end()) {
            throw Damage.at(
                    disk,
                    segment.name,
                    recovered.end(),
                    "entry " + recovered.next() + " does not match its checksum or is gone, but entries up to "
                            + (mark.next() - 1) + " were acknowledged");
        }
        long later = scan.laterBatch(recovered);
        if (later > 0) {
            throw Damage.at(
                    disk,
                    segment.name,
                    recovered.end(),
                    "entry " + recovered.next() + " does not match its checksum, but entry " + later
                            + " was written after it had been acknowledged");
        }
        int durable = marked ? mark.end() : recovered.start();
        if (recovered.end() > durable && recovered.next() > recovered.base()) {
            writeAgain(file, durable, recovered.end());
        }
        return recovered;
    }

    /** These bytes may be in the cache alone, even after a sync, if that failed: make the disk have them. */
    private static void writeAgain(DiskFile file, int from, int to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(to - from, FileWindow.WINDOW_BYTES));
        for (int position = from; position < to; position += buffer.limit()) {
            buffer.clear().limit(Math.min(buffer.capacity(), to - position));
            file.read(buffer, position);
            file.write(buffer.flip(), position);
        }
        file.sync();
    }
}
