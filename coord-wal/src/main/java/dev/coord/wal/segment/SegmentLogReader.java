package dev.coord.wal.segment;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogLayout.Fact;
import dev.coord.wal.LogLayout.LogFile;
import dev.coord.wal.LogReader;
import dev.coord.wal.LogVisitor;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import dev.coord.wal.disk.ReadOnlyDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the files of a {@code segment} log, past whatever damage is in them. */
public final class SegmentLogReader implements LogReader {

    private final Disk disk;
    private Set<String> names = Set.of();

    /** The manifest is lost and was made up: ends of extents are not known. */
    private boolean searched;

    public SegmentLogReader(Path directory) {
        disk = new ReadOnlyDisk(directory);
    }

    @Override
    public LogLayout read(LogVisitor visitor) throws IOException {
        names = new TreeSet<>(disk.list());
        searched = false;
        Manifest manifest = manifest(visitor);
        Watermark.Mark mark = mark(manifest, visitor);
        Total total = new Total(visitor, bytes(manifest));
        long next = manifest.firstIndex();
        long end = 0;
        for (int i = 0; i < manifest.extents().size(); i++) {
            Extent extent = manifest.extents().get(i);
            if (searched && extent.base() > next && i > 0) {
                visitor.damage(new LogDamage(
                        Segment.nameOf(extent.file()),
                        extent.start(),
                        next,
                        extent.base(),
                        "nothing before it has them"));
            }
            boolean marked = mark != null && mark.generation() == extent.generation();
            long acknowledged = Math.max(extent.base(), marked ? mark.next() : 0);
            if (i == manifest.extents().size() - 1) {
                acknowledged = Math.max(acknowledged, manifest.nextIndex());
            }
            long limit = i + 1 < manifest.extents().size()
                    ? manifest.extents().get(i + 1).base()
                    : Long.MAX_VALUE;
            next = walk(extent, acknowledged, limit, manifest, total);
            end = extent.isOpen() && marked ? mark.end() : extent.end();
        }
        return layout(manifest, Math.max(next, manifest.nextIndex()), mark, end);
    }

    private Manifest manifest(LogVisitor visitor) throws IOException {
        if (!names.contains(Manifest.FILE)) {
            if (names.contains(Watermark.FILE) || names.stream().anyMatch(name -> Segment.idOf(name) > 0)) {
                return search(visitor, "the file is missing");
            }
            return new Manifest(0, 0, 1, 1, List.of());
        }
        try (DiskFile file = disk.open(Manifest.FILE)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), Integer.MAX_VALUE - 8));
            file.read(bytes, 0);
            return ManifestCodec.decode(disk, bytes.flip());
        } catch (LogException e) {
            if (e.kind() != Kind.DAMAGED) {
                throw e;
            }
            return search(visitor, "its bytes do not match their checksum");
        }
    }

    private Manifest search(LogVisitor visitor, String what) throws IOException {
        searched = true;
        visitor.damage(LogDamage.ofBookkeeping(
                Manifest.FILE,
                0,
                what + "; what follows was found by the headers in the segment files and may hold entries that had been"
                        + " truncated away"));
        return new ManifestSearch(disk).search();
    }

    private Watermark.@Nullable Mark mark(Manifest manifest, LogVisitor visitor) throws IOException {
        if (manifest.extents().isEmpty()) {
            return null;
        }
        if (!names.contains(Watermark.FILE)) {
            visitor.damage(LogDamage.ofBookkeeping(
                    Watermark.FILE, 0, "the file is missing: a lost end of the log can't be told from a crash"));
            return null;
        }
        try (DiskFile file = disk.open(Watermark.FILE)) {
            return Watermark.read(file, manifest.logId());
        }
    }

    private long walk(Extent extent, long acknowledged, long limit, Manifest manifest, Total total) throws IOException {
        String name = Segment.nameOf(extent.file());
        long known = extent.isOpen() ? acknowledged : extent.next();
        if (!names.contains(name)) {
            long first = Math.max(extent.base(), manifest.firstIndex());
            if (first < known || extent.isOpen()) {
                total.damage(new LogDamage(name, 0, first, Math.max(first, known), "the file is missing"));
            }
            return known;
        }
        try (DiskFile file = disk.open(name)) {
            total.beginFile(extent.file(), file.size());
            return new ExtentWalk(name, file, manifest.logId(), manifest.firstIndex(), total)
                    .walk(extent, acknowledged, limit);
        }
    }

    private long bytes(Manifest manifest) throws IOException {
        long bytes = 0;
        int counted = 0;
        for (Extent extent : manifest.extents()) {
            String name = Segment.nameOf(extent.file());
            if (extent.file() != counted && names.contains(name)) {
                bytes += disk.size(name);
                counted = extent.file();
            }
        }
        return bytes;
    }

    private LogLayout layout(Manifest manifest, long next, Watermark.@Nullable Mark mark, long end) throws IOException {
        List<LogFile> files = new ArrayList<>();
        long free = 0;
        int last = manifest.extents().isEmpty()
                ? 0
                : manifest.extents().get(manifest.extents().size() - 1).file();
        for (String name : names) {
            int id = Segment.idOf(name);
            if (id == 0 && !name.equals(Manifest.FILE) && !name.equals(Watermark.FILE)) {
                continue;
            }
            long bytes = disk.size(name);
            files.add(new LogFile(name, bytes, what(name, id, manifest)));
            if (id > 0 && manifest.extents().stream().noneMatch(extent -> extent.file() == id)) {
                free += bytes;
            } else if (id > 0 && id == last && end > 0) {
                free += Math.max(0, bytes - end);
            }
        }
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("format", String.valueOf(ManifestCodec.FORMAT)));
        facts.add(new Fact("log id", String.format("%08x", manifest.logId())));
        facts.add(new Fact("manifest generation", String.valueOf(manifest.generation())));
        facts.add(new Fact("extents", String.valueOf(manifest.extents().size())));
        facts.add(new Fact("watermark", mark == null ? "none" : "entries below " + mark.next()));
        return new LogLayout(manifest.firstIndex(), next, files, free, 0, 0, facts);
    }

    private static String what(String name, int id, Manifest manifest) {
        if (id == 0) {
            return name.equals(Manifest.FILE) ? "which extents make up the log" : "how far appends were acknowledged";
        }
        List<Extent> own = manifest.extents().stream()
                .filter(extent -> extent.file() == id)
                .toList();
        if (own.isEmpty()) {
            return "spare";
        }
        Extent last = own.get(own.size() - 1);
        return "entries from " + own.get(0).base() + (last.isOpen() ? " on" : " to " + (last.next() - 1))
                + (own.size() == 1 ? "" : ", in " + own.size() + " extents");
    }

    /** Adds up what the walks of the single files say of their progress. */
    private static final class Total implements LogVisitor {

        private final LogVisitor visitor;
        private final long bytes;
        private int file;
        private long before;
        private long fileBytes;

        Total(LogVisitor visitor, long bytes) {
            this.visitor = visitor;
            this.bytes = bytes;
        }

        void beginFile(int id, long size) {
            if (id != file) {
                before += fileBytes;
                file = id;
                fileBytes = size;
            }
        }

        @Override
        public void entry(LogEntry entry, String name, long offset) {
            visitor.entry(entry, name, offset);
        }

        @Override
        public void damage(LogDamage damage) {
            visitor.damage(damage);
        }

        @Override
        public void progress(long read, long ofFile) {
            visitor.progress(before + read, bytes);
        }
    }
}
