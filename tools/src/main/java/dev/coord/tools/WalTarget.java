package dev.coord.tools;

import dev.coord.wal.maintenance.LogScan;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The log that a command is about. */
final class WalTarget {

    @Parameters(paramLabel = "DIR", description = "A server's data directory, or a log's own.")
    private Path directory;

    Path directory() {
        return directory;
    }

    /** The caller closes it. */
    LogScan open() {
        return LogScan.open(directory);
    }
}
