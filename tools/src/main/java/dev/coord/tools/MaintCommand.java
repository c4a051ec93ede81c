package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "maint",
        mixinStandardHelpOptions = true,
        description = {
            "Takes a node or a service out of discovery, and back.",
            "The node is the server asked; the service one of its own. Without an option, prints what is out."
        })
final class MaintCommand implements Callable<Integer> {

    private static final String NODE = "_node_maintenance";
    private static final String SERVICE = "_service_maintenance:";

    @Mixin
    private HttpConnection http;

    @Option(
            names = {"--enable", "-enable"},
            description = "Out of discovery.")
    private boolean enable;

    @Option(
            names = {"--disable", "-disable"},
            description = "Back.")
    private boolean disable;

    @Option(
            names = {"--reason", "-reason"},
            paramLabel = "TEXT",
            description = "For people; with --enable.")
    private @Nullable String reason;

    @Option(
            names = {"--service", "-service"},
            paramLabel = "ID",
            description = "An instance's id, instead of the whole node.")
    private @Nullable String service;

    @Override
    public Integer call() {
        if (enable && disable) {
            throw new StartupException(ExitCode.USAGE, "Only one of -enable or -disable may be provided");
        }
        if (!enable && reason != null) {
            throw new StartupException(ExitCode.USAGE, "Reason may only be provided with -enable");
        }
        if (!enable && !disable) {
            if (service != null) {
                throw new StartupException(ExitCode.USAGE, "Service requires either -enable or -disable");
            }
            return show();
        }
        String path = service == null
                ? "/v1/agent/maintenance"
                : "/v1/agent/service/maintenance/" + HttpConnection.encoded(service);
        path = HttpConnection.with(path, "enable", String.valueOf(enable));
        http.send("PUT", reason == null ? path : HttpConnection.with(path, "reason", reason), "");
        String now = " is now " + (enable ? "enabled" : "disabled");
        return Console.say(
                service == null ? "Node maintenance" + now : "Service maintenance" + now + " for \"" + service + "\"");
    }

    private int show() {
        JsonObject checks = http.get("/v1/agent/checks");
        if (http.json()) {
            JsonObject out = new JsonObject();
            checks.stream()
                    .filter(entry ->
                            entry.getKey().equals(NODE) || entry.getKey().startsWith(SERVICE))
                    .forEach(entry -> out.put(entry.getKey(), entry.getValue()));
            return Console.say(GoJson.pretty(out, "  "));
        }
        for (String id : checks.fieldNames().stream().sorted().toList()) {
            JsonObject check = checks.getJsonObject(id);
            if (id.equals(NODE)) {
                Console.say("Node:\n  Name:   " + check.getString("Node") + "\n  Reason: " + check.getString("Notes")
                        + "\n");
            } else if (id.startsWith(SERVICE)) {
                Console.say("Service:\n  ID:     " + check.getString("ServiceID") + "\n  Reason: "
                        + check.getString("Notes") + "\n");
            }
        }
        return ExitCode.OK.status();
    }
}
