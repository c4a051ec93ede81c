package dev.coord.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-decoding of the raw bytes of a path, and the way back. A plus is a plus. */
final class PercentCoding {

    private static final String HEX = "0123456789ABCDEF";
    private static final String UNRESERVED = "-_.~$&+,/:;=@";

    private PercentCoding() {}

    /**
     * The text that a raw path stands for; each character of the path is one byte.
     *
     * @throws HttpError 400 if an escape is broken or the bytes are not UTF-8
     */
    static String decode(String raw) {
        int at = 0;
        while (at < raw.length() && raw.charAt(at) != '%' && raw.charAt(at) < 0x80) {
            at++;
        }
        if (at == raw.length()) {
            return raw;
        }
        byte[] bytes = new byte[raw.length()];
        int length = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
                int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw HttpError.badRequest("invalid URL escape at character " + i + " of the path");
                }
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw HttpError.badRequest("the path is not valid UTF-8");
        }
    }

    /** A path that decodes to this text. */
    static String encode(String path) {
        StringBuilder encoded = new StringBuilder(path.length() + 16);
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if ((c >= '0' && c <= '9')
                    || (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || UNRESERVED.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return encoded.toString();
    }

    /** A raw query, each character of which is one byte, with what no header may hold escaped. */
    static String printable(String raw) {
        StringBuilder printable = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c > ' ' && c < 0x7f) {
                printable.append(c);
            } else {
                printable.append('%').append(HEX.charAt(c >> 4 & 15)).append(HEX.charAt(c & 15));
            }
        }
        return printable.toString();
    }
}
