package dev.coord.wal.mapdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SortedMap;
import java.util.zip.CRC32C;

/**
 * The bytes of the journal. Little-endian; the header and every record begin at a multiple of {@value #BLOCK_BYTES}.
 *
 * <pre>
 * header: offset  bytes
 *              0      8  magic "CoordJrn"
 *              8      4  format version, {@value #FORMAT}
 *             12      4  CRC32C of bytes 0..11 and 16..23
 *             16      8  sequence of the last commit that the data file holds, synced
 *
 * record: offset  bytes
 *              0      8  magic "CoordRec"
 *              8      8  sequence: one more than the record before, or than the header
 *             16      4  CRC32C of all but these four bytes
 *             20      4  number of blocks, n
 *             24    8 n  number of each block in the data file, ascending
 *         24+8 n  512 n  the blocks
 * </pre>
 */
final class JournalCodec {

    static final int FORMAT = 1;
    static final int BLOCK_BYTES = 512;

    private static final long MAGIC = 0x6e72_4a64_726f_6f43L;
    private static final long RECORD_MAGIC = 0x6365_5264_726f_6f43L;
    private static final int AT_SEQUENCE = 8;
    private static final int AT_CRC = 16;
    private static final int AT_COUNT = 20;
    private static final int RECORD_HEADER_BYTES = 24;

    private JournalCodec() {}

    static ByteBuffer header(long sequence) {
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(0, MAGIC).putInt(8, FORMAT).putLong(16, sequence);
        return bytes.putInt(12, headerCrc(bytes));
    }

    static boolean isHeader(ByteBuffer bytes) {
        return bytes.limit() >= BLOCK_BYTES && bytes.getLong(0) == MAGIC;
    }

    static int format(ByteBuffer header) {
        return header.getInt(8);
    }

    static boolean isWholeHeader(ByteBuffer header) {
        return header.getInt(12) == headerCrc(header);
    }

    static long sequenceOfHeader(ByteBuffer header) {
        return header.getLong(16);
    }

    private static int headerCrc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(12).position(0));
        crc.update(bytes.duplicate().limit(24).position(16));
        return (int) crc.getValue();
    }

    /** Bytes of a record of so many blocks, up to where the next begins. */
    static long recordBytes(long blocks) {
        long bytes = RECORD_HEADER_BYTES + (Long.BYTES + BLOCK_BYTES) * blocks;
        return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }

    /** Writes a record from the buffer's start and flips it. The buffer must have room for it. */
    static void put(ByteBuffer into, long sequence, SortedMap<Long, byte[]> blocks) {
        into.clear().order(ByteOrder.LITTLE_ENDIAN);
        into.putLong(RECORD_MAGIC).putLong(sequence).putInt(0).putInt(blocks.size());
        blocks.keySet().forEach(into::putLong);
        blocks.values().forEach(into::put);
        into.putInt(AT_CRC, recordCrc(into, into.position()));
        into.flip();
    }

    /** True when a record may begin here: its magic and its sequence are those. */
    static boolean isRecord(ByteBuffer bytes, int at, long sequence) {
        return bytes.limit() - at >= RECORD_HEADER_BYTES
                && bytes.getLong(at) == RECORD_MAGIC
                && bytes.getLong(at + AT_SEQUENCE) == sequence;
    }

    /** True when a record begins here that is younger than a sequence, whole or not. */
    static boolean isLater(ByteBuffer bytes, int at, long sequence) {
        return bytes.limit() - at >= RECORD_HEADER_BYTES
                && bytes.getLong(at) == RECORD_MAGIC
                && bytes.getLong(at + AT_SEQUENCE) > sequence;
    }

    static int blocks(ByteBuffer bytes, int at) {
        return bytes.getInt(at + AT_COUNT);
    }

    /** True when the buffer has all of a record from its position on, and it matches its checksum. */
    static boolean isWhole(ByteBuffer bytes) {
        long size = RECORD_HEADER_BYTES + (long) (Long.BYTES + BLOCK_BYTES) * blocks(bytes, 0);
        return size <= bytes.limit() && bytes.getInt(AT_CRC) == recordCrc(bytes, (int) size);
    }

    static long blockNumber(ByteBuffer bytes, int i) {
        return bytes.getLong(RECORD_HEADER_BYTES + Long.BYTES * i);
    }

    /** The i-th block of a record. */
    static ByteBuffer block(ByteBuffer bytes, int i) {
        return bytes.slice(RECORD_HEADER_BYTES + Long.BYTES * blocks(bytes, 0) + i * BLOCK_BYTES, BLOCK_BYTES);
    }

    private static int recordCrc(ByteBuffer bytes, int size) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(AT_CRC).position(0));
        crc.update(bytes.duplicate().limit(size).position(AT_COUNT));
        return (int) crc.getValue();
    }
}
