package dev.coord.wal.mapdb;

import java.nio.ByteBuffer;

/**
 * Finds the index of an entry whose batch the tree does not lead to any more. An entry's checksum covers its index and its
 * bytes, but its index is only in the tree. CRC32C can be run backwards: from the checksum, over the bytes, to what the
 * index must have been. Of an index below 2^32 there is exactly one; whether it makes sense is for the caller to see.
 */
final class IndexSolver {

    private static final int POLYNOMIAL = 0x82F63B78; // CRC-32C, reflected
    private static final int INITIAL = 0xFFFF_FFFF;
    private static final int[] TABLE = new int[256];

    /** By the top byte of a table's value, which is another one for each of them: which it is of. */
    private static final int[] POSITION = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = (value & 1) == 0 ? value >>> 1 : value >>> 1 ^ POLYNOMIAL;
            }
            TABLE[i] = value;
            POSITION[value >>> 24] = i;
        }
    }

    private IndexSolver() {}

    /**
     * The index that makes an entry match its checksum.
     *
     * @param batch little-endian
     * @param at where the entry begins
     * @param end one past its last byte
     */
    static long solve(ByteBuffer batch, int at, int end) {
        int state = ~batch.getInt(at);
        for (int i = end - 1; i >= at + 4; i--) {
            state = back(state, batch.get(i));
        }
        for (int i = 0; i < Long.BYTES; i++) {
            state = back(state, (byte) 0);
        }
        return (state ^ INITIAL) & 0xFFFF_FFFFL;
    }

    /** The state before a byte, from the one after it. */
    private static int back(int state, byte value) {
        int position = POSITION[state >>> 24];
        return (state ^ TABLE[position]) << 8 | (position ^ (value & 0xFF));
    }
}
