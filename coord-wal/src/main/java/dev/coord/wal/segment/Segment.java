package dev.coord.wal.segment;

import dev.coord.wal.disk.DiskFile;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One file of the log and the extents in it. Never without an extent. */
final class Segment {

    private static final String PREFIX = "segment-";
    private static final String SUFFIX = ".log";
    private static final int DIGITS = 10;

    /** A segment's open file and where its entries are. */
    record Handle(DiskFile file, Offsets offsets) {}

    final int id;
    final String name;

    /** In index order. Written by the mutating thread, before the indexes in it are published; read by all. */
    private volatile Extent[] extents;

    /** Written under the lock of {@link SegmentHandles}, read by all. */
    volatile @Nullable Handle handle;

    /** Set once the log has let go of the file, under the lock of {@link SegmentHandles}. */
    volatile boolean dropped;

    Segment(int id, List<Extent> extents) {
        this.id = id;
        this.name = nameOf(id);
        this.extents = extents.toArray(new Extent[0]);
    }

    static String nameOf(int id) {
        return String.format(Locale.ROOT, PREFIX + "%0" + DIGITS + "d" + SUFFIX, id);
    }

    /** The number of a segment file; 0 if the name is not one. */
    static int idOf(String name) {
        if (name.length() != PREFIX.length() + DIGITS + SUFFIX.length()
                || !name.startsWith(PREFIX)
                || !name.endsWith(SUFFIX)) {
            return 0;
        }
        try {
            return Integer.parseInt(name.substring(PREFIX.length(), PREFIX.length() + DIGITS));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    long base() {
        return extents[0].base();
    }

    List<Extent> extents() {
        return Arrays.asList(extents);
    }

    void extents(List<Extent> now) {
        extents = now.toArray(new Extent[0]);
    }

    Extent lastExtent() {
        Extent[] now = extents;
        return now[now.length - 1];
    }

    /** The extent that an index at or above {@link #base()} belongs to, if this segment has it. */
    Extent extentOf(long index) {
        Extent[] now = extents;
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
        return now[low];
    }
}
