package dev.coord.tools;

import dev.coord.client.CoordException;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.Version;
import dev.coord.wal.LogException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
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
            "7 server not reached, 8 damage found, 9 done in part."
        })
public final class Coord implements Callable<Integer> {

    /** By name, in the order of the help. */
    private static final Map<String, Class<?>> COMMANDS = commands();

    @Spec
    private CommandSpec spec;

    Coord() {}

    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("dev", DevCommand.class);
        commands.put("agent", AgentCommand.class);
        commands.put("cluster", ClusterCommand.class);
        commands.put("members", MembersCommand.class);
        commands.put("servers", ServersCommand.class);
        commands.put("catalog", CatalogCommand.class);
        commands.put("kv", KvCommand.class);
        commands.put("flags", FlagsCommand.class);
        commands.put("rollout", RolloutCommand.class);
        commands.put("services", ServicesCommand.class);
        commands.put("acl", AclCommand.class);
        commands.put("session", SessionCommand.class);
        commands.put("lock", LockCommand.class);
        commands.put("event", EventCommand.class);
        commands.put("snapshot", SnapshotCommand.class);
        commands.put("backup", BackupCommand.class);
        commands.put("operator", OperatorCommand.class);
        commands.put("maint", MaintCommand.class);
        commands.put("info", AgentVerbs.Info.class);
        commands.put("join", AgentVerbs.Join.class);
        commands.put("leave", AgentVerbs.Leave.class);
        commands.put("force-leave", AgentVerbs.ForceLeave.class);
        commands.put("reload", AgentVerbs.Reload.class);
        commands.put("validate", ValidateCommand.class);
        commands.put("monitor", MonitorCommand.class);
        commands.put("top", TopCommand.class);
        commands.put("debug", DebugCommand.class);
        commands.put("rtt", RttCommand.class);
        commands.put("keygen", KeygenCommand.class);
        commands.put("tls", TlsCommand.class);
        commands.put("watch", WatchCommand.class);
        commands.put("wal", WalCommand.class);
        commands.put("disk", DiskCommand.class);
        commands.put("recover", RecoverCommand.class);
        commands.put("version", VersionCommand.class);
        commands.put("warm-up", WarmUpCommand.class);
        commands.put("help", CommandLine.HelpCommand.class);
        return commands;
    }

    /** Ends the process with a status of {@link ExitCode}. */
    public static void main(String[] args) {
        CommandLine commandLine = commandLine(args);
        System.exit(commandLine.execute(twoDashes(commandLine, args)));
    }

    /** {@code -help} and {@code -version} right after a command's name, as Consul's users write them, with the dashes of ours. */
    static String[] twoDashes(CommandLine commandLine, String... args) {
        String[] written = args.clone();
        CommandLine command = commandLine;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("-help") || args[i].equals("-version")) {
                written[i] = "-" + args[i];
            }
            command = command.getSubcommands().get(args[i]);
            if (command == null) {
                break;
            }
        }
        return written;
    }

    /**
     * Knows only the command that is called: to look at all of them by reflection takes longer than to start a server. For
     * anything else, help and mistakes among it, it knows all.
     */
    static CommandLine commandLine(String... args) {
        CommandLine commandLine = new CommandLine(new Coord());
        String called = args.length == 0 ? "" : args[0];
        COMMANDS.forEach((name, command) -> {
            if (name.equals(called) || called.equals("help") || !COMMANDS.containsKey(called)) {
                commandLine.addSubcommand(name, command);
            }
        });
        CommandLine agent = commandLine.getSubcommands().get("agent");
        if (agent != null) {
            WithoutEffect.addTo(agent.getCommandSpec());
        }
        for (String name : new String[] {"lock", "watch"}) {
            CommandLine runsAnother = commandLine.getSubcommands().get(name);
            if (runsAnother != null) {
                // What follows the command is its own.
                runsAnother.setStopAtPositional(true);
            }
        }
        // @FILE is ours: the value in a file, not arguments.
        return commandLine
                .setExpandAtFiles(false)
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
        if (e instanceof LogException log) {
            err.println("coord: " + log.getMessage());
            return (log.kind() == LogException.Kind.DAMAGED ? ExitCode.DAMAGED : ExitCode.DATA_DIR).status();
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
