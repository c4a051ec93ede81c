package dev.coord.tools;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "members",
        mixinStandardHelpOptions = true,
        description = {
            "Prints servers and agents; needs no leader.",
            "As \"consul members\" does. Status 2 when none matches. More of the servers alone: coord servers."
        })
final class MembersCommand implements Callable<Integer> {

    /** By number. */
    private static final List<String> STATUSES = List.of("none", "alive", "leaving", "left", "failed");

    private static final int NONE_MATCHES = 2;

    @Mixin
    private HttpConnection http;

    @Option(
            names = {"--detailed", "-detailed"},
            description = "With all tags.")
    private boolean detailed;

    @Option(
            names = {"--status", "-status"},
            paramLabel = "PATTERN",
            defaultValue = ".*",
            description = "Only those whose status matches: alive, leaving, left, failed.")
    private String status;

    @Option(
            names = {"--wan", "-wan"},
            description = "The servers of all datacenters.")
    private boolean wan;

    @Option(
            names = {"--segment", "-segment"},
            hidden = true,
            defaultValue = "")
    private String segment;

    @Override
    public Integer call() {
        Pattern wanted = pattern();
        String path = "/v1/agent/members" + (wan ? "?wan=1" : "");
        if (!segment.isEmpty()) {
            path = HttpConnection.with(path, "segment", segment);
        }
        List<JsonObject> members = AclText.objects(http.list(path)).stream()
                .filter(member -> wanted.matcher(status(member)).find())
                .sorted(Comparator.comparing(member -> member.getString("Name")))
                .toList();
        if (http.json()) {
            Console.say(GoJson.pretty(new JsonArray(members), "  "));
        } else if (!members.isEmpty()) {
            Console.say(detailed ? detailed(members) : table(members));
        }
        return members.isEmpty() ? NONE_MATCHES : ExitCode.OK.status();
    }

    private Pattern pattern() {
        try {
            return Pattern.compile(status);
        } catch (PatternSyntaxException e) {
            throw new StartupException(ExitCode.USAGE, "Failed to compile status regexp: " + e.getMessage(), e);
        }
    }

    private static String table(List<JsonObject> members) {
        TextTable table = new TextTable("Node", "Address", "Status", "Type", "Build", "Protocol", "DC", "Segment");
        for (JsonObject member : members) {
            JsonObject tags = member.getJsonObject("Tags");
            boolean server = isServer(member);
            table.add(
                    member.getString("Name"),
                    address(member),
                    status(member),
                    server ? "server" : "client",
                    tags.getString("build", "").replaceFirst(":.*", ""),
                    tags.getString("vsn", ""),
                    tags.getString("dc", ""),
                    server ? "<all>" : "<default>");
        }
        return table.toString();
    }

    private static String detailed(List<JsonObject> members) {
        TextTable table = new TextTable("Node", "Address", "Status", "Tags");
        for (JsonObject member : members) {
            if (isServer(member)) {
                member.getJsonObject("Tags").put("segment", "<all>");
            }
            table.add(
                    member.getString("Name"),
                    address(member),
                    status(member),
                    CatalogCommand.pairs(member.getJsonObject("Tags")).replace(", ", ","));
        }
        return table.toString();
    }

    private static boolean isServer(JsonObject member) {
        return member.getJsonObject("Tags").getString("role", "").equals("consul");
    }

    private static String address(JsonObject member) {
        String host = member.getString("Addr");
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + member.getInteger("Port");
    }

    private static String status(JsonObject member) {
        int number = member.getInteger("Status");
        return number >= 0 && number < STATUSES.size() ? STATUSES.get(number) : "unknown";
    }
}
