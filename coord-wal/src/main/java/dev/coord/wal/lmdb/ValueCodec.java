package dev.coord.wal.lmdb;

import dev.coord.wal.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an entry. Little-endian.
 *
 * <pre>
 * offset  bytes
 *      0      4  CRC32C of the index and of bytes 4..
 *      4      8  term
 *     12      n  data
 * </pre>
 *
 * <p>Holds scratch memory: one for each thread.
 */
final class ValueCodec {

    static final int HEADER_BYTES = 12;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);

    static int bytes(LogEntry entry) {
        return HEADER_BYTES + entry.bytes();
    }

    void put(ByteBuffer into, LogEntry entry) {
        into.order(ByteOrder.LITTLE_ENDIAN);
        int at = into.position();
        ByteBuffer data = entry.data();
        into.put(at + HEADER_BYTES, data, data.position(), data.remaining());
        into.putLong(at + 4, entry.term());
        into.putInt(at, crc(entry.index(), entry.term(), into, at + HEADER_BYTES, data.remaining()));
    }

    /** A copy of the entry; null if it does not match its checksum. */
    @Nullable
    LogEntry copy(long index, ByteBuffer value) {
        value.order(ByteOrder.LITTLE_ENDIAN);
        int at = value.position();
        int bytes = value.remaining() - HEADER_BYTES;
        if (bytes < 0) {
            return null;
        }
        long term = value.getLong(at + 4);
        ByteBuffer data = ByteBuffer.allocate(bytes);
        data.put(0, value, at + HEADER_BYTES, bytes);
        if (term < 0 || value.getInt(at) != crc(index, term, data, 0, bytes)) {
            return null;
        }
        return new LogEntry(index, term, data.asReadOnlyBuffer());
    }

    private int crc(long index, long term, ByteBuffer data, int at, int bytes) {
        scratch.putLong(0, index).putLong(8, term);
        crc.reset();
        crc.update(scratch.array(), 0, 16);
        int position = data.position();
        int limit = data.limit();
        data.limit(at + bytes).position(at);
        crc.update(data);
        data.limit(limit).position(position);
        return (int) crc.getValue();
    }
}
