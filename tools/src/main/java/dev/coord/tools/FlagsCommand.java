package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "flags",
        mixinStandardHelpOptions = true,
        description =
                "Feature flags: flagd's documents in flag sets, one for each service. The set \"coord\" switches the"
                        + " servers' own features.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            FlagsListCommand.class,
            FlagsGetCommand.class,
            FlagsSetCommand.class,
            FlagsPutCommand.class,
            FlagsDeleteCommand.class,
            FlagsHistoryCommand.class,
            FlagsUndoCommand.class,
            FlagsWatchCommand.class,
            FlagsEvalCommand.class
        })
final class FlagsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
