package dev.coord.server.command;

import java.util.Locale;
import java.util.Optional;

/** The state of a check, worst last. */
public enum CheckStatus {
    PASSING,
    WARNING,
    CRITICAL;

    /** As clients write it: {@code passing}, {@code warning}, {@code critical}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The status of that name; empty when there is none. */
    public static Optional<CheckStatus> of(String text) {
        return switch (text) {
            case "passing" -> Optional.of(PASSING);
            case "warning" -> Optional.of(WARNING);
            case "critical" -> Optional.of(CRITICAL);
            default -> Optional.empty();
        };
    }
}
