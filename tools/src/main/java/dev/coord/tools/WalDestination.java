package dev.coord.tools;

import dev.coord.wal.maintenance.LogCopy;
import dev.coord.wal.maintenance.LogScan;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where a log that is written anew goes: one of the two must be said. */
final class WalDestination {

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Choice choice;

    /** Exclusive. */
    static final class Choice {

        @Option(
                names = "--in-place",
                required = true,
                description = "Replace the log. The old one counts until the new one is whole, and is deleted then.")
        private boolean inPlace;

        @Option(
                names = "--output",
                required = true,
                paramLabel = "DIR",
                description = "A directory that is not there yet, for the new log. The old one is not written to.")
        private @Nullable Path output;
    }

    /** @param backend of the new log; null: the same as the old one's */
    LogCopy write(Path directory, @Nullable String backend, PrintWriter err) {
        try (ProgressBar bar = new ProgressBar(err)) {
            Path output = choice.output;
            if (choice.inPlace || output == null) {
                return LogCopy.inPlace(directory, backend, bar);
            }
            try (LogScan scan = LogScan.open(directory)) {
                String wanted = backend == null ? scan.location().backend() : backend;
                return LogCopy.toDirectory(scan, output, wanted, false, bar);
            }
        }
    }
}
