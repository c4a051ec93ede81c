package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagWrite;
import dev.coord.server.ExitCode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "put",
        mixinStandardHelpOptions = true,
        description =
                "Writes a whole flag set, so that flags that the document does not have go; or one definition. What"
                        + " flagd could not evaluate is refused, with its place and the rule, and nothing changes.")
final class FlagsPutCommand implements Callable<Integer> {

    /** What the servers accept. */
    private static final int DOCUMENT_BYTES_MAX = 2 * 1024 * 1024;

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Mixin
    private FlagWriteOptions options;

    @Parameters(index = "0", paramLabel = "SET")
    private String set;

    @Parameters(
            index = "1",
            paramLabel = "JSON",
            description = "Text; @FILE for what is in a file; - for standard input.")
    private String json;

    @Option(names = "--flag", paramLabel = "FLAG", description = "JSON is the definition of this flag alone.")
    private @Nullable String flag;

    @Override
    public Integer call() {
        String text = ValueArgument.read(json, DOCUMENT_BYTES_MAX).toStringUtf8();
        FlagWrite.Outcome outcome;
        try (CoordClient client = connection.open()) {
            outcome = flag == null
                    ? client.flags().putSet(set, text, options.write())
                    : client.flags().putFlag(set, flag, text, options.write());
        }
        FlagWriteOptions.say(connection, spec.commandLine().getOut(), set, outcome);
        return ExitCode.OK.status();
    }
}
