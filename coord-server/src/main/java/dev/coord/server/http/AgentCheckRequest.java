package dev.coord.server.http;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.ServerNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a client sends as a check: alone, or within the registration of a service. */
final class AgentCheckRequest {

    private static final int PORT_MAX = 65_535;

    private AgentCheckRequest() {}

    /** True when a check says nothing at all, which counts as no check. */
    static boolean isEmpty(JsonBody body) {
        return Stream.of(
                        "CheckID",
                        "Name",
                        "Status",
                        "Notes",
                        "TTL",
                        "HTTP",
                        "TCP",
                        "GRPC",
                        "Interval",
                        "Args",
                        "ScriptArgs",
                        "DockerContainerID",
                        "AliasNode",
                        "AliasService")
                .noneMatch(body::has);
    }

    /** @param defaultId where the client gave none */
    static CheckEntry ofService(JsonBody body, ServiceEntry service, String defaultId) {
        String id = body.string("CheckID");
        String name = body.string("Name");
        return check(
                body,
                service.node(),
                id.isEmpty() ? defaultId : id,
                name.isEmpty() ? "Service '" + service.name() + "' check" : name,
                service.id(),
                "Status for checks must 'passing', 'warning', 'critical'");
    }

    /** A check that is registered alone; of the node, unless it names a service. */
    static CheckEntry alone(JsonBody body, String node) {
        String name = body.string("Name");
        if (name.isEmpty()) {
            throw HttpError.badRequest("Missing check name");
        }
        String id = body.string("ID", body.string("CheckID"));
        String serviceId = body.string("ServiceID");
        return check(
                body, node, id.isEmpty() ? name : id, name, serviceId.isEmpty() ? null : serviceId, "Bad check status");
    }

    private static CheckEntry check(
            JsonBody body, String node, String id, String name, @Nullable String serviceId, String badStatus) {
        String status = body.string("Status");
        CheckDefinition definition = definition(body);
        return new CheckEntry(
                node,
                id,
                name,
                status.isEmpty()
                        ? CheckStatus.CRITICAL
                        : CheckStatus.of(status).orElseThrow(() -> HttpError.badRequest(badStatus)),
                body.string("Notes"),
                "",
                serviceId,
                "",
                List.of(),
                type(definition),
                definition,
                0,
                0);
    }

    private static CheckDefinition definition(JsonBody body) {
        refuseOtherKinds(body);
        long ttlMillis = body.durationMillis("TTL");
        long intervalMillis = body.durationMillis("Interval");
        String http = body.string("HTTP");
        String tcp = body.string("TCP");
        boolean tried = !http.isEmpty() || !tcp.isEmpty();
        if (intervalMillis > 0 && ttlMillis > 0) {
            throw invalid("Interval and TTL cannot both be specified");
        }
        if (tried && intervalMillis <= 0) {
            throw invalid("Interval must be > 0 for Script, HTTP, or TCP checks");
        }
        if (!tried && ttlMillis <= 0) {
            throw invalid("TTL must be > 0 for TTL checks");
        }
        if (!http.isEmpty()) {
            requireHttpUrl(http);
        } else if (!tcp.isEmpty()) {
            requireHostAndPort(tcp);
        }
        return new CheckDefinition(
                tried ? 0 : ttlMillis,
                http,
                http.isEmpty() ? tcp : "",
                "",
                body.string("Method"),
                body.stringsMap("Header"),
                body.string("Body"),
                body.bool("TLSSkipVerify"),
                intervalMillis,
                Math.max(0, body.durationMillis("Timeout")),
                Math.max(0, body.durationMillis("DeregisterCriticalServiceAfter")));
    }

    private static void refuseOtherKinds(JsonBody body) {
        if (body.has("Args") || body.has("ScriptArgs") || body.has("Script")) {
            throw invalid("Scripts are disabled on this agent; use an HTTP, TCP or TTL check");
        }
        for (String kind : List.of("AliasNode", "AliasService", "GRPC", "DockerContainerID")) {
            if (body.has(kind) && !body.string(kind).isEmpty()) {
                throw invalid(kind + " checks are not supported by this version; use an HTTP, TCP or TTL check");
            }
        }
    }

    private static void requireHttpUrl(String url) {
        try {
            URI uri = new URI(url);
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null) {
                return;
            }
        } catch (URISyntaxException e) {
            // Refused below, with the others.
        }
        throw invalid("HTTP \"" + url + "\" is not a URL like http://host:port/path");
    }

    private static void requireHostAndPort(String address) {
        try {
            int port = ServerNode.port(address);
            if (!ServerNode.host(address).isEmpty() && port > 0 && port <= PORT_MAX) {
                return;
            }
        } catch (NumberFormatException e) {
            // Refused below, with the others.
        }
        throw invalid("TCP \"" + address + "\" is not an address like host:port");
    }

    private static HttpError invalid(String why) {
        return HttpError.badRequest("Invalid check: " + why);
    }

    private static String type(CheckDefinition definition) {
        if (definition.ttlMillis() > 0) {
            return "ttl";
        }
        return definition.http().isEmpty() ? "tcp" : "http";
    }
}
