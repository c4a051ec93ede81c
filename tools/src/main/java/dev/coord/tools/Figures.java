package dev.coord.tools;

import java.time.Duration;
import java.util.Locale;

/** Numbers for people. */
final class Figures {

    private static final String[] UNITS = {"kB", "MB", "GB", "TB"};

    private Figures() {}

    /** With commas between thousands. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** A count and its noun: "1 entry", "2 entries". */
    static String count(long number, String one, String more) {
        return count(number) + " " + (number == 1 ? one : more);
    }

    /** Three figures and a unit of a thousand. */
    static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.5 && unit + 1 < UNITS.length) {
            value /= 1000;
            unit++;
        }
        return decimal(value) + " " + UNITS[unit];
    }

    /** Three figures. */
    static String decimal(double value) {
        String format = value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    /** Of a latency. */
    static String nanos(long nanos) {
        if (nanos < 1_000_000) {
            return decimal(nanos / 1e3) + " us";
        }
        return nanos < 1_000_000_000L ? decimal(nanos / 1e6) + " ms" : decimal(nanos / 1e9) + " s";
    }

    /** In whole seconds, or minutes and seconds. */
    static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? seconds / 60 + " min " + seconds % 60 + " s"
                : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
    }
}
