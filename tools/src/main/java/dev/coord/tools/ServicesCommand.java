package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "services",
        mixinStandardHelpOptions = true,
        description = "Services and their instances.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ServicesRegisterCommand.class,
            ServicesDeregisterCommand.class,
            ServicesRunCommand.class,
            ServicesRemoveCommand.class,
            ServicesListCommand.class,
            ServicesHoldCommand.class,
            ServicesReleaseCommand.class,
            ServicesChecksCommand.class,
            ServicesWatchCommand.class
        })
final class ServicesCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
