package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.AgentCheck;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import dev.coord.server.command.CheckStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The form of a registration's file, version 1, or 2 where a check needs it. A check's status and output in it are those it was registered with; what it
 * found out since is in the file of the check states.
 */
final class RegistrationJson {

    static final int VERSION = 1;
    /** Of a file with a check that builds which know version 1 alone would take for one that is always critical. */
    private static final int VERSION_OF_AGENT_CHECKS = 2;

    private RegistrationJson() {}

    static String write(Registration registration) {
        boolean plain = registration.checks().stream()
                .allMatch(check -> CheckKind.definition(check).agent().equals(AgentCheck.NONE));
        JsonObject file = new JsonObject().put("version", plain ? VERSION : VERSION_OF_AGENT_CHECKS);
        if (registration.service() != null) {
            file.put("service", service(registration.service()));
        }
        JsonArray checks = new JsonArray();
        registration.checks().forEach(check -> checks.add(check(check)));
        return file.put("checks", checks).encodePrettily();
    }

    /**
     * @param node name of this server, which owns all that its directory holds
     * @throws RuntimeException if it is anything but such a file
     */
    static Registration read(String node, String text) {
        JsonObject file = new JsonObject(text);
        int version = Objects.requireNonNull(file.getInteger("version"), "no version");
        if (version < VERSION || version > VERSION_OF_AGENT_CHECKS) {
            throw new IllegalArgumentException("its version is " + version + ", and this server reads versions "
                    + VERSION + " to " + VERSION_OF_AGENT_CHECKS);
        }
        JsonObject service = file.getJsonObject("service");
        List<CheckEntry> checks = new ArrayList<>();
        for (Object check : file.getJsonArray("checks")) {
            checks.add(check(node, (JsonObject) check));
        }
        return new Registration(service == null ? null : service(node, service), checks);
    }

    private static JsonObject service(ServiceEntry service) {
        JsonObject addresses = new JsonObject();
        service.taggedAddresses()
                .forEach((tag, address) -> addresses.put(
                        tag, new JsonObject().put("address", address.address()).put("port", address.port())));
        return new JsonObject()
                .put("id", service.id())
                .put("name", service.name())
                .put("tags", new JsonArray(service.tags()))
                .put("address", service.address())
                .put("port", service.port())
                .put("tagged_addresses", addresses)
                .put("meta", strings(service.meta()))
                .put("weight_passing", service.weightPassing())
                .put("weight_warning", service.weightWarning())
                .put("enable_tag_override", service.enableTagOverride())
                .put("kind", service.kind());
    }

    private static ServiceEntry service(String node, JsonObject json) {
        Map<String, TaggedAddress> addresses = new HashMap<>();
        JsonObject tagged = json.getJsonObject("tagged_addresses");
        for (String tag : tagged.fieldNames()) {
            JsonObject address = tagged.getJsonObject(tag);
            addresses.put(tag, new TaggedAddress(address.getString("address"), address.getInteger("port")));
        }
        return new ServiceEntry(
                node,
                json.getString("id"),
                json.getString("name"),
                strings(json.getJsonArray("tags")),
                json.getString("address"),
                json.getInteger("port"),
                addresses,
                strings(json.getJsonObject("meta")),
                json.getInteger("weight_passing"),
                json.getInteger("weight_warning"),
                json.getBoolean("enable_tag_override"),
                json.getString("kind"),
                0,
                0);
    }

    private static JsonObject check(CheckEntry check) {
        CheckDefinition definition = CheckKind.definition(check);
        JsonObject header = new JsonObject();
        definition.header().forEach((name, values) -> header.put(name, new JsonArray(values)));
        JsonObject json = new JsonObject()
                .put("id", check.id())
                .put("name", check.name())
                .put("status", check.status().text())
                .put("notes", check.notes())
                .put("output", check.output())
                .put("service_id", check.serviceId())
                .put("type", check.type())
                .put("ttl_ms", definition.ttlMillis())
                .put("http", definition.http())
                .put("tcp", definition.tcp())
                .put("grpc", definition.grpc())
                .put("method", definition.method())
                .put("header", header)
                .put("body", definition.body())
                .put("tls_skip_verify", definition.tlsSkipVerify())
                .put("interval_ms", definition.intervalMillis())
                .put("timeout_ms", definition.timeoutMillis())
                .put("deregister_critical_service_after_ms", definition.deregisterCriticalServiceAfterMillis());
        AgentCheck agent = definition.agent();
        return agent.equals(AgentCheck.NONE)
                ? json
                : json.put("args", new JsonArray(agent.args()))
                        .put("alias_node", agent.aliasNode())
                        .put("alias_service", agent.aliasService())
                        .put("grpc_tls", agent.grpcTls())
                        .put("successes_before_passing", agent.successesBeforePassing())
                        .put("failures_before_critical", agent.failuresBeforeCritical())
                        .put("output_bytes_max", agent.outputBytesMax());
    }

    private static AgentCheck agentCheck(JsonObject json) {
        return json.containsKey("args")
                ? new AgentCheck(
                        strings(json.getJsonArray("args")),
                        json.getString("alias_node"),
                        json.getString("alias_service"),
                        json.getBoolean("grpc_tls"),
                        json.getInteger("successes_before_passing"),
                        json.getInteger("failures_before_critical"),
                        json.getInteger("output_bytes_max"))
                : AgentCheck.NONE;
    }

    private static CheckEntry check(String node, JsonObject json) {
        Map<String, List<String>> header = new HashMap<>();
        JsonObject headers = json.getJsonObject("header");
        headers.fieldNames().forEach(name -> header.put(name, strings(headers.getJsonArray(name))));
        CheckDefinition definition = new CheckDefinition(
                json.getLong("ttl_ms"),
                json.getString("http"),
                json.getString("tcp"),
                json.getString("grpc"),
                json.getString("method"),
                header,
                json.getString("body"),
                json.getBoolean("tls_skip_verify"),
                json.getLong("interval_ms"),
                json.getLong("timeout_ms"),
                json.getLong("deregister_critical_service_after_ms"),
                agentCheck(json));
        return new CheckEntry(
                node,
                json.getString("id"),
                json.getString("name"),
                CheckStatus.of(json.getString("status")).orElseThrow(),
                json.getString("notes"),
                json.getString("output"),
                json.getString("service_id"),
                "",
                List.of(),
                json.getString("type"),
                definition,
                0,
                0);
    }

    private static JsonObject strings(Map<String, String> map) {
        JsonObject json = new JsonObject();
        map.forEach(json::put);
        return json;
    }

    private static Map<String, String> strings(JsonObject json) {
        Map<String, String> map = new HashMap<>();
        json.fieldNames().forEach(name -> map.put(name, json.getString(name)));
        return map;
    }

    private static List<String> strings(JsonArray array) {
        List<String> list = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            list.add(array.getString(i));
        }
        return list;
    }
}
