package dev.coord.wal.mapdb;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What the engine's free lists hold, read from its file, for the library keeps it from us. Its head has a link for each
 * record size (multiples of 16 bytes up to 65,520; size 0 stands for free record numbers) to a chain of chunks; a link is
 * the chunk's size in the top 16 bits and its offset below. A chunk is a link to the next, then packed numbers, each of
 * which ends with the one byte that has its top bit set.
 *
 * <p>Read beside a commit it is approximate; chains are followed for {@value #CHUNKS_MAX} chunks in all, no further.
 *
 * @param entries free pieces listed
 * @param freeBytes bytes of these pieces
 * @param listBytes bytes that the lists take themselves
 */
record FreeLists(long entries, long freeBytes, long listBytes) {

    static final int CHUNKS_MAX = 1 << 17;

    private static final int HEAD_BYTES = 64 + 4096 * 8;
    private static final int FIRST_LINK = 64;
    private static final int RECORD_UNIT = 16;
    private static final int LINK_BYTES = 8;
    private static final long OFFSET_MASK = 0xFFFF_FFFF_FFF0L;

    /** The engine's file, whatever stands between. */
    interface Source {
        /** Reads so many bytes; those past the end are zeros. */
        void read(long position, byte[] into, int at, int bytes) throws IOException;
    }

    static FreeLists read(Source file) throws IOException {
        long entries = 0;
        long freeBytes = 0;
        long listBytes = 0;
        int chunks = 0;
        ByteBuffer head = read(file, 0, HEAD_BYTES);
        for (int at = FIRST_LINK; at + LINK_BYTES <= head.limit(); at += LINK_BYTES) {
            long pieceBytes = (long) (at - FIRST_LINK) / LINK_BYTES * RECORD_UNIT;
            long link = head.getLong(at);
            while ((link & OFFSET_MASK) != 0 && chunks++ < CHUNKS_MAX) {
                ByteBuffer chunk = read(file, link & OFFSET_MASK, (int) (link >>> 48));
                if (chunk.limit() < LINK_BYTES) {
                    break;
                }
                int pieces = count(chunk);
                entries += pieces;
                freeBytes += pieces * pieceBytes;
                listBytes += chunk.limit();
                link = chunk.getLong(0);
            }
        }
        return new FreeLists(entries, freeBytes, listBytes);
    }

    private static int count(ByteBuffer chunk) {
        int count = 0;
        for (int at = LINK_BYTES; at < chunk.limit(); at++) {
            if (chunk.get(at) < 0) {
                count++;
            }
        }
        return count;
    }

    private static ByteBuffer read(Source file, long position, int bytes) throws IOException {
        byte[] into = new byte[bytes];
        file.read(position, into, 0, bytes);
        return ByteBuffer.wrap(into);
    }
}
