package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rtt", mixinStandardHelpOptions = true, description = "Estimates the round trip between two nodes.")
final class RttCommand implements Callable<Integer> {

    private static final double MILLIS = 1_000;

    @Mixin
    private HttpConnection http;

    @Parameters(arity = "1..2", paramLabel = "NODE", description = "One: from it to the server asked.")
    private List<String> nodes = List.of();

    @Option(
            names = {"--wan", "-wan"},
            description = "Not offered: there is one datacenter.")
    private boolean wan;

    @Override
    public Integer call() {
        if (wan) {
            throw new StartupException(
                    ExitCode.USAGE, "-wan: there is one datacenter, so there are no coordinates between datacenters");
        }
        String from = nodes.get(0);
        String to = nodes.size() > 1
                ? nodes.get(1)
                : http.get("/v1/agent/self").getJsonObject("Config").getString("NodeName");
        JsonArray coordinates = http.list("/v1/coordinate/nodes");
        double seconds = distance(of(from, coordinates), of(to, coordinates));
        String millis = String.format(Locale.ROOT, "%.3f", seconds * MILLIS);
        return Console.say(
                http.json()
                        ? new JsonText()
                                .object()
                                .put("from", from)
                                .put("to", to)
                                .put("rtt_seconds", seconds)
                                .end()
                                .toString()
                        : "Estimated " + from + " <-> " + to + " rtt: " + millis + " ms (using LAN coordinates)");
    }

    private static JsonObject of(String node, JsonArray coordinates) {
        return AclText.objects(coordinates).stream()
                .filter(entry -> node.equals(entry.getString("Node")))
                .findFirst()
                .orElseThrow(() ->
                        new StartupException(ExitCode.FAILED, "Could not find a coordinate for node \"" + node + "\""))
                .getJsonObject("Coord");
    }

    /** Vivaldi's: the vectors' distance and both heights; with both adjustments, where that leaves something. */
    private static double distance(JsonObject one, JsonObject other) {
        JsonArray a = one.getJsonArray("Vec");
        JsonArray b = other.getJsonArray("Vec");
        if (a.size() != b.size()) {
            throw new StartupException(ExitCode.FAILED, "the coordinates have different dimensions");
        }
        double squares = 0;
        for (int i = 0; i < a.size(); i++) {
            double difference = a.getDouble(i) - b.getDouble(i);
            squares += difference * difference;
        }
        double distance = Math.sqrt(squares) + one.getDouble("Height") + other.getDouble("Height");
        double adjusted = distance + one.getDouble("Adjustment") + other.getDouble("Adjustment");
        return adjusted > 0 ? adjusted : distance;
    }
}
