package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "rollout",
        mixinStandardHelpOptions = true,
        description = {
            "Brings one of the servers' features to where it is wanted in steps, judged by what the servers measure of"
                    + " themselves; goes back by itself when a guard breaks.",
            "See coord flags list for the features."
        },
        synopsisSubcommandLabel = "COMMAND")
final class RolloutCommand implements Callable<Integer> {

    private static final String ROLLOUTS = "/v1/rollouts";
    private static final String OVERRIDES = "/v1/agent/overrides";
    private static final String FEATURE = "A feature, as coord flags list names it.";
    private static final String NONE = "there was no rollout of \"%s\": coord rollout list names those there were";
    private static final long LOOK_MILLIS = 1_000;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "start",
            mixinStandardHelpOptions = true,
            description = "Begins: measures what is usual, then takes the first step.")
    int start(
            @Mixin HttpConnection http,
            @Parameters(paramLabel = "FEATURE", description = FEATURE) String feature,
            @Option(
                            names = "--to",
                            paramLabel = "CHOICE",
                            defaultValue = "",
                            description = "Where it goes (default: true, for what is on or off).")
                    String to,
            @Option(
                            names = "--service",
                            paramLabel = "NAME",
                            defaultValue = "",
                            description = "Only for this service: percentages are of its clients, by address.")
                    String service,
            @Option(
                            names = "--steps",
                            paramLabel = "PERCENT",
                            split = ",",
                            defaultValue = "1,10,50,100",
                            description = "Rising; the last is the end (default: ${DEFAULT-VALUE}).")
                    List<Integer> steps,
            @Option(
                            names = "--soak",
                            paramLabel = "DURATION",
                            defaultValue = "10m",
                            description = "How long each step must hold (default: ${DEFAULT-VALUE}).")
                    String soak,
            @Option(
                            names = "--baseline",
                            paramLabel = "DURATION",
                            defaultValue = "1m",
                            description = "How long is measured before the first step (default: ${DEFAULT-VALUE}).")
                    String baseline,
            @Option(
                            names = "--guard",
                            paramLabel = "SIGNAL=FACTORx[,FLOOR]",
                            description = "Broken above so many times the baseline, but never below the floor; may be"
                                    + " given several times. Defaults: commit-p99=2x,50ms sync-p99=3x,100ms"
                                    + " event-lag-p99=3x,2000ms apply-queue=3x,1000 cpu=1.5x,90%% error-rate=2x,1%%.")
                    @Nullable
                    List<String> guards,
            @Option(
                            names = "--samples",
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "Fewer commits in a soak are no evidence, and the step waits"
                                    + " (default: ${DEFAULT-VALUE}).")
                    int samples,
            @Option(names = "--without-evidence", description = "Go on even without evidence.") boolean blind) {
        JsonObject body = new JsonObject()
                .put("To", to)
                .put("Service", service)
                .put("Steps", new JsonArray(steps))
                .put("Soak", soak)
                .put("Baseline", baseline)
                .put("Guards", new JsonArray(guards == null ? List.of() : guards))
                .put("SamplesMin", samples)
                .put("WithoutEvidence", blind);
        return print(http, http.put(path(feature, ""), body));
    }

    @Command(name = "pause", mixinStandardHelpOptions = true, description = "Stays at the step; the guards go on.")
    int pause(@Mixin HttpConnection http, @Parameters(paramLabel = "FEATURE", description = FEATURE) String feature) {
        return print(http, http.put(path(feature, "/pause"), new JsonObject()));
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Goes on after a pause; the step's soak begins anew.")
    int resume(@Mixin HttpConnection http, @Parameters(paramLabel = "FEATURE", description = FEATURE) String feature) {
        return print(http, http.put(path(feature, "/resume"), new JsonObject()));
    }

    @Command(
            name = "abort",
            mixinStandardHelpOptions = true,
            description = "Puts the flag back to exactly what it was before the first step.")
    int abort(@Mixin HttpConnection http, @Parameters(paramLabel = "FEATURE", description = FEATURE) String feature) {
        return print(http, http.put(path(feature, "/abort"), new JsonObject()));
    }

    @Command(
            name = "lift",
            mixinStandardHelpOptions = true,
            description = "Ends the hold of a rollout that has gone back: it soaks anew and goes on.")
    int lift(@Mixin HttpConnection http, @Parameters(paramLabel = "FEATURE", description = FEATURE) String feature) {
        return print(http, http.put(path(feature, "/lift"), new JsonObject()));
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Prints all rollouts that are remembered.")
    int list(@Mixin HttpConnection http) {
        JsonArray rollouts = http.list(ROLLOUTS);
        boolean json = http.json();
        spec.commandLine().getOut().println(json ? rollouts.encodePrettily() : RolloutText.table(rollouts));
        return ExitCode.OK.status();
    }

    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description =
                    "Prints what happened to a feature's rollouts: who or what moved it, when, from where to where, why,"
                            + " and by what figures. Status 1 when there was none.")
    int history(@Mixin HttpConnection http, @Parameters(paramLabel = "FEATURE", description = FEATURE) String feature) {
        JsonArray all = http.list(ROLLOUTS);
        JsonArray own = new JsonArray();
        for (int i = 0; i < all.size(); i++) {
            if (all.getJsonObject(i).getString("Feature").equals(feature)) {
                own.add(all.getJsonObject(i));
            }
        }
        if (own.isEmpty()) {
            throw new StartupException(ExitCode.FAILED, NONE.formatted(feature));
        }
        spec.commandLine().getOut().println(http.json() ? own.encodePrettily() : RolloutText.history(own));
        return ExitCode.OK.status();
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description =
                    "Prints where a feature's newest rollout is and what it is judged by. Status 1 while it is held, and"
                            + " when there was none.")
    int status(
            @Mixin HttpConnection http,
            @Parameters(paramLabel = "FEATURE", description = FEATURE) String feature,
            @Option(names = "--watch", description = "Print it anew every second, until it has ended or is held.")
                    boolean watch)
            throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        while (true) {
            HttpAnswer answer = http.ask(path(feature, ""));
            if (answer.isMissing()) {
                throw new StartupException(ExitCode.FAILED, NONE.formatted(feature));
            }
            JsonObject rollout = answer.orFail().object();
            if (http.json()) {
                out.println(watch ? rollout.encode() : rollout.encodePrettily());
            } else {
                out.println(RolloutText.status(rollout, http.list(ROLLOUTS + "/signals")));
            }
            out.flush();
            String phase = rollout.getString("Phase");
            boolean held = phase.equals("held");
            if (!watch || held || !(phase.equals("baseline") || phase.equals("soaking"))) {
                return (held ? ExitCode.FAILED : ExitCode.OK).status();
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    @Command(
            name = "override",
            mixinStandardHelpOptions = true,
            description = {
                "Puts a feature where it is wanted on the asked server alone, whatever the replicated flag says; needs no"
                        + " leader. Counts within a second or two, until it is cleared.",
                "Without a feature: prints what is overridden."
            })
    int override(
            @Mixin HttpConnection http,
            @Parameters(arity = "0..1", paramLabel = "FEATURE", description = FEATURE) @Nullable String feature,
            @Parameters(arity = "0..1", paramLabel = "CHOICE", description = "One of the feature's choices.") @Nullable
                    String choice,
            @Option(names = "--clear", description = "The replicated flag counts again.") boolean clear) {
        if (feature == null) {
            return printOverrides(http, http.get(OVERRIDES));
        }
        if ((choice == null) != clear) {
            throw new StartupException(ExitCode.USAGE, "give either a choice for " + feature + " or --clear");
        }
        String path = OVERRIDES + "/" + HttpConnection.encoded(feature);
        if (choice == null) {
            return printOverrides(http, new JsonObject(http.send("DELETE", path, "")));
        }
        Object value = choice.equals("true") || choice.equals("false") ? Boolean.valueOf(choice) : choice;
        return printOverrides(
                http,
                http.put(
                        path,
                        new JsonObject()
                                .put("state", "ENABLED")
                                .put("variants", new JsonObject().put("override", value))
                                .put("defaultVariant", "override")));
    }

    private int printOverrides(HttpConnection http, JsonObject overrides) {
        PrintWriter out = spec.commandLine().getOut();
        if (http.json()) {
            out.println(overrides.encodePrettily());
        } else if (overrides.isEmpty()) {
            out.println("Nothing is overridden on this server.");
        } else {
            TextTable table = new TextTable("FEATURE", "HERE");
            for (String feature : overrides.fieldNames()) {
                JsonObject flag = overrides.getJsonObject(feature);
                table.add(
                        feature,
                        String.valueOf(flag.getJsonObject("variants")
                                .getValue(flag.getString("defaultVariant", ""), "by a rule")));
            }
            out.println(table);
        }
        return ExitCode.OK.status();
    }

    private static String path(String feature, String action) {
        String author = "?author=" + HttpConnection.encoded(FlagWriteOptions.userAtHost());
        return ROLLOUTS + "/" + HttpConnection.encoded(feature) + action + author;
    }

    private int print(HttpConnection http, JsonObject rollout) {
        spec.commandLine()
                .getOut()
                .println(http.json() ? rollout.encodePrettily() : RolloutText.status(rollout, new JsonArray()));
        return ExitCode.OK.status();
    }
}
