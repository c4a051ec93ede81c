package dev.coord.wal.mapdb;

import dev.coord.wal.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a run of entries: one after the other, little-endian.
 *
 * <pre>
 * offset  bytes
 *      0      4  CRC32C of the index and of bytes 4..
 *      4      4  bytes of data
 *      8      8  term
 *     16      n  data
 * </pre>
 */
final class BatchCodec {

    static final int HEADER_BYTES = 16;

    private BatchCodec() {}

    static byte[] encode(List<LogEntry> entries) {
        int bytes = 0;
        for (LogEntry entry : entries) {
            bytes += HEADER_BYTES + entry.bytes();
        }
        ByteBuffer into = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        for (LogEntry entry : entries) {
            ByteBuffer data = entry.data();
            into.putInt(at + 4, entry.bytes()).putLong(at + 8, entry.term());
            into.put(at + HEADER_BYTES, data, data.position(), entry.bytes());
            into.putInt(at, crc(entry.index(), into, at));
            at += HEADER_BYTES + entry.bytes();
        }
        return into.array();
    }

    /** Number of entries, by their lengths alone; -1 if these do not add up. */
    static int count(byte[] batch) {
        ByteBuffer bytes = ByteBuffer.wrap(batch).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        int count = 0;
        while (at < batch.length) {
            int next = next(bytes, at);
            if (next < 0) {
                return -1;
            }
            at = next;
            count++;
        }
        return count;
    }

    /** Offset of the n-th entry, where the batch has that many. */
    static int offset(byte[] batch, int n) {
        ByteBuffer bytes = ByteBuffer.wrap(batch).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        for (int i = 0; i < n && at >= 0; i++) {
            at = next(bytes, at);
        }
        return at;
    }

    /** Offset behind the entry at an offset; -1 if the batch ends before. */
    static int next(ByteBuffer bytes, int at) {
        if (at + HEADER_BYTES > bytes.limit()) {
            return -1;
        }
        int data = bytes.getInt(at + 4);
        return data < 0 || data > bytes.limit() - at - HEADER_BYTES ? -1 : at + HEADER_BYTES + data;
    }

    /** The n-th entry; null if it is not there or does not match its checksum. */
    static @Nullable LogEntry entry(byte[] batch, long index, int n) {
        return entryAt(ByteBuffer.wrap(batch).order(ByteOrder.LITTLE_ENDIAN), index, offset(batch, n));
    }

    /** The entry at an offset of a little-endian batch; null if it is not there or does not match its checksum. */
    static @Nullable LogEntry entryAt(ByteBuffer bytes, long index, int at) {
        if (at < 0 || next(bytes, at) < 0 || bytes.getInt(at) != crc(index, bytes, at)) {
            return null;
        }
        long term = bytes.getLong(at + 8);
        return term < 0
                ? null
                : new LogEntry(
                        index,
                        term,
                        bytes.slice(at + HEADER_BYTES, bytes.getInt(at + 4)).asReadOnlyBuffer());
    }

    private static int crc(long index, ByteBuffer bytes, int at) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, index));
        crc.update(bytes.duplicate()
                .limit(at + HEADER_BYTES + bytes.getInt(at + 4))
                .position(at + 4));
        return (int) crc.getValue();
    }
}
