package dev.coord.server.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * As much of the tar format (ustar) as an archive of a few plain files takes.
 *
 * <pre>
 * file   = header (512 bytes)  content, filled up to 512 bytes with zeros
 * header = name (100)  mode (8)  uid (8)  gid (8)  size (12)  mtime (12)  checksum (8)  type (1)  ...  "ustar\0" "00"
 * end    = two blocks of zeros
 * </pre>
 */
public final class Tar {

    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_BYTES = 12;
    private static final int CHECKSUM_AT = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;
    private static final int OCTAL = 8;

    private Tar() {}

    /** One file of an archive that is read; its content follows in the stream. */
    public record Entry(String name, long bytes) {}

    /**
     * Begins a file, whose content and {@link #writePadding padding} the caller writes next.
     *
     * @param name at most 100 characters of ASCII
     */
    public static void writeHeader(OutputStream out, String name, long bytes, long modifiedSeconds) throws IOException {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, NAME_BYTES, "0000600\0");
        put(header, NAME_BYTES + 8, "0000000\0");
        put(header, NAME_BYTES + 16, "0000000\0");
        put(header, SIZE_AT, octal(bytes));
        put(header, SIZE_AT + SIZE_BYTES, octal(modifiedSeconds));
        header[TYPE_AT] = '0';
        put(header, MAGIC_AT, "ustar\00000");
        put(header, CHECKSUM_AT, "%06o\0 ".formatted(checksum(header)));
        out.write(header);
    }

    /** After the content of a file. */
    public static void writePadding(OutputStream out, long bytes) throws IOException {
        out.write(new byte[padding(bytes)]);
    }

    /** After the last file. */
    public static void writeEnd(OutputStream out) throws IOException {
        out.write(new byte[2 * BLOCK]);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static String octal(long number) {
        return "%011o\0".formatted(number);
    }

    /** How many zeros follow a content. */
    public static int padding(long bytes) {
        return (int) ((BLOCK - bytes % BLOCK) % BLOCK);
    }

    /** The sum of all bytes, those of the sum itself being blanks. */
    private static int checksum(byte[] header) {
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
            sum += own ? ' ' : header[i] & 0xff;
        }
        return sum;
    }

    /** The next file; null at the end. */
    public static @Nullable Entry readHeader(InputStream in) throws IOException {
        byte[] header = in.readNBytes(BLOCK);
        if (header.length < BLOCK) {
            throw new EOFException("the archive ends before it is complete");
        }
        if (Arrays.equals(header, new byte[BLOCK])) {
            return null;
        }
        if (number(header, CHECKSUM_AT, CHECKSUM_BYTES) != checksum(header)) {
            throw new ArchiveException("not a tar archive, or a damaged one: the checksum of a header is wrong");
        }
        return new Entry(text(header, 0, NAME_BYTES), number(header, SIZE_AT, SIZE_BYTES));
    }

    private static String text(byte[] header, int at, int bytes) {
        int end = at;
        while (end < at + bytes && header[end] != 0) {
            end++;
        }
        return new String(header, at, end - at, StandardCharsets.UTF_8);
    }

    private static long number(byte[] header, int at, int bytes) throws IOException {
        String digits = text(header, at, bytes).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, OCTAL);
        } catch (NumberFormatException e) {
            throw new ArchiveException("not a tar archive, or a damaged one: \"" + digits + "\" is no octal number");
        }
    }
}
