package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.HeldCheck;
import dev.coord.server.ExitCode;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "checks",
        mixinStandardHelpOptions = true,
        description = "Prints the checks that the cluster holds, and which server runs each.")
final class ServicesChecksCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(arity = "0..1", paramLabel = "SERVICE", defaultValue = "", description = "Left out: of all.")
    private String service;

    @Override
    public Integer call() {
        List<HeldCheck> checks;
        try (CoordClient client = connection.open()) {
            checks = client.heldChecks(service);
        }
        JsonText json = new JsonText().array();
        TextTable table = new TextTable("NODE", "CHECK", "SERVICE", "HEALTH", "RUN BY");
        for (HeldCheck check : checks) {
            String health = check.health().name().toLowerCase(Locale.ROOT);
            json.object()
                    .put("node", check.node())
                    .put("id", check.id())
                    .put("service", check.service())
                    .put("health", health)
                    .put("output", check.output())
                    .put("runner", check.runner())
                    .end();
            table.add(
                    check.node(),
                    check.id(),
                    check.service(),
                    health,
                    check.runner().isEmpty() ? "nobody yet" : check.runner());
        }
        spec.commandLine().getOut().println(connection.json() ? json.endArray() : table);
        return ExitCode.OK.status();
    }
}
