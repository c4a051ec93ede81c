package dev.coord.server.http;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes commands of what clients send to {@code /v1/catalog/register} and {@code deregister}. */
final class CatalogRequest {

    private static final Pattern UUID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    private CatalogRequest() {}

    static Command register(JsonBody body, String datacenter) {
        String node = nodeName(body);
        String address = body.string("Address");
        boolean skipNodeUpdate = body.bool("SkipNodeUpdate");
        if (address.isEmpty() && !skipNodeUpdate) {
            throw HttpError.internal("Must provide address if SkipNodeUpdate is not set");
        }
        NodeEntry entry = new NodeEntry(
                nodeId(body.string("ID")),
                node,
                address,
                datacenter,
                body.stringMap("TaggedAddresses"),
                body.stringMap("NodeMeta"),
                0,
                0);
        ServiceEntry service =
                body.object("Service").map(fields -> service(fields, node)).orElse(null);
        List<CheckEntry> checks = new ArrayList<>();
        body.object("Check").ifPresent(check -> checks.add(check(check, node, true)));
        body.objects("Checks").forEach(check -> checks.add(check(check, node, true)));
        return new Command.Register(entry, service, checks, skipNodeUpdate);
    }

    static Command deregister(JsonBody body) {
        return new Command.Deregister(nodeName(body), orNull(body.string("ServiceID")), orNull(body.string("CheckID")));
    }

    private static String nodeName(JsonBody body) {
        String node = body.string("Node");
        if (node.isEmpty()) {
            throw HttpError.internal("Must provide node");
        }
        return node;
    }

    static String nodeId(String id) {
        if (!id.isEmpty() && !UUID.matcher(id).matches()) {
            throw HttpError.internal("Bad node ID: \"" + id + "\" is not a UUID");
        }
        return id;
    }

    static ServiceEntry service(JsonBody fields, String node) {
        String id = fields.string("ID");
        String name = fields.string("Service");
        int port = fields.integer("Port", 0);
        if (name.isEmpty()) {
            throw HttpError.internal(id.isEmpty() ? "Must provide service name" : "Must provide service name with ID");
        }
        int passing = 1;
        int warning = 1;
        JsonBody weights = fields.object("Weights").orElse(null);
        if (weights != null) {
            passing = weights.integer("Passing", 1);
            warning = weights.integer("Warning", 0);
        }
        return new ServiceEntry(
                node,
                id.isEmpty() ? name : id,
                name,
                fields.strings("Tags"),
                fields.string("Address"),
                port,
                taggedAddresses(fields),
                fields.stringMap("Meta"),
                passing,
                warning,
                fields.bool("EnableTagOverride"),
                fields.string("Kind"),
                0,
                0);
    }

    private static Map<String, TaggedAddress> taggedAddresses(JsonBody fields) {
        Map<String, TaggedAddress> addresses = new LinkedHashMap<>();
        fields.objectMap("TaggedAddresses")
                .forEach((tag, address) ->
                        addresses.put(tag, new TaggedAddress(address.string("Address"), address.integer("Port", 0))));
        return addresses;
    }

    /** @param typed the definition, if there is one, says of what type the check is */
    static CheckEntry check(JsonBody fields, String node, boolean typed) {
        String checkNode = fields.string("Node", node);
        if (!checkNode.isEmpty() && !checkNode.equalsIgnoreCase(node)) {
            throw HttpError.internal("check node \"" + checkNode + "\" does not match node \"" + node + "\"");
        }
        String name = fields.string("Name");
        String id = fields.string("CheckID", name);
        if (id.isEmpty() && name.isEmpty()) {
            throw HttpError.badRequest("a check of node \"" + node + "\" has neither CheckID nor Name");
        }
        CheckDefinition definition =
                fields.object("Definition").map(CatalogRequest::definition).orElse(null);
        return new CheckEntry(
                node,
                id.isEmpty() ? name : id,
                name,
                status(fields.string("Status")),
                fields.string("Notes"),
                fields.string("Output"),
                orNull(fields.string("ServiceID")),
                "",
                List.of(),
                definition == null || !typed ? fields.string("Type") : type(definition),
                definition,
                0,
                0);
    }

    private static CheckStatus status(String text) {
        if (text.isEmpty()) {
            return CheckStatus.CRITICAL;
        }
        return CheckStatus.of(text)
                .orElseThrow(() -> HttpError.badRequest(
                        "invalid check status \"" + text + "\": it must be one of passing, warning, critical"));
    }

    private static CheckDefinition definition(JsonBody fields) {
        return new CheckDefinition(
                fields.durationMillis("TTL"),
                fields.string("HTTP"),
                fields.string("TCP"),
                fields.string("GRPC"),
                fields.string("Method"),
                fields.stringsMap("Header"),
                fields.string("Body"),
                fields.bool("TLSSkipVerify"),
                fields.durationMillis("Interval"),
                fields.durationMillis("Timeout"),
                fields.durationMillis("DeregisterCriticalServiceAfter"));
    }

    private static String type(CheckDefinition definition) {
        if (!definition.grpc().isEmpty()) {
            return "grpc";
        }
        if (!definition.http().isEmpty()) {
            return "http";
        }
        if (definition.ttlMillis() != 0) {
            return "ttl";
        }
        return definition.tcp().isEmpty() ? "" : "tcp";
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
