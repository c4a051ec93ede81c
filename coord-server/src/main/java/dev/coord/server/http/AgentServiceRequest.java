package dev.coord.server.http;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.lease.IpFamily;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What a client sends to {@code /v1/agent/service/register}, checked. */
record AgentServiceRequest(ServiceEntry service, List<CheckEntry> checks) {

    private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "::", "[::]");
    private static final Set<String> MESH_KINDS =
            Set.of("connect-proxy", "mesh-gateway", "ingress-gateway", "terminating-gateway");
    private static final Pattern META_KEY = Pattern.compile("[A-Za-z0-9_-]+");
    private static final String META_PREFIX_RESERVED = "consul-";
    private static final int WEIGHT_MAX = 65_535;
    private static final int PORT_MAX = 65_535;

    /**
     * @param node name of this server's node
     * @param scriptsAllowed whether its checks may run commands
     */
    static AgentServiceRequest read(JsonBody body, String node, boolean scriptsAllowed) {
        String name = body.string("Name");
        if (name.isEmpty()) {
            throw HttpError.badRequest("Missing service name");
        }
        String id = body.string("ID");
        String address = body.string("Address");
        if (ANY_ADDRESS.contains(address)) {
            throw HttpError.badRequest("Invalid service address");
        }
        int port = body.integer("Port", 0);
        JsonBody weights = body.object("Weights").orElse(null);
        ServiceEntry service = new ServiceEntry(
                node,
                id.isEmpty() ? name : id,
                name,
                body.strings("Tags"),
                address,
                port(port),
                taggedAddresses(body, address, port),
                meta(body.stringMap("Meta")),
                weights == null ? 1 : weight("Passing", weights.integer("Passing", 0), 1),
                weights == null ? 1 : weight("Warning", weights.integer("Warning", 0), 0),
                body.bool("EnableTagOverride"),
                kind(body.string("Kind")),
                0,
                0);
        return new AgentServiceRequest(service, checks(body, service, scriptsAllowed));
    }

    private static int port(int port) {
        if (port < 0 || port > PORT_MAX) {
            throw HttpError.badRequest("Invalid service port " + port + ": it must be between 0 and " + PORT_MAX);
        }
        return port;
    }

    private static String kind(String kind) {
        if (MESH_KINDS.contains(kind)) {
            throw HttpError.badRequest(
                    "Invalid service kind \"" + kind + "\": there is no service mesh on this cluster");
        }
        return kind;
    }

    private static int weight(String name, int value, int min) {
        if (value < min) {
            throw HttpError.badRequest("Invalid Weights: " + name
                    + (min == 1 ? " must be greater than 0" : " must be greater or equal than 0"));
        }
        if (value > WEIGHT_MAX) {
            throw HttpError.badRequest("Invalid Weights: DNS Weight must be between 0 and " + WEIGHT_MAX);
        }
        return value;
    }

    /** What was given, and the service's own address under the names of its family. */
    private static Map<String, TaggedAddress> taggedAddresses(JsonBody body, String address, int port) {
        Map<String, TaggedAddress> addresses = new HashMap<>();
        body.objectMap("TaggedAddresses")
                .forEach((tag, given) ->
                        addresses.put(tag, new TaggedAddress(given.string("Address"), given.integer("Port", 0))));
        IpFamily.of(address).ifPresent(family -> {
            addresses.putIfAbsent("lan_" + family.text(), new TaggedAddress(address, port));
            addresses.putIfAbsent("wan_" + family.text(), new TaggedAddress(address, port));
        });
        return addresses;
    }

    private static Map<String, String> meta(Map<String, String> meta) {
        if (meta.size() > CommandLimits.META_PAIRS_MAX) {
            throw HttpError.badRequest("Invalid Service Meta: Node metadata cannot contain more than "
                    + CommandLimits.META_PAIRS_MAX + " key/value pairs");
        }
        meta.forEach(AgentServiceRequest::requireGood);
        return meta;
    }

    private static void requireGood(String key, String value) {
        String wrong = "";
        if (key.isEmpty()) {
            wrong = "Key cannot be blank";
        } else if (!META_KEY.matcher(key).matches()) {
            wrong = "Key contains invalid characters";
        } else if (key.length() > CommandLimits.META_KEY_CHARS_MAX) {
            wrong = "Key is too long (limit: " + CommandLimits.META_KEY_CHARS_MAX + " characters)";
        } else if (key.startsWith(META_PREFIX_RESERVED)) {
            wrong = "Key prefix '" + META_PREFIX_RESERVED + "' is reserved for internal use";
        } else if (value.length() > CommandLimits.META_VALUE_CHARS_MAX) {
            wrong = "Value is too long (limit: " + CommandLimits.META_VALUE_CHARS_MAX + " characters)";
        }
        if (!wrong.isEmpty()) {
            throw HttpError.badRequest(
                    "Invalid Service Meta: Couldn't load metadata pair ('" + key + "', '" + value + "'): " + wrong);
        }
    }

    /** {@code Check}, unless it is empty, and then {@code Checks}; numbered from 1 where there are several. */
    private static List<CheckEntry> checks(JsonBody body, ServiceEntry service, boolean scriptsAllowed) {
        List<JsonBody> given = new ArrayList<>();
        body.object("Check").filter(check -> !AgentCheckRequest.isEmpty(check)).ifPresent(given::add);
        given.addAll(body.objects("Checks"));
        List<CheckEntry> checks = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            String id = "service:" + service.id() + (given.size() > 1 ? ":" + (i + 1) : "");
            checks.add(AgentCheckRequest.ofService(given.get(i), service, id, scriptsAllowed));
        }
        return checks;
    }
}
