package dev.coord.tools;

import dev.coord.client.WatchTarget;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description =
                "Prints the definitions in a flag set, and every change until Ctrl-C. The set need not exist yet.")
final class FlagsWatchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Mixin
    private WatchOptions options;

    @Parameters(paramLabel = "SET")
    private String set;

    @Override
    public Integer call() {
        return new WatchPrinter<>(spec, connection, FlagText::line, FlagText::write)
                .run(WatchTarget.flagSet(set), options.mode());
    }
}
