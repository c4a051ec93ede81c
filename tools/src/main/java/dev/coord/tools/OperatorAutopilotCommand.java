package dev.coord.tools;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "autopilot",
        mixinStandardHelpOptions = true,
        description = "The settings of Consul's autopilot: when dead servers go.",
        synopsisSubcommandLabel = "COMMAND")
final class OperatorAutopilotCommand implements Callable<Integer> {

    private static final String CONFIGURATION = "/v1/operator/autopilot/configuration";

    /** In the order that they are printed. */
    private static final List<String> FIELDS = List.of(
            "CleanupDeadServers",
            "LastContactThreshold",
            "MaxTrailingLogs",
            "MinQuorum",
            "ServerStabilizationTime",
            "RedundancyZoneTag",
            "DisableUpgradeMigration",
            "UpgradeVersionTag");

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(name = "get-config", mixinStandardHelpOptions = true, description = "Prints the settings.")
    int getConfig(@Mixin HttpConnection http) {
        JsonObject configuration = http.get(CONFIGURATION);
        if (http.json()) {
            return Console.say(GoJson.pretty(configuration, "  "));
        }
        for (String field : FIELDS) {
            Object value = configuration.getValue(field);
            Console.say(field + " = " + (field.endsWith("Tag") ? "\"" + (value == null ? "" : value) + "\"" : value));
        }
        return 0;
    }

    @Command(name = "set-config", mixinStandardHelpOptions = true, description = "Changes those that are given.")
    int setConfig(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--cleanup-dead-servers", "-cleanup-dead-servers"},
                            arity = "1")
                    @Nullable
                    Boolean cleanup,
            @Option(
                            names = {"--last-contact-threshold", "-last-contact-threshold"},
                            paramLabel = "DURATION")
                    @Nullable
                    String lastContact,
            @Option(names = {"--max-trailing-logs", "-max-trailing-logs"}) @Nullable Long trailing,
            @Option(names = {"--min-quorum", "-min-quorum"}) @Nullable Long quorum,
            @Option(
                            names = {"--server-stabilization-time", "-server-stabilization-time"},
                            paramLabel = "DURATION")
                    @Nullable
                    String stabilization,
            @Option(names = {"--redundancy-zone-tag", "-redundancy-zone-tag"}) @Nullable String zoneTag,
            @Option(
                            names = {"--disable-upgrade-migration", "-disable-upgrade-migration"},
                            arity = "1")
                    @Nullable
                    Boolean noMigration,
            @Option(names = {"--upgrade-version-tag", "-upgrade-version-tag"}) @Nullable String versionTag) {
        JsonObject configuration = http.get(CONFIGURATION);
        // So that somebody else's change in between is not undone.
        String index = String.valueOf(configuration.getValue("ModifyIndex"));
        putIfGiven(configuration, "CleanupDeadServers", cleanup);
        putIfGiven(configuration, "LastContactThreshold", lastContact);
        putIfGiven(configuration, "MaxTrailingLogs", trailing);
        putIfGiven(configuration, "MinQuorum", quorum);
        putIfGiven(configuration, "ServerStabilizationTime", stabilization);
        putIfGiven(configuration, "RedundancyZoneTag", zoneTag);
        putIfGiven(configuration, "DisableUpgradeMigration", noMigration);
        putIfGiven(configuration, "UpgradeVersionTag", versionTag);
        boolean changed = Boolean.parseBoolean(
                http.send("PUT", HttpConnection.with(CONFIGURATION, "cas", index), configuration.encode())
                        .strip());
        if (!changed) {
            Console.note(spec, "coord: Configuration could not be atomically updated, please try again");
            return 1;
        }
        return Console.say("Configuration updated!");
    }

    private static void putIfGiven(JsonObject configuration, String field, @Nullable Object value) {
        if (value != null) {
            configuration.put(field, value);
        }
    }
}
