package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "kv",
        mixinStandardHelpOptions = true,
        description = "Keys and values.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            KvGetCommand.class,
            KvPutCommand.class,
            KvListCommand.class,
            KvDeleteCommand.class,
            KvExportCommand.class,
            KvImportCommand.class,
            KvWatchCommand.class
        })
final class KvCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }
}
