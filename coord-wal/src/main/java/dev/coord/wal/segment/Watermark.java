package dev.coord.wal.segment;

import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far the open extent has been acknowledged: what tells a damaged tail from one that a crash tore. A file of two
 * slots, written in turn after the log's sync and not synced itself (but when the log is closed), so it may trail behind
 * the truth but never runs ahead of it.
 *
 * <pre>
 * slot: offset  bytes
 *            0      4  CRC32C of bytes 4..27
 *            4      4  log id
 *            8      4  generation of the extent
 *           12      4  offset past its last acknowledged entry
 *           16      8  index past it
 *           24      4  counts writes; the newer slot wins
 *           28      4  zero
 * </pre>
 */
final class Watermark {

    static final String FILE = "WATERMARK";

    private static final int SLOT_BYTES = 32;
    private static final int SLOTS = 2;

    /** What a slot says. */
    record Mark(int generation, int end, long next, int count) {}

    private final DiskFile file;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer slot = ByteBuffer.allocateDirect(SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final int logId;

    /** Owned by the mutating thread. */
    private int count;

    Watermark(DiskFile file, int logId, int count) {
        this.file = file;
        this.logId = logId;
        this.count = count;
    }

    /** The newest mark in the file; null if there is none that matches its checksum. */
    static @Nullable Mark read(DiskFile file, int logId) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES * SLOTS).order(ByteOrder.LITTLE_ENDIAN);
        file.read(bytes, 0);
        Mark newest = null;
        for (int at = 0; at + SLOT_BYTES <= bytes.position(); at += SLOT_BYTES) {
            CRC32C crc = new CRC32C();
            crc.update(bytes.duplicate().position(at + 4).limit(at + 28));
            if (bytes.getInt(at) == (int) crc.getValue() && bytes.getInt(at + 4) == logId) {
                Mark mark = new Mark(
                        bytes.getInt(at + 8), bytes.getInt(at + 12), bytes.getLong(at + 16), bytes.getInt(at + 24));
                if (newest == null || mark.count - newest.count > 0) {
                    newest = mark;
                }
            }
        }
        return newest;
    }

    void advance(int generation, int end, long next) throws IOException {
        count++;
        slot.clear();
        slot.putInt(0, 0).putInt(4, logId).putInt(8, generation).putInt(12, end);
        slot.putLong(16, next).putInt(24, count).putInt(28, 0);
        slot.limit(28).position(4);
        crc.reset();
        crc.update(slot);
        slot.putInt(0, (int) crc.getValue());
        slot.clear();
        file.write(slot, (count % SLOTS == 0 ? 0 : 1) * (long) SLOT_BYTES);
    }

    void sync() throws IOException {
        file.sync();
    }

    void close() throws IOException {
        file.close();
    }
}
