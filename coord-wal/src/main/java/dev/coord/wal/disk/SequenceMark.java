package dev.coord.wal.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far commits have been acknowledged, in a file beside the data: what tells a commit that was lost from one that a
 * crash tore. Written after the commit's own sync and not synced itself, so it may trail behind the truth but never runs
 * ahead of it: it survives the death of the process, and of the machine up to what the system had written back.
 *
 * <pre>
 * two slots, written in turn; the greater sequence counts. Little-endian.
 * offset  bytes
 *      0      4  CRC32C of bytes 4..23
 *      4      4  format version, 1
 *      8      8  sequence of the last acknowledged commit; greater with each
 *     16      8  the log's next index after it
 * </pre>
 *
 * <p>Threads: the mutating one.
 */
public final class SequenceMark implements Closeable {

    public static final String FILE = "WATERMARK";

    private static final int FORMAT = 1;
    private static final int SLOT_BYTES = 24;
    private static final int SLOTS = 2;

    /** What a slot says. */
    public record Mark(long sequence, long nextIndex) {}

    private final DiskFile file;
    private final ByteBuffer slot = ByteBuffer.allocateDirect(SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private SequenceMark(DiskFile file) {
        this.file = file;
    }

    /** Opens the mark of a directory, made if it is not there. */
    public static SequenceMark open(Disk disk) throws IOException {
        return new SequenceMark(disk.list().contains(FILE) ? disk.open(FILE) : disk.create(FILE));
    }

    /** What was acknowledged last; null if that is not known. A damaged slot says nothing. */
    public static @Nullable Mark read(Disk disk) throws IOException {
        if (!disk.list().contains(FILE)) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES * SLOTS).order(ByteOrder.LITTLE_ENDIAN);
        try (DiskFile file = disk.open(FILE)) {
            file.read(bytes, 0);
        }
        Mark newest = null;
        for (int at = 0; at + SLOT_BYTES <= bytes.position(); at += SLOT_BYTES) {
            if (bytes.getInt(at) == crc(bytes, at) && bytes.getInt(at + 4) == FORMAT) {
                Mark mark = new Mark(bytes.getLong(at + 8), bytes.getLong(at + 16));
                newest = newest == null || mark.sequence > newest.sequence ? mark : newest;
            }
        }
        return newest;
    }

    /** A commit has been acknowledged. */
    public void advance(long sequence, long nextIndex) throws IOException {
        slot.clear().putInt(4, FORMAT).putLong(8, sequence).putLong(16, nextIndex);
        slot.putInt(0, crc(slot, 0));
        file.write(slot, sequence % SLOTS * SLOT_BYTES);
    }

    /** Syncs, so that a machine that is switched off after the log was closed knows the end. */
    @Override
    public void close() throws IOException {
        try (file) {
            file.sync();
        }
    }

    private static int crc(ByteBuffer bytes, int at) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(at + SLOT_BYTES).position(at + 4));
        return (int) crc.getValue();
    }
}
