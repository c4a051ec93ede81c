package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = "Looks at who watches. To watch something: coord kv watch, coord services watch.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = WatchStatsCommand.class)
final class WatchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
