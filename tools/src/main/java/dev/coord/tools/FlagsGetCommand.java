package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagDocument;
import dev.coord.client.ReadMode;
import dev.coord.server.ExitCode;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        description = "Prints a flag set as flagd's document, or one definition. Status 1 when there is none.")
final class FlagsGetCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(index = "0", paramLabel = "SET")
    private String set;

    @Parameters(index = "1", arity = "0..1", paramLabel = "FLAG")
    private @Nullable String flag;

    @Option(names = "--stale", description = "Take what the asked server has; needs no leader.")
    private boolean stale;

    @Override
    public Integer call() {
        ReadMode mode = stale ? ReadMode.STALE : ReadMode.LINEARIZABLE;
        Optional<FlagDocument> found;
        try (CoordClient client = connection.open()) {
            found = flag == null
                    ? client.flags().set(set, mode)
                    : client.flags().flag(set, flag, mode);
        }
        if (found.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("coord: there is no "
                            + (flag == null
                                    ? "flag set \"" + set + "\""
                                    : "flag \"" + flag + "\" in set \"" + set + "\""));
            return ExitCode.FAILED.status();
        }
        FlagDocument document = found.get();
        spec.commandLine()
                .getOut()
                .println(
                        connection.json()
                                ? new JsonText()
                                        .object()
                                        .put("modify_revision", document.modifyRevision())
                                        .putJson("document", document.json())
                                        .end()
                                : FlagText.pretty(document.json()));
        return ExitCode.OK.status();
    }
}
