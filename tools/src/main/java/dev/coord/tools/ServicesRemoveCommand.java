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
        name = "remove",
        mixinStandardHelpOptions = true,
        description = {
            "Removes an instance with its checks from the catalog.",
            "One that a server's agent keeps (coord services register) comes back: use coord services deregister."
        })
final class ServicesRemoveCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(paramLabel = "ID", description = "The instance's id.")
    private String id;

    @Option(names = "--node", paramLabel = "NAME", description = "Its node (default: this machine).")
    private @Nullable String node;

    @Override
    public Integer call() {
        try (CoordClient client = connection.open(node)) {
            client.deregister(id);
        }
        spec.commandLine()
                .getOut()
                .println(
                        connection.json()
                                ? new JsonText()
                                        .object()
                                        .put("id", id)
                                        .put("applied", true)
                                        .end()
                                : "deregistered " + id);
        return ExitCode.OK.status();
    }
}
