package dev.coord.server.http;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.OptionalLong;

/** Durations as Go writes and reads them: {@code 10s}, {@code 1m30s}, {@code 250ms}. */
public final class GoDuration {

    private static final long MICROSECOND = 1_000;
    private static final long MILLISECOND = 1_000 * MICROSECOND;
    private static final long SECOND = 1_000 * MILLISECOND;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    /** No duration is written with more characters than this. */
    private static final int CHARS_MAX = 64;

    private GoDuration() {}

    /** Nanoseconds; empty when the text is no duration or does not fit. */
    public static OptionalLong parseNanos(String text) {
        int at = 0;
        boolean negative = false;
        if (text.length() > CHARS_MAX) {
            return OptionalLong.empty();
        }
        if (text.startsWith("-") || text.startsWith("+")) {
            negative = text.startsWith("-");
            at = 1;
        }
        if (text.substring(at).equals("0")) {
            return OptionalLong.of(0);
        }
        if (at == text.length()) {
            return OptionalLong.empty();
        }
        BigDecimal total = BigDecimal.ZERO;
        while (at < text.length()) {
            int unitStart = at;
            while (unitStart < text.length() && isNumeric(text.charAt(unitStart))) {
                unitStart++;
            }
            int end = unitStart;
            while (end < text.length() && !isNumeric(text.charAt(end))) {
                end++;
            }
            long unit = unitNanos(text.substring(unitStart, end));
            String number = text.substring(at, unitStart);
            if (unit == 0 || !isNumber(number)) {
                return OptionalLong.empty();
            }
            total = total.add(new BigDecimal(number).multiply(BigDecimal.valueOf(unit)));
            at = end;
        }
        BigDecimal signed = negative ? total.negate() : total;
        try {
            return OptionalLong.of(signed.setScale(0, RoundingMode.DOWN).longValueExact());
        } catch (ArithmeticException e) {
            return OptionalLong.empty();
        }
    }

    /** As Go prints it: {@code 1h0m0s}, {@code 1.5s}, {@code 250ms}, {@code 0s}. */
    public static String format(long nanos) {
        if (nanos == 0) {
            return "0s";
        }
        if (nanos < 0) {
            return nanos == Long.MIN_VALUE ? "-2562047h47m16.854775808s" : "-" + format(-nanos);
        }
        if (nanos < MICROSECOND) {
            return nanos + "ns";
        }
        if (nanos < MILLISECOND) {
            return decimal(nanos, MICROSECOND) + "µs";
        }
        if (nanos < SECOND) {
            return decimal(nanos, MILLISECOND) + "ms";
        }
        long hours = nanos / HOUR;
        long minutes = nanos % HOUR / MINUTE;
        String seconds = decimal(nanos % MINUTE, SECOND) + "s";
        if (hours > 0) {
            return hours + "h" + minutes + "m" + seconds;
        }
        return minutes > 0 ? minutes + "m" + seconds : seconds;
    }

    private static String decimal(long nanos, long unit) {
        return BigDecimal.valueOf(nanos)
                .divide(BigDecimal.valueOf(unit))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static boolean isNumeric(char c) {
        return c == '.' || (c >= '0' && c <= '9');
    }

    private static boolean isNumber(String text) {
        return text.indexOf('.') == text.lastIndexOf('.') && text.chars().anyMatch(c -> c != '.');
    }

    private static long unitNanos(String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "µs", "μs" -> MICROSECOND;
            case "ms" -> MILLISECOND;
            case "s" -> SECOND;
            case "m" -> MINUTE;
            case "h" -> HOUR;
            default -> 0;
        };
    }
}
