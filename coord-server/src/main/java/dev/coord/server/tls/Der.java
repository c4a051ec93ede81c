package dev.coord.server.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/** The few forms of DER (ITU-T X.690) that keys and certificates are made of. */
final class Der {

    static final int OCTETS = 0x04;
    static final int SEQUENCE = 0x30;
    static final byte[] NOTHING = {0x05, 0x00};
    static final byte[] TRUE = {0x01, 0x01, (byte) 0xff};

    private static final int INTEGER = 0x02;
    private static final int BITS = 0x03;
    private static final int OBJECT_ID = 0x06;
    private static final int UTC_TIME = 0x17;
    private static final int GENERALIZED_TIME = 0x18;
    /** The tag of a field that has a number instead of a name. */
    private static final int FIELD = 0x80;

    private static final int CONSTRUCTED = 0x20;
    /** From this year on, a time has four digits for its year (RFC 5280, 4.1.2.5). */
    private static final int FOUR_DIGITS_FROM = 2050;

    private Der() {}

    /** @throws IllegalArgumentException beyond 16 MiB less one byte */
    static byte[] element(int tag, byte[]... contents) {
        byte[] content = concatenated(contents);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else if (content.length < 0x1_0000) {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        } else if (content.length < 0x100_0000) {
            out.write(0x83);
            out.write(content.length >> 16);
            out.write(content.length >> 8);
            out.write(content.length);
        } else {
            throw new IllegalArgumentException("an element of " + content.length + " bytes is too long");
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    static byte[] sequence(byte[]... contents) {
        return element(SEQUENCE, contents);
    }

    /** Field number so-and-so, whose content has a tag of its own. */
    static byte[] field(int number, byte[]... contents) {
        return element(FIELD | CONSTRUCTED | number, contents);
    }

    /** Field number so-and-so, whose number stands in place of its content's tag. */
    static byte[] bareField(int number, byte[] content) {
        return element(FIELD | number, content);
    }

    static byte[] integer(BigInteger value) {
        return element(INTEGER, value.toByteArray());
    }

    static byte[] octets(byte[]... contents) {
        return element(OCTETS, contents);
    }

    /** Whole bytes. */
    static byte[] bits(byte[] content) {
        return element(BITS, new byte[] {0}, content);
    }

    /** Bits by their number, the first one in the highest place; at most eight. */
    static byte[] flags(int... numbers) {
        int all = 0;
        for (int number : numbers) {
            all |= 0x80 >> number;
        }
        return element(BITS, new byte[] {(byte) Integer.numberOfTrailingZeros(all), (byte) all});
    }

    /** An object identifier: numbers with dots between. */
    static byte[] objectId(String dotted) {
        String[] numbers = dotted.split("\\.");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(40 * Integer.parseInt(numbers[0]) + Integer.parseInt(numbers[1]));
        for (int i = 2; i < numbers.length; i++) {
            int number = Integer.parseInt(numbers[i]);
            for (int shift = 28; shift > 0; shift -= 7) {
                if (number >> shift != 0) {
                    out.write(0x80 | (number >> shift & 0x7f));
                }
            }
            out.write(number & 0x7f);
        }
        return element(OBJECT_ID, out.toByteArray());
    }

    /** To the second. */
    static byte[] time(Instant instant) {
        ZonedDateTime utc = instant.atZone(ZoneOffset.UTC);
        boolean four = utc.getYear() >= FOUR_DIGITS_FROM;
        String text = DateTimeFormatter.ofPattern((four ? "yyyy" : "yy") + "MMddHHmmss'Z'")
                .format(utc);
        return element(four ? GENERALIZED_TIME : UTC_TIME, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** What stands within an element that is all there is. */
    static byte[] content(byte[] der) {
        return Arrays.copyOfRange(der, contentAt(der, 0), contentAt(der, 0) + length(der, 0));
    }

    /** How long the content is of the element that begins there, bytes; whether it is all there or not. */
    static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = (length << 8) | (der[at + 2 + i] & 0xff);
        }
        return length;
    }

    /** Where the content of the element begins that begins there. */
    static int contentAt(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    static byte[] concatenated(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
