package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagEvaluation;
import dev.coord.server.ExitCode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        description =
                "Prints what a program with this context would get. Status 1 when it would take the default in its code.")
final class FlagsEvalCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(index = "0", paramLabel = "SET")
    private String set;

    @Parameters(index = "1", paramLabel = "FLAG")
    private String flag;

    @Parameters(
            index = "2..*",
            paramLabel = "ATTRIBUTE=TEXT",
            description = "The context; targetingKey is what fractions are made by.")
    private @Nullable Map<String, String> attributes;

    @Option(
            names = "--context",
            paramLabel = "JSON",
            description = "The context as an object, for other types than text.")
    private @Nullable String context;

    @Override
    public Integer call() {
        FlagEvaluation evaluation;
        try (CoordClient client = connection.open()) {
            evaluation = client.flags().evaluate(set, flag, context == null ? contextJson() : context);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (connection.json()) {
            JsonText json = new JsonText()
                    .object()
                    .putJson("value", evaluation.valueJson().isEmpty() ? "null" : evaluation.valueJson())
                    .put("variant", evaluation.variant())
                    .put("reason", evaluation.reason());
            evaluation.error().ifPresent(error -> json.put("error", error));
            out.println(json.end());
        } else if (evaluation.error().isEmpty()) {
            out.println(
                    evaluation.valueJson() + "  (variant " + evaluation.variant() + ", " + evaluation.reason() + ")");
        }
        if (evaluation.error().isPresent()) {
            spec.commandLine().getErr().println("coord: " + evaluation.error().get());
            return ExitCode.FAILED.status();
        }
        return ExitCode.OK.status();
    }

    private String contextJson() {
        JsonText json = new JsonText().object();
        if (attributes != null) {
            new TreeMap<>(attributes).forEach(json::put);
        }
        return json.end().toString();
    }
}
