package dev.coord.server.state;

import com.google.protobuf.CodedOutputStream;
import dev.coord.api.storage.v1.SnapshotRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.LongFunction;
import java.util.zip.CRC32C;

/** Frames records and sums them up. Used by one thread. */
class SnapshotOutput {

    static final byte[] MAGIC = "COORDSNP".getBytes(StandardCharsets.US_ASCII);

    private final OutputStream out;
    private final CRC32C crc = new CRC32C();
    private long records;

    SnapshotOutput(OutputStream out) throws IOException {
        this.out = out;
        append(MAGIC);
        append(bytes(SnapshotCodec.FORMAT));
    }

    void write(SnapshotRecord record) throws IOException {
        byte[] body = new byte[record.getSerializedSize()];
        CodedOutputStream coded = CodedOutputStream.newInstance(body);
        // Maps in the order of their keys, so that equal states give equal bytes.
        coded.useDeterministicSerialization();
        record.writeTo(coded);
        coded.checkNoSpaceLeft();
        append(bytes(body.length));
        append(body);
        records++;
    }

    /** @param footer from the number of records before it */
    final void finish(LongFunction<SnapshotRecord> footer) throws IOException {
        write(footer.apply(records));
        out.write(bytes((int) crc.getValue()));
    }

    private void append(byte[] bytes) throws IOException {
        out.write(bytes);
        crc.update(bytes);
    }

    private static byte[] bytes(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }
}
