package dev.coord.tools;

import dev.coord.client.WatchMode;
import picocli.CommandLine.Option;

/** How to watch. */
final class WatchOptions {

    /** As the command line writes them. */
    enum Mode {
        stream,
        poll
    }

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "stream",
            description = "stream: one open stream; poll: one long poll after the other (default: ${DEFAULT-VALUE}).")
    private Mode mode;

    WatchMode mode() {
        return switch (mode) {
            case stream -> WatchMode.STREAM;
            case poll -> WatchMode.POLL;
        };
    }
}
