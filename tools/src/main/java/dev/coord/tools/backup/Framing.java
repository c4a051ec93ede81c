package dev.coord.tools.backup;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** The numbers of the format, and how a piece of JSON is framed. */
final class Framing {

    static final int FORMAT = 1;
    static final byte[] MAGIC = "COORDBAK".getBytes(StandardCharsets.US_ASCII);
    static final byte[] MARKER = {(byte) 0x89, 'c', 'h', 'u', 'n', 'k', '\r', '\n'};
    static final String END = "end";
    /** Records are gathered up to here, bytes; a single larger one makes a chunk of its own. */
    static final int CHUNK_BYTES = 1024 * 1024;
    /** More is taken for damage, bytes: the largest record is a flag set or a value, 3 MiB as JSON. */
    static final int CHUNK_BYTES_MAX = 16 * 1024 * 1024;
    /** The same of a header: two keys of 16 kB, each byte escaped, and a list of prefixes, bytes. */
    static final int HEADER_BYTES_MAX = 1024 * 1024;

    private Framing() {}

    static int sum(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, bytes.length);
        return (int) sum.getValue();
    }

    /** Length, JSON, and the sum of both; with the format before them, of all three. */
    static byte[] framed(byte[] json, boolean withFormat) {
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES * (withFormat ? 3 : 2) + json.length);
        if (withFormat) {
            frame.putInt(FORMAT);
        }
        frame.putInt(json.length).put(json);
        CRC32C sum = new CRC32C();
        sum.update(frame.array(), 0, frame.position());
        return frame.putInt((int) sum.getValue()).array();
    }
}
