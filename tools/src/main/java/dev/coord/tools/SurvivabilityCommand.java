package dev.coord.tools;

import dev.coord.server.ExitCode;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "survivability",
        mixinStandardHelpOptions = true,
        description = {
            "Says for every server and every zone whether a majority is left when it fails.",
            "Status 1 when there is one whose loss would stop the cluster."
        })
final class SurvivabilityCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Override
    public Integer call() {
        JsonObject answer = http.get("/v1/operator/survivability");
        List<JsonObject> servers = AclText.objects(answer.getJsonArray("Servers"));
        List<JsonObject> zones = AclText.objects(answer.getJsonArray("Zones"));
        Console.say(http.json() ? GoJson.pretty(answer, "  ") : text(answer, servers, zones));
        boolean all = servers.stream().allMatch(SurvivabilityCommand::isSurvived)
                && zones.stream().allMatch(SurvivabilityCommand::isSurvived);
        return (all ? ExitCode.OK : ExitCode.FAILED).status();
    }

    private static String text(JsonObject answer, List<JsonObject> servers, List<JsonObject> zones) {
        TextTable table = new TextTable("Loss of", "Zone", "Voters", "Answers", "A majority survives");
        for (JsonObject server : servers) {
            table.add(
                    server.getString("Name").isEmpty() ? server.getString("Address") : server.getString("Name"),
                    server.getString("Zone").isEmpty() ? "-" : server.getString("Zone"),
                    server.getBoolean("Voter") ? "1" : "0",
                    server.getBoolean("Answers") ? "yes" : "no",
                    yesOrNo(server));
        }
        for (JsonObject zone : zones) {
            table.add(
                    "zone " + zone.getString("Zone"),
                    zone.getString("Zone"),
                    String.valueOf(zone.getInteger("Voters")),
                    "",
                    yesOrNo(zone));
        }
        return answer.getString("Summary") + System.lineSeparator() + table;
    }

    private static String yesOrNo(JsonObject what) {
        return isSurvived(what) ? "yes" : "NO";
    }

    private static boolean isSurvived(JsonObject what) {
        return Boolean.TRUE.equals(what.getBoolean("LossSurvived"));
    }
}
