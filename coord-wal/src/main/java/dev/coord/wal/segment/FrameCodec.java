package dev.coord.wal.segment;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a segment file. Little-endian throughout.
 *
 * <p>Header of an extent, {@value #EXTENT_HEADER_BYTES} bytes, at the start of each file and wherever an extent begins:
 *
 * <pre>
 * offset  bytes
 *      0      8  magic "CoordSeg"
 *      8      4  format version, {@value #FORMAT}
 *     12      4  CRC32C of bytes 0..11 and 16..31
 *     16      8  salt: log id in the high half, generation of the extent in the low half
 *     24      8  index of the first entry
 * </pre>
 *
 * <p>Frame of an entry, {@value #HEADER_BYTES} bytes and its data, one right after the other:
 *
 * <pre>
 * offset  bytes
 *      0      4  CRC32C of the salt and of bytes 4..27
 *      4      4  CRC32C of the data
 *      8      8  index
 *     16      8  term
 *     24      4  bytes of data; the top bit is set on the first frame of a batch
 *     28      n  data
 * </pre>
 *
 * The header has a checksum of its own so that a term can be read and a file walked without touching data. After the
 * last entry of a full file follows an index, see {@link OffsetIndex}.
 *
 * <p>Holds scratch memory: one for each thread.
 */
final class FrameCodec {

    static final int FORMAT = 1;
    static final int EXTENT_HEADER_BYTES = 32;
    static final int HEADER_BYTES = 28;

    static final long MAGIC = 0x6765_5364_726f_6f43L; // "CoordSeg" when read as little-endian bytes

    private static final int BATCH_FLAG = 1 << 31;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);

    /** A frame's header. */
    record Header(int dataCrc, long index, long term, int bytes, boolean firstOfBatch) {
        int frameBytes() {
            return HEADER_BYTES + bytes;
        }
    }

    void putExtentHeader(ByteBuffer into, long salt, long base) {
        into.putLong(MAGIC)
                .putInt(FORMAT)
                .putInt(extentHeaderCrc(FORMAT, salt, base))
                .putLong(salt)
                .putLong(base);
    }

    /** The format version at a position; 0 where no extent header begins. */
    static int formatAt(ByteBuffer buffer, int at) {
        return buffer.getLong(at) == MAGIC ? buffer.getInt(at + 8) : 0;
    }

    /** True when the extent header at a position is whole and has this salt and base. */
    boolean isExtentHeader(ByteBuffer buffer, int at, long salt, long base) {
        return formatAt(buffer, at) == FORMAT
                && buffer.getInt(at + 12) == extentHeaderCrc(FORMAT, salt, base)
                && buffer.getLong(at + 16) == salt
                && buffer.getLong(at + 24) == base;
    }

    private int extentHeaderCrc(int format, long salt, long base) {
        scratch.clear();
        scratch.putLong(MAGIC).putInt(format).putLong(salt).putLong(base);
        crc.reset();
        crc.update(scratch.array(), 0, scratch.position());
        return (int) crc.getValue();
    }

    /** Appends an entry's frame at the buffer's position; allocates nothing. */
    void put(ByteBuffer into, LogEntry entry, boolean firstOfBatch, long salt) {
        int at = into.position();
        ByteBuffer data = entry.data();
        int bytes = data.remaining();
        into.put(at + HEADER_BYTES, data, data.position(), bytes);
        int dataCrc = crcOf(into, at + HEADER_BYTES, bytes);
        int length = firstOfBatch ? bytes | BATCH_FLAG : bytes;
        into.putInt(at, headerCrc(salt, dataCrc, entry.index(), entry.term(), length));
        into.putInt(at + 4, dataCrc);
        into.putLong(at + 8, entry.index());
        into.putLong(at + 16, entry.term());
        into.putInt(at + 24, length);
        into.position(at + HEADER_BYTES + bytes);
    }

    /** Cheap look at 28 bytes: could a frame of this index begin here? */
    static boolean isPlausible(ByteBuffer buffer, int at, long leastIndex, long greatestIndex) {
        long index = buffer.getLong(at + 8);
        return index >= leastIndex && index <= greatestIndex && buffer.getLong(at + 16) >= 0;
    }

    /** The header at a position, or null if these 28 bytes are not one that was written with this salt. */
    @Nullable
    Header header(ByteBuffer buffer, int at, long salt) {
        int dataCrc = buffer.getInt(at + 4);
        long index = buffer.getLong(at + 8);
        long term = buffer.getLong(at + 16);
        int length = buffer.getInt(at + 24);
        int bytes = length & ~BATCH_FLAG;
        if (buffer.getInt(at) != headerCrc(salt, dataCrc, index, term, length)
                || bytes > LogOptions.ENTRY_BYTES_LIMIT
                || index < 1
                || term < 0) {
            return null;
        }
        return new Header(dataCrc, index, term, bytes, length < 0);
    }

    boolean dataMatches(ByteBuffer buffer, int at, Header header) {
        return crcOf(buffer, at, header.bytes()) == header.dataCrc();
    }

    private int headerCrc(long salt, int dataCrc, long index, long term, int length) {
        scratch.putLong(0, salt)
                .putInt(8, dataCrc)
                .putLong(12, index)
                .putLong(20, term)
                .putInt(28, length);
        crc.reset();
        crc.update(scratch.array(), 0, 32);
        return (int) crc.getValue();
    }

    private int crcOf(ByteBuffer buffer, int at, int bytes) {
        int position = buffer.position();
        int limit = buffer.limit();
        buffer.limit(at + bytes).position(at);
        crc.reset();
        crc.update(buffer);
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }
}
