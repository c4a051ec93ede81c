package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagWrite;
import dev.coord.server.ExitCode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Deletes a flag, or a whole set. Deleting what is not there succeeds; undo brings it back.")
final class FlagsDeleteCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Mixin
    private FlagWriteOptions options;

    @Parameters(index = "0", paramLabel = "SET")
    private String set;

    @Parameters(index = "1", arity = "0..1", paramLabel = "FLAG", description = "Left out: the whole set.")
    private @Nullable String flag;

    @Override
    public Integer call() {
        FlagWrite.Outcome outcome;
        try (CoordClient client = connection.open()) {
            outcome = flag == null
                    ? client.flags().deleteSet(set, options.write())
                    : client.flags().deleteFlag(set, flag, options.write());
        }
        FlagWriteOptions.say(connection, spec.commandLine().getOut(), set, outcome);
        return ExitCode.OK.status();
    }
}
