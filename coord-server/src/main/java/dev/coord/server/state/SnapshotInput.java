package dev.coord.server.state;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.coord.api.storage.v1.SnapshotRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Takes records out of their frames, and checks the frames, the count and the sum. Used by one thread. */
final class SnapshotInput {

    private final InputStream in;
    private final CRC32C crc = new CRC32C();
    private long offset;
    /** Where the record given last begins. */
    private long recordOffset;

    private long records;
    /** What comes next in the stream is another record's frame, whatever was wrong with this one. */
    private boolean atNextRecord;

    SnapshotInput(InputStream in) throws IOException {
        this.in = in;
        if (!Arrays.equals(read(SnapshotOutput.MAGIC.length), SnapshotOutput.MAGIC)) {
            throw problem("is no snapshot: it does not begin with COORDSNP");
        }
        int format = readInt();
        if (Integer.compareUnsigned(format, SnapshotCodec.FORMAT) > 0) {
            throw problem("has format " + Integer.toUnsignedString(format) + "; this build reads up to format "
                    + SnapshotCodec.FORMAT + ": a newer build wrote it; start that build or a later one");
        }
        if (format == 0) {
            throw problem("has format 0, which never was: it is damaged");
        }
    }

    /** The next record. With the footer the whole stream has been checked. */
    SnapshotRecord next() throws IOException {
        recordOffset = offset;
        atNextRecord = false;
        int length = readInt();
        if (length <= 0 || length > SnapshotCodec.RECORD_BYTES_MAX) {
            throw problem("a record claims " + Integer.toUnsignedString(length) + " bytes, not 1 to "
                    + SnapshotCodec.RECORD_BYTES_MAX + ": it is damaged");
        }
        byte[] body = read(length);
        atNextRecord = true;
        SnapshotRecord record;
        try {
            record = SnapshotRecord.parseFrom(body);
        } catch (InvalidProtocolBufferException e) {
            throw problem("a record can't be parsed, it is damaged: " + e.getMessage());
        }
        if (record.hasFooter()) {
            atNextRecord = false;
            finish(record.getFooter().getRecords());
        }
        records++;
        return record;
    }

    private void finish(long recordsClaimed) throws IOException {
        if (recordsClaimed != records) {
            throw problem("the footer counts " + recordsClaimed + " records, there are " + records + ": it is damaged");
        }
        recordOffset = offset;
        int computed = (int) crc.getValue();
        int stored = readInt();
        if (stored != computed) {
            throw problem("its checksum is %08x, its content gives %08x: it is damaged".formatted(stored, computed));
        }
        if (in.read() >= 0) {
            throw problem("goes on after its end: it is damaged");
        }
    }

    /** After a problem: it lay within one record, and the next one can be read. */
    boolean isAtNextRecord() {
        return atNextRecord;
    }

    /** Of the record given last. */
    SnapshotFormatException problem(String what) {
        return new SnapshotFormatException(recordOffset, what);
    }

    private int readInt() throws IOException {
        return ByteBuffer.wrap(read(Integer.BYTES)).getInt();
    }

    private byte[] read(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        offset += bytes.length;
        if (bytes.length < length) {
            throw new SnapshotFormatException(offset, "ends before it is complete: it was cut");
        }
        crc.update(bytes);
        return bytes;
    }
}
