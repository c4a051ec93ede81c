package dev.coord.wal.segment;

import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Makes up a manifest for a log that has lost its own, from the headers that begin each extent. It knows less: how far the
 * log had been truncated at its front, whether a truncated end was ever written again, where the sealed extents ended. So
 * it may show entries that the log had forgotten. For one thread.
 */
final class ManifestSearch {

    private static final int AT_SALT = 16;
    private static final int AT_BASE = 24;

    private final Disk disk;
    private final FrameCodec codec = new FrameCodec();

    private record Header(int logId, Extent extent) {}

    ManifestSearch(Disk disk) {
        this.disk = disk;
    }

    Manifest search() throws IOException {
        List<Header> headers = new ArrayList<>();
        for (String name : new TreeSet<>(disk.list())) {
            if (Segment.idOf(name) > 0) {
                addHeaders(name, headers);
            }
        }
        int logId = mostFrequent(headers);
        List<Extent> extents = headers.stream()
                .filter(header -> header.logId == logId)
                .map(Header::extent)
                .sorted(Comparator.comparingInt(Extent::generation))
                .toList();
        List<Extent> kept = new ArrayList<>();
        for (Extent extent : extents) {
            // An append at an index forgets what was there and behind.
            kept.removeIf(earlier -> earlier.base() >= extent.base());
            kept.add(extent);
        }
        int generation = kept.isEmpty() ? 0 : kept.get(kept.size() - 1).generation();
        long first = kept.isEmpty() ? 1 : kept.get(0).base();
        return new Manifest(logId, generation, first, first, kept);
    }

    private void addHeaders(String name, List<Header> headers) throws IOException {
        try (DiskFile file = disk.open(name)) {
            FileWindow window = new FileWindow(file);
            long position = 0;
            while (window.load(position, FrameCodec.EXTENT_HEADER_BYTES)) {
                ByteBuffer buffer = window.buffer();
                int last = buffer.limit() - FrameCodec.EXTENT_HEADER_BYTES;
                for (int at = window.at(position); at <= last; at++) {
                    long salt = buffer.getLong(at + AT_SALT);
                    long base = buffer.getLong(at + AT_BASE);
                    if (FrameCodec.formatAt(buffer, at) == FrameCodec.FORMAT
                            && codec.isExtentHeader(buffer, at, salt, base)) {
                        int start = (int) (window.loadedUpTo() - buffer.limit() + at);
                        Extent extent = new Extent(Segment.idOf(name), (int) salt, start, Extent.OPEN, base, base);
                        headers.add(new Header((int) (salt >>> 32), extent));
                    }
                }
                position = window.loadedUpTo() - FrameCodec.EXTENT_HEADER_BYTES + 1;
            }
        }
    }

    /** A file may have been used by another log before. */
    private static int mostFrequent(List<Header> headers) {
        Map<Integer, Integer> counts = new HashMap<>();
        headers.forEach(header -> counts.merge(header.logId, 1, Integer::sum));
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(0);
    }
}
