package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "wal",
        mixinStandardHelpOptions = true,
        description = "The servers' logs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {WalOnlineCommand.class})
final class WalCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
