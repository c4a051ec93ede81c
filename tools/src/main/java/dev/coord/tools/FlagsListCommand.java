package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagSetInfo;
import dev.coord.client.ServerFeature;
import dev.coord.server.ExitCode;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description =
                "Prints the servers' own features: what each risks, how it stands, whom it reaches; and the flag sets.")
final class FlagsListCommand implements Callable<Integer> {

    private static final int NAMES_MAX = 5;

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Option(names = "--long", description = "Say of each feature what it does and how a change takes effect, too.")
    private boolean longer;

    @Override
    public Integer call() {
        List<ServerFeature> features;
        List<FlagSetInfo> sets;
        try (CoordClient client = connection.open()) {
            features = client.flags().features();
            sets = client.flags().sets();
        }
        PrintWriter out = spec.commandLine().getOut();
        if (connection.json()) {
            out.println(json(features, sets));
        } else {
            for (ServerFeature feature : features) {
                print(out, feature);
            }
            out.println();
            out.println(table(sets));
        }
        return ExitCode.OK.status();
    }

    private void print(PrintWriter out, ServerFeature feature) {
        out.println(feature.name() + ": " + feature.state() + reach(feature));
        if (!feature.problem().isEmpty()) {
            out.println("  problem  " + feature.problem() + "; takes the safe choice, " + feature.safe());
        }
        out.println("  risk     " + feature.risk());
        if (longer) {
            out.println("  does     " + feature.what());
            out.println("  applied  " + feature.applied());
            out.println("  choices  " + String.join(", ", feature.choices()) + "; without a flag " + feature.unset()
                    + ", if the flag can't be evaluated " + feature.safe());
        }
    }

    private static String reach(ServerFeature feature) {
        return feature.reach().stream()
                .map(group -> "; " + group.choice() + " for " + group.count() + " " + group.kind() + " ("
                        + group.names().stream().limit(NAMES_MAX).collect(Collectors.joining(", "))
                        + (group.count() > NAMES_MAX ? ", ..." : "") + ")")
                .collect(Collectors.joining());
    }

    private static TextTable table(List<FlagSetInfo> sets) {
        TextTable table = new TextTable("SET", "FLAGS", "REVISION", "CHANGED", "BY");
        for (FlagSetInfo set : sets) {
            table.add(
                    set.name(),
                    String.valueOf(set.flags()),
                    String.valueOf(set.modifyRevision()),
                    set.changed().toString(),
                    set.author());
        }
        return table;
    }

    private static JsonText json(List<ServerFeature> features, List<FlagSetInfo> sets) {
        JsonText json = new JsonText().object().array("features");
        for (ServerFeature feature : features) {
            json.object()
                    .put("name", feature.name())
                    .put("state", feature.state())
                    .put("risk", feature.risk())
                    .put("what", feature.what())
                    .put("applied", feature.applied())
                    .put("choices", feature.choices())
                    .put("unset", feature.unset())
                    .put("safe", feature.safe())
                    .put("problem", feature.problem())
                    .array("reach");
            for (ServerFeature.Group group : feature.reach()) {
                json.object()
                        .put("choice", group.choice())
                        .put("kind", group.kind())
                        .put("count", group.count())
                        .put("names", group.names())
                        .end();
            }
            json.endArray().end();
        }
        json.endArray().array("sets");
        for (FlagSetInfo set : sets) {
            json.object()
                    .put("name", set.name())
                    .put("flags", set.flags())
                    .put("author", set.author())
                    .put("changed", set.changed().toString())
                    .put("create_revision", set.createRevision())
                    .put("modify_revision", set.modifyRevision())
                    .end();
        }
        return json.endArray().end();
    }
}
