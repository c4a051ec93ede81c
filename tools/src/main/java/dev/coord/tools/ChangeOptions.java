package dev.coord.tools;

import java.time.Duration;
import picocli.CommandLine.Option;

/** What all changes of servers take. */
final class ChangeOptions {

    @Option(
            names = "--check",
            description =
                    "Change nothing: say what would survive before and after; status 1 where it would be refused.")
    private boolean check;

    @Option(names = "--force", description = "Although the cluster then survives less.")
    private boolean force;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description = "How long a server may take to catch up (default: ${DEFAULT-VALUE}).")
    private long timeoutSeconds;

    boolean check() {
        return check;
    }

    boolean force() {
        return force;
    }

    Duration timeout() {
        return Duration.ofSeconds(Math.max(1, timeoutSeconds));
    }
}
