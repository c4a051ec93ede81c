package dev.coord.wal.segment;

import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Files of truncated entries, kept to be written again, for their blocks are there already: at most {@value #FILES_MAX};
 * more are deleted. For the mutating thread.
 */
final class SpareFiles {

    static final int FILES_MAX = 2;

    private final Disk disk;
    private final Deque<Integer> ids = new ArrayDeque<>();
    private int greatestId;
    private long bytes;

    /** @param greatestId the greatest number of a file so far */
    SpareFiles(Disk disk, int greatestId) {
        this.disk = disk;
        this.greatestId = greatestId;
    }

    /** The directory is not synced: a file that comes back after a crash is found to be spare. */
    void keepOrDelete(int id) throws IOException {
        if (ids.size() < FILES_MAX) {
            ids.add(id);
            bytes += disk.size(Segment.nameOf(id));
        } else {
            disk.delete(Segment.nameOf(id));
        }
    }

    /** The number of the file that {@link #open} will give. */
    int next() {
        Integer spare = ids.peek();
        return spare == null ? greatestId + 1 : spare;
    }

    /** A spare file, or a new one whose name is durable. */
    DiskFile open() throws IOException {
        Integer spare = ids.poll();
        return spare == null ? create() : openSpare(spare);
    }

    private DiskFile create() throws IOException {
        greatestId++;
        DiskFile file = disk.create(Segment.nameOf(greatestId));
        disk.syncDirectory();
        return file;
    }

    private DiskFile openSpare(int id) throws IOException {
        DiskFile file = disk.open(Segment.nameOf(id));
        bytes -= file.size();
        return file;
    }

    /** Bytes of the files that are kept. */
    long bytes() {
        return bytes;
    }
}
