package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "operator",
        mixinStandardHelpOptions = true,
        description = "Raft's peers, autopilot's settings, and what may fail.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {OperatorRaftCommand.class, OperatorAutopilotCommand.class, SurvivabilityCommand.class})
final class OperatorCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
