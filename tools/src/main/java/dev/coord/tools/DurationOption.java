package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.http.GoDuration;
import java.time.Duration;
import java.util.OptionalLong;

/** A duration as the command line takes it: {@code 10s}, {@code 1m30s}. */
final class DurationOption {

    private DurationOption() {}

    /** @throws StartupException when it is none, or below zero */
    static Duration of(String option, String text) {
        OptionalLong nanos = GoDuration.parseNanos(text);
        if (nanos.isEmpty() || nanos.getAsLong() < 0) {
            throw new StartupException(ExitCode.USAGE, option + " " + text + ": a duration such as 10s or 1m30s");
        }
        return Duration.ofNanos(nanos.getAsLong());
    }
}
