package dev.coord.tools;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Makes inputs that are nearly valid out of valid ones. Depends on nothing but the random numbers given. */
final class FuzzMutation {

    private static final String[] NUMBERS = {
        "0",
        "-1",
        "-9223372036854775808",
        "9223372036854775807",
        "18446744073709551615",
        "2147483648",
        "99999999999999999999999999",
        "1e400",
        "-0.0",
        "1.5",
        "NaN",
        "0x10",
        "true",
        "null",
        "\"1\"",
        "[]",
        "{}"
    };

    /** A lone continuation byte, a cut sequence, an overlong zero, a surrogate, beyond Unicode, a byte order mark. */
    private static final byte[][] BROKEN_TEXT = {
        {(byte) 0x80},
        {(byte) 0xC3, 0x28},
        {(byte) 0xC0, (byte) 0x80},
        {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
        {(byte) 0xF5, (byte) 0x90, (byte) 0x80, (byte) 0x80},
        {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF},
        {0}
    };

    private static final int REPEATED_BYTES_MAX = 16 << 10;

    private FuzzMutation() {}

    /** The valid one with one to four changes. */
    static byte[] of(SplittableRandom random, byte[] valid) {
        byte[] changed = valid;
        for (int left = random.nextInt(1, 5); left > 0; left--) {
            changed = once(random, changed);
        }
        return changed;
    }

    static byte[] randomBytes(SplittableRandom random, int lengthMax) {
        byte[] bytes = new byte[random.nextInt(lengthMax + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] once(SplittableRandom random, byte[] from) {
        int at = random.nextInt(from.length + 1);
        int end = Math.min(from.length, at + random.nextInt(1, 17));
        return switch (random.nextInt(8)) {
            case 0 -> flipped(random, from);
            case 1 -> spliced(from, at, end, new byte[0]);
            case 2 -> spliced(from, at, at, randomBytes(random, 16));
            case 3 -> Arrays.copyOf(from, at);
            case 4 -> spliced(from, at, at, BROKEN_TEXT[random.nextInt(BROKEN_TEXT.length)]);
            case 5 -> spliced(from, at, at, repeated(random, Arrays.copyOfRange(from, at, end)));
            case 6 -> spliced(from, at, end, new byte[] {(byte) (random.nextBoolean() ? 0xFF : 0x7F)});
            default -> anotherNumber(random, from, at);
        };
    }

    private static byte[] flipped(SplittableRandom random, byte[] from) {
        byte[] flipped = from.clone();
        if (flipped.length > 0) {
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
    }

    private static byte[] repeated(SplittableRandom random, byte[] piece) {
        int times = Math.min(1 << random.nextInt(12), REPEATED_BYTES_MAX / Math.max(1, piece.length));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            out.writeBytes(piece);
        }
        return out.toByteArray();
    }

    /** The first run of digits from there on becomes another number, or something that is none. */
    private static byte[] anotherNumber(SplittableRandom random, byte[] from, int at) {
        int start = at;
        while (start < from.length && !Character.isDigit(from[start])) {
            start++;
        }
        int end = start;
        while (end < from.length && Character.isDigit(from[end])) {
            end++;
        }
        String number = NUMBERS[random.nextInt(NUMBERS.length)];
        return spliced(from, start, end, number.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] spliced(byte[] from, int start, int end, byte[] instead) {
        byte[] out = new byte[from.length - (end - start) + instead.length];
        System.arraycopy(from, 0, out, 0, start);
        System.arraycopy(instead, 0, out, start, instead.length);
        System.arraycopy(from, end, out, start + instead.length, from.length - end);
        return out;
    }
}
