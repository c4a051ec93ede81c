package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "wal",
        mixinStandardHelpOptions = true,
        description = {
            "Looks after the servers' logs: 'online' those of running servers, all else that of a stopped one.",
            "DIR is a server's data directory or a log's own. Nothing is written to it unless --in-place says so, and a"
                    + " directory that a live server holds is refused."
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Exit status 8: damage, or a difference between copies, was found."},
        subcommands = {
            WalInspectCommand.class,
            WalVerifyCommand.class,
            WalDumpCommand.class,
            WalCopyCommand.class,
            WalCompactCommand.class,
            WalMigrateCommand.class,
            WalStatsCommand.class,
            WalBenchCommand.class,
            WalOnlineCommand.class
        })
final class WalCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
