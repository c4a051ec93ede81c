package dev.coord.tools;

import dev.coord.client.CoordClient;
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
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Deletes a key. To delete what is not there succeeds.")
final class KvDeleteCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(paramLabel = "KEY")
    private String key;

    @Option(names = "--recurse", description = "Everything that starts with KEY, at once.")
    private boolean recurse;

    @Option(
            names = "--cas",
            paramLabel = "REVISION",
            description = "Only if the key was changed last in this revision.")
    private @Nullable Long expected;

    @Override
    public Integer call() {
        if (recurse && expected != null) {
            spec.commandLine().getErr().println("coord: --recurse and --cas exclude each other");
            return ExitCode.USAGE.status();
        }
        try (CoordClient client = connection.open()) {
            if (recurse) {
                client.kv().deleteTree(key);
            } else if (expected == null) {
                client.kv().delete(key);
            } else if (!client.kv().compareAndDelete(key, expected)) {
                spec.commandLine()
                        .getErr()
                        .println("coord: key \"" + key + "\" was changed in another revision than " + expected
                                + "; nothing happened");
                return ExitCode.FAILED.status();
            }
        }
        spec.commandLine()
                .getOut()
                .println(
                        connection.json()
                                ? new JsonText()
                                        .object()
                                        .put("key", key)
                                        .put("applied", true)
                                        .end()
                                : "deleted " + key);
        return ExitCode.OK.status();
    }
}
