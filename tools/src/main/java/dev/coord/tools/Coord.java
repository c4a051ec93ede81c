package dev.coord.tools;

import dev.coord.client.CoordException;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.Version;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The entry point. Without a command it explains itself. */
@Command(
        name = "coord",
        mixinStandardHelpOptions = true,
        versionProvider = Coord.Build.class,
        description = "Service discovery and coordination: a Raft-replicated key-value store and service catalog that"
                + " speaks Consul's HTTP API and its own gRPC.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Begin with:",
            "  coord dev                     one server in ./coord-data, nothing to configure",
            "  coord kv put greeting hello   in another terminal",
            "  coord help COMMAND            more on any command",
            "",
            "Exit status: 0 done, 1 refused, 2 usage, 3 configuration, 4 address, 5 data directory, 6 server failed,",
            "7 server not reached."
        },
        subcommands = {
            DevCommand.class,
            AgentCommand.class,
            ClusterCommand.class,
            MembersCommand.class,
            KvCommand.class,
            ServicesCommand.class,
            VersionCommand.class,
            WarmUpCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Coord implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    Coord() {}

    /** Ends the process with a status of {@link ExitCode}. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Coord())
                .setPosixClusteredShortOptionsAllowed(false)
                .setExecutionExceptionHandler(Coord::failed);
    }

    @Override
    public Integer call() {
        return explain(spec);
    }

    /** For commands that only hold others. */
    static int explain(CommandSpec spec) {
        spec.commandLine().usage(spec.commandLine().getOut());
        return ExitCode.OK.status();
    }

    /** One line, and a status that says what kind of failure it was. */
    private static int failed(Exception e, CommandLine commandLine, CommandLine.ParseResult parsed) {
        PrintWriter err = commandLine.getErr();
        if (e instanceof StartupException startup) {
            err.println("coord: " + startup.getMessage());
            return startup.code().status();
        }
        if (e instanceof CoordException refused) {
            err.println("coord: " + refused.getMessage());
            return switch (refused.reason()) {
                case UNAVAILABLE, TIMEOUT, UNKNOWN_OUTCOME -> ExitCode.UNREACHABLE.status();
                default -> ExitCode.FAILED.status();
            };
        }
        err.println("coord: " + e);
        return ExitCode.FAILED.status();
    }

    /** For {@code --version}. */
    static final class Build implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"coord " + Version.current()};
        }
    }
}
