package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.server.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "release",
        mixinStandardHelpOptions = true,
        description = "Removes a node that \"coord services hold\" has made, with its instance and checks.")
final class ServicesReleaseCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(paramLabel = "NODE")
    private String node;

    @Override
    public Integer call() {
        try (CoordClient client = connection.open()) {
            client.deregisterHeld(node);
        }
        spec.commandLine()
                .getOut()
                .println(
                        connection.json()
                                ? new JsonText()
                                        .object()
                                        .put("node", node)
                                        .put("applied", true)
                                        .end()
                                : "released " + node);
        return ExitCode.OK.status();
    }
}
