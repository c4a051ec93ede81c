package dev.coord.tools;

import dev.coord.server.ExitCode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "catalog",
        mixinStandardHelpOptions = true,
        description = "Datacenters, nodes and services.",
        synopsisSubcommandLabel = "COMMAND")
final class CatalogCommand implements Callable<Integer> {

    private static final int SHORT_ID_CHARS = 8;
    private static final int TAGS_APART = 6;
    private static final String NODE_META = "KEY=VALUE";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(name = "datacenters", mixinStandardHelpOptions = true, description = "Prints the datacenters known.")
    int datacenters(@Mixin HttpConnection http) {
        JsonArray datacenters = http.list("/v1/catalog/datacenters");
        if (http.json()) {
            return Console.say(datacenters.encode());
        }
        datacenters.forEach(name -> Console.say(String.valueOf(name)));
        return ExitCode.OK.status();
    }

    @Command(name = "nodes", mixinStandardHelpOptions = true, description = "Prints nodes, all or those of a service.")
    int nodes(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--detailed", "-detailed"},
                            description = "With whole ids, addresses and metadata.")
                    boolean detailed,
            @Option(
                            names = {"--filter", "-filter"},
                            description = "Only those for which this expression holds.")
                    @Nullable
                    String filter,
            @Option(
                            names = {"--near", "-near"},
                            paramLabel = "NODE",
                            description = "The nearest first; _agent: as seen from the server asked.")
                    @Nullable
                    String near,
            @Option(
                            names = {"--node-meta", "-node-meta"},
                            paramLabel = NODE_META,
                            description = "Only nodes with this metadata; may be given again.")
                    @Nullable
                    Map<String, String> meta,
            @Option(
                            names = {"--service", "-service"},
                            description = "Only nodes that have an instance of it.")
                    @Nullable
                    String service) {
        String path = service == null ? "/v1/catalog/nodes" : "/v1/catalog/service/" + HttpConnection.encoded(service);
        path = withMeta(path, meta);
        path = filter == null ? path : HttpConnection.with(path, "filter", filter);
        path = near == null ? path : HttpConnection.with(path, "near", near);
        JsonArray found = http.list(path);
        if (http.json()) {
            return Console.say(GoJson.pretty(found, "  "));
        }
        Map<String, JsonObject> byName = new LinkedHashMap<>();
        AclText.objects(found).forEach(node -> byName.putIfAbsent(node.getString("Node"), node));
        if (byName.isEmpty()) {
            Console.note(spec, "No nodes match the given query - try expanding your search.");
            return ExitCode.OK.status();
        }
        return Console.say(nodes(byName.values().stream().toList(), detailed, service != null));
    }

    private static String nodes(List<JsonObject> nodes, boolean detailed, boolean ofService) {
        TextTable table = detailed
                ? new TextTable("Node", "ID", "Address", "DC", "TaggedAddresses", "Meta")
                : new TextTable("Node", "ID", "Address", "DC");
        for (JsonObject node : nodes) {
            String id = node.getString("ID", "");
            if (detailed) {
                table.add(
                        node.getString("Node"),
                        id,
                        node.getString("Address"),
                        node.getString("Datacenter"),
                        pairs(node.getJsonObject("TaggedAddresses")),
                        pairs(node.getJsonObject(ofService ? "NodeMeta" : "Meta")));
            } else {
                table.add(
                        node.getString("Node"),
                        id.substring(0, Math.min(id.length(), SHORT_ID_CHARS)),
                        node.getString("Address"),
                        node.getString("Datacenter"));
            }
        }
        return table.toString();
    }

    @Command(
            name = "services",
            mixinStandardHelpOptions = true,
            description = "Prints the names of services, all or those of a node.")
    int services(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--node", "-node"},
                            paramLabel = "NAME",
                            description = "Only those with an instance on this node, by name or id.")
                    @Nullable
                    String node,
            @Option(
                            names = {"--node-meta", "-node-meta"},
                            paramLabel = NODE_META,
                            description = "Only those on nodes with this metadata; may be given again.")
                    @Nullable
                    Map<String, String> meta,
            @Option(
                            names = {"--tags", "-tags"},
                            description = "With their tags.")
                    boolean tags) {
        Map<String, List<String>> services = new TreeMap<>();
        if (node == null) {
            http.get(withMeta("/v1/catalog/services", meta))
                    .forEach(entry -> services.put(entry.getKey(), texts((JsonArray) entry.getValue())));
        } else {
            HttpAnswer answer = http.ask(withMeta("/v1/catalog/node/" + HttpConnection.encoded(node), meta))
                    .orFail();
            if (!answer.text().strip().equals("null")) {
                answer.object().getJsonObject("Services").forEach(entry -> {
                    JsonObject service = (JsonObject) entry.getValue();
                    services.put(service.getString("Service"), texts(service.getJsonArray("Tags")));
                });
            }
        }
        if (http.json()) {
            JsonObject json = new JsonObject();
            services.forEach((name, all) -> json.put(name, new JsonArray(all)));
            return Console.say(GoJson.pretty(json, "  "));
        }
        if (services.isEmpty()) {
            Console.note(spec, "No services match the given query - try expanding your search.");
            return ExitCode.OK.status();
        }
        if (!tags) {
            return Console.say(String.join("\n", services.keySet()));
        }
        int width = services.keySet().stream().mapToInt(String::length).max().orElse(0) + TAGS_APART;
        services.forEach((name, all) ->
                Console.say((name + " ".repeat(width - name.length()) + String.join(",", all)).stripTrailing()));
        return ExitCode.OK.status();
    }

    private static String withMeta(String path, @Nullable Map<String, String> meta) {
        String with = path;
        if (meta != null) {
            for (Map.Entry<String, String> entry : meta.entrySet()) {
                with = HttpConnection.with(with, "node-meta", entry.getKey() + ":" + entry.getValue());
            }
        }
        return with;
    }

    private static List<String> texts(@Nullable JsonArray array) {
        return array == null
                ? List.of()
                : array.stream().map(String::valueOf).sorted().toList();
    }

    /** As Go programs list a map: by key. */
    static String pairs(@Nullable JsonObject map) {
        return map == null
                ? ""
                : new TreeMap<>(map.getMap())
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue())
                                .collect(Collectors.joining(", "));
    }
}
