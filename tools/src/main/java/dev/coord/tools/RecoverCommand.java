package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "recover",
        mixinStandardHelpOptions = true,
        description = "What can be had of servers' data without a cluster.",
        subcommands = {
            RecoverInspectCommand.class,
            RecoverExportCommand.class,
            RecoverVerifyCommand.class,
            RecoverCollectCommand.class,
            RecoverMakePlanCommand.class,
            RecoverApplyPlanCommand.class
        })
final class RecoverCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
