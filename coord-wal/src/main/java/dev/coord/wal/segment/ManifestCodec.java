package dev.coord.wal.segment;

import dev.coord.wal.disk.Disk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The bytes of the manifest. Little-endian.
 *
 * <pre>
 * offset  bytes
 *      0      8  magic "CoordMan"
 *      8      4  format version, {@value #FORMAT}
 *     12      4  log id
 *     16      4  generation
 *     20      4  number of extents, n
 *     24      8  first index
 *     32      8  next index
 *     40   32 n  extents: file 4, generation 4, start 4, end 4 (0 while open), base index 8, next index 8
 * 40+32n      4  CRC32C of all before
 * </pre>
 */
final class ManifestCodec {

    static final int FORMAT = 1;

    private static final long MAGIC = 0x6e61_4d64_726f_6f43L;
    private static final int HEADER_BYTES = 40;
    private static final int EXTENT_BYTES = 32;
    private static final int CRC_BYTES = 4;

    private ManifestCodec() {}

    static ByteBuffer encode(Manifest manifest) {
        int count = manifest.extents().size();
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + count * EXTENT_BYTES + CRC_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(MAGIC).putInt(FORMAT).putInt(manifest.logId()).putInt(manifest.generation());
        bytes.putInt(count).putLong(manifest.firstIndex()).putLong(manifest.nextIndex());
        for (Extent extent : manifest.extents()) {
            bytes.putInt(extent.file()).putInt(extent.generation()).putInt(extent.start());
            bytes.putInt(extent.end()).putLong(extent.base()).putLong(extent.next());
        }
        bytes.putInt(crc(bytes, bytes.position()));
        return bytes.flip();
    }

    static Manifest decode(Disk disk, ByteBuffer bytes) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        int size = bytes.limit();
        if (size < HEADER_BYTES + CRC_BYTES || bytes.getLong(0) != MAGIC) {
            throw Damage.at(disk, Manifest.FILE, 0, "not a manifest (" + size + " bytes)");
        }
        int format = bytes.getInt(8);
        if (format > FORMAT) {
            throw Damage.newerFormat(disk, Manifest.FILE, format, FORMAT);
        }
        if (format < 1 || bytes.getInt(size - CRC_BYTES) != crc(bytes, size - CRC_BYTES)) {
            throw Damage.at(
                    disk, Manifest.FILE, size - CRC_BYTES, "its " + size + " bytes do not match their checksum");
        }
        int count = bytes.getInt(20);
        List<Extent> extents = new ArrayList<>(count);
        for (int at = HEADER_BYTES; at < size - CRC_BYTES; at += EXTENT_BYTES) {
            extents.add(new Extent(
                    bytes.getInt(at),
                    bytes.getInt(at + 4),
                    bytes.getInt(at + 8),
                    bytes.getInt(at + 12),
                    bytes.getLong(at + 16),
                    bytes.getLong(at + 24)));
        }
        return new Manifest(bytes.getInt(12), bytes.getInt(16), bytes.getLong(24), bytes.getLong(32), extents);
    }

    private static int crc(ByteBuffer bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(0).limit(length));
        return (int) crc.getValue();
    }
}
