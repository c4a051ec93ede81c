package dev.coord.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The range of a log as a page store keeps it: written when the log is truncated or reset, not when it is appended to.
 * Little-endian.
 *
 * <pre>
 * offset  bytes
 *      0      4  CRC32C of bytes 4..23
 *      4      4  format version, 1; its top bit is set while entries outside of the range are left to delete
 *      8      8  first index
 *     16      8  next index when this was written; entries appended since lie behind it, unless there are some to delete
 * </pre>
 *
 * @param format version of the backend's layout
 * @param sweeping true while entries outside of the range are left to delete
 * @param firstIndex the log's first index
 * @param nextIndex the log's next index when this was written
 */
public record RangeRecord(int format, boolean sweeping, long firstIndex, long nextIndex) {

    public static final int FORMAT = 1;
    public static final int BYTES = 24;

    private static final int SWEEPING = 1 << 31;

    public static RangeRecord of(boolean sweeping, long firstIndex, long nextIndex) {
        return new RangeRecord(FORMAT, sweeping, firstIndex, nextIndex);
    }

    public void put(ByteBuffer into) {
        into.order(ByteOrder.LITTLE_ENDIAN);
        into.putInt(4, sweeping ? format | SWEEPING : format);
        into.putLong(8, firstIndex).putLong(16, nextIndex);
        into.putInt(0, crc(into));
    }

    public static boolean isWhole(ByteBuffer bytes) {
        return bytes.order(ByteOrder.LITTLE_ENDIAN).remaining() == BYTES && bytes.getInt(0) == crc(bytes);
    }

    public static RangeRecord get(ByteBuffer bytes) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        int format = bytes.getInt(4);
        return new RangeRecord(format & ~SWEEPING, format < 0, bytes.getLong(8), bytes.getLong(16));
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(4).limit(BYTES));
        return (int) crc.getValue();
    }
}
