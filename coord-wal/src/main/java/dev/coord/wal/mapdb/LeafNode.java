package dev.coord.wal.mapdb;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A leaf of the engine's tree: which record each batch lies in. A packed number (big-endian, seven bits a byte, the last
 * with its top bit set) of twice the number of keys and four flags, with a parity bit; a packed link to the next leaf,
 * unless it is the last; the keys, 8 bytes each; packed record numbers with a parity bit. The first and last key of a leaf
 * in the middle are its bounds and have no record.
 */
final class LeafNode {

    /** Larger records are no leaves: of at most 34 keys. */
    static final int BYTES_MAX = 1024;

    /** Of the batches, ascending. */
    final long[] bases;

    /** The record number of each. */
    final long[] records;

    private static final int DIRECTORY = 8;
    private static final int LEFT_EDGE = 4;
    private static final int RIGHT_EDGE = 2;
    private static final int LAST_KEY_DOUBLE = 1;

    private LeafNode(long[] bases, long[] records) {
        this.bases = bases;
        this.records = records;
    }

    /** Null if these bytes are not a leaf, to the last one. */
    static @Nullable LeafNode parse(byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        long header = packed(in);
        if (header < 0 || Long.bitCount(header) % 2 == 0 || header > Integer.MAX_VALUE) {
            return null;
        }
        int flags = (int) (header >>> 1) & 0xF;
        int keys = (int) (header >>> 5);
        boolean linked = (flags & RIGHT_EDGE) == 0;
        if ((flags & DIRECTORY) != 0 || (linked && packed(in) < 0) || in.remaining() < (long) keys * 8) {
            return null;
        }
        long[] all = new long[keys];
        for (int i = 0; i < keys; i++) {
            all[i] = in.getLong();
            if (all[i] < 0 || (i > 0 && all[i] < all[i - 1])) {
                return null;
            }
        }
        int left = (flags & LEFT_EDGE) == 0 ? 1 : 0;
        int count = keys - left - (linked ? 1 : 0) + (flags & LAST_KEY_DOUBLE);
        if (count < 0 || left + count > keys) {
            return null;
        }
        long[] bases = new long[count];
        long[] records = new long[count];
        for (int i = 0; i < count; i++) {
            long number = packed(in);
            if (number < 0 || Long.bitCount(number) % 2 == 0) {
                return null;
            }
            bases[i] = all[left + i];
            records[i] = number >>> 1;
        }
        return in.hasRemaining() ? null : new LeafNode(bases, records);
    }

    /** -1 if it does not end. */
    static long packed(ByteBuffer in) {
        long value = 0;
        for (int i = 0; i < 9 && in.hasRemaining(); i++) {
            byte next = in.get();
            value = value << 7 | (next & 0x7F);
            if (next < 0) {
                return value;
            }
        }
        return -1;
    }
}
