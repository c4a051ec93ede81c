package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.wal.maintenance.LogDirectory;
import dev.coord.wal.maintenance.LogScan;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The log that a command is about. */
final class WalTarget {

    @Parameters(paramLabel = "DIR", description = "A server's data directory, or a log's own.")
    private Path directory;

    Path directory() {
        return directory;
    }

    /** Refuses what is none, or keeps no files. */
    static void checkBackend(String option, String backend) {
        List<String> known = LogDirectory.BACKENDS.stream()
                .filter(name -> !name.equals(LogDirectory.MEMORY))
                .toList();
        if (!known.contains(backend)) {
            throw new StartupException(ExitCode.USAGE, option + " " + backend + ": one of " + known + " is needed");
        }
    }

    /** The caller closes it. */
    LogScan open() {
        return LogScan.open(directory);
    }
}
