package dev.coord.wal.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The index at the end of a full file, past its last entry: where each entry begins, so that nobody has to walk the file.
 * It can be made again from the file: one that does not match its checksum is not damage.
 *
 * <pre>
 * offset  bytes
 *      0      4  CRC32C of the last extent's salt and bytes 4..
 *      4      4  number of entries, n
 *      8     4n  offset of each frame
 * </pre>
 */
final class OffsetIndex {

    private static final int HEADER_BYTES = 8;

    private OffsetIndex() {}

    static int bytes(int entries) {
        return HEADER_BYTES + 4 * entries;
    }

    static ByteBuffer encode(Offsets offsets, long salt) {
        int count = offsets.count();
        ByteBuffer bytes = ByteBuffer.allocate(bytes(count)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(4);
        bytes.putInt(count);
        for (int i = 0; i < count; i++) {
            bytes.putInt(offsets.get(i));
        }
        bytes.flip();
        bytes.putInt(0, crc(bytes, salt));
        return bytes;
    }

    /** Null if it does not match. */
    static @Nullable Offsets decode(ByteBuffer bytes, int entries, long salt) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.limit() < bytes(entries) || bytes.getInt(4) != entries || bytes.getInt(0) != crc(bytes, salt)) {
            return null;
        }
        Offsets offsets = new Offsets(entries);
        for (int i = 0; i < entries; i++) {
            offsets.add(bytes.getInt(HEADER_BYTES + 4 * i));
        }
        return offsets;
    }

    private static int crc(ByteBuffer bytes, long salt) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, salt));
        crc.update(bytes.duplicate().position(4));
        return (int) crc.getValue();
    }
}
