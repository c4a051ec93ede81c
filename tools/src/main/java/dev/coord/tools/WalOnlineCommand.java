package dev.coord.tools;

import dev.coord.server.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What can be done to the log of a running server. Each command is about the one server that it names. */
@Command(
        name = "online",
        mixinStandardHelpOptions = true,
        description = "The log of a running server: look at it, compact it, change its backend.",
        synopsisSubcommandLabel = "COMMAND")
final class WalOnlineCommand implements Callable<Integer> {

    private static final String BACKENDS = "segment, lmdb or mapdb";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Prints what the server's log holds and costs, and what is being built beside it.")
    int status(@Mixin Connection server) {
        try (LogClient log = new LogClient(server)) {
            print(server.json() ? LogText.json(log.status()) : LogText.text(log.status()));
        }
        return ExitCode.OK.status();
    }

    @Command(
            name = "compact",
            mixinStandardHelpOptions = true,
            description = "Builds the log anew without its free space, while the server works, and waits for it."
                    + " For lmdb and mapdb; segment needs none.")
    int compact(@Mixin Connection server) {
        try (LogClient log = new LogClient(server)) {
            log.compact();
            return ended(server, log);
        }
    }

    @Command(
            name = "shadow",
            mixinStandardHelpOptions = true,
            description = "Keeps a second log beside the log and compares the two, until it is stopped or switched to.")
    int shadow(
            @Mixin Connection server,
            @Parameters(paramLabel = "BACKEND", description = "Of the second log: " + BACKENDS + ".") String backend) {
        try (LogClient log = new LogClient(server)) {
            log.startShadow(backend);
            if (!server.json()) {
                print("A shadow in " + backend + " is being built; see: coord wal online status");
            }
        }
        return ExitCode.OK.status();
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "Ends and deletes what is being built beside the log: a shadow or a compaction.")
    int stop(@Mixin Connection server) {
        try (LogClient log = new LogClient(server)) {
            log.stop();
            log.awaitEnd(progress -> {});
        }
        return ExitCode.OK.status();
    }

    @Command(
            name = "switch",
            mixinStandardHelpOptions = true,
            description = "Makes the shadow the log, as soon as it holds what the log holds.")
    int switchOver(@Mixin Connection server) {
        try (LogClient log = new LogClient(server)) {
            log.takeOver();
            return ended(server, log);
        }
    }

    @Command(
            name = "migrate",
            mixinStandardHelpOptions = true,
            description = "Changes the backend of the server's log while it works: shadow, wait, switch.")
    int migrate(
            @Mixin Connection server,
            @Option(names = "--to", required = true, paramLabel = "BACKEND", description = "One of " + BACKENDS + ".")
                    String backend) {
        try (LogClient log = new LogClient(server)) {
            log.startShadow(backend);
            log.awaitFollowing(progress -> report(server, progress));
            log.takeOver();
            return ended(server, log);
        }
    }

    /** Waits for the end of what is being built; a status of its own when it did not take over. */
    private int ended(Connection server, LogClient log) {
        LogClient.Ended ended = log.awaitEnd(progress -> report(server, progress));
        print(server.json() ? LogText.json(ended.outcome()) : ended.outcome().getMessage());
        return (ended.tookOver() ? ExitCode.OK : ExitCode.FAILED).status();
    }

    private void report(Connection server, String progress) {
        if (!server.json()) {
            print(progress);
        }
    }

    private void print(Object text) {
        spec.commandLine().getOut().println(text);
        spec.commandLine().getOut().flush();
    }
}
