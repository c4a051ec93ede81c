package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagVersion;
import dev.coord.client.FlagVersion.Delta;
import dev.coord.server.ExitCode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        description =
                "Prints who changed what in a flag set, the newest first: + new, ~ changed, - gone. Status 1 when there"
                        + " never was such a set.")
final class FlagsHistoryCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(paramLabel = "SET")
    private String set;

    @Override
    public Integer call() {
        List<FlagVersion> versions;
        try (CoordClient client = connection.open()) {
            versions = client.flags().history(set);
        }
        if (versions.isEmpty()) {
            spec.commandLine().getErr().println("coord: there is no flag set \"" + set + "\"");
            return ExitCode.FAILED.status();
        }
        PrintWriter out = spec.commandLine().getOut();
        for (FlagVersion version : versions) {
            if (connection.json()) {
                out.println(json(version));
            } else {
                out.println("revision " + version.revision() + "  " + version.time() + "  " + action(version) + " by "
                        + version.author());
                version.deltas().forEach(delta -> out.println("  " + FlagText.line(delta)));
            }
        }
        return ExitCode.OK.status();
    }

    private static String action(FlagVersion version) {
        return version.action().name().toLowerCase(Locale.ROOT);
    }

    private static JsonText json(FlagVersion version) {
        JsonText json = new JsonText()
                .object()
                .put("revision", version.revision())
                .put("time", version.time().toString())
                .put("author", version.author())
                .put("action", action(version))
                .array("changes");
        for (Delta delta : version.deltas()) {
            json.object()
                    .put("flag", delta.name())
                    .putJson("from", delta.from() == null ? "null" : delta.from())
                    .putJson("to", delta.to() == null ? "null" : delta.to())
                    .end();
        }
        return json.endArray().end();
    }
}
