package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagWrite;
import dev.coord.server.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "undo",
        mixinStandardHelpOptions = true,
        description = "Takes the version before the newest back; a deleted set, too. To undo again is to redo.")
final class FlagsUndoCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Mixin
    private FlagWriteOptions options;

    @Parameters(paramLabel = "SET")
    private String set;

    @Override
    public Integer call() {
        FlagWrite.Outcome outcome;
        try (CoordClient client = connection.open()) {
            outcome = client.flags().undo(set, options.write());
        }
        FlagWriteOptions.say(connection, spec.commandLine().getOut(), set, outcome);
        return ExitCode.OK.status();
    }
}
