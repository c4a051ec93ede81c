package dev.coord.server.http;

import dev.coord.server.command.CatalogEntries.AgentCheck;
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

    /**
     * @param defaultId where the client gave none
     * @param scriptsAllowed whether it may run a command
     */
    static CheckEntry ofService(JsonBody body, ServiceEntry service, String defaultId, boolean scriptsAllowed) {
        String id = body.string("CheckID", body.string("ID"));
        String name = body.string("Name");
        return check(
                body,
                service.node(),
                id.isEmpty() ? defaultId : id,
                name.isEmpty() ? "Service '" + service.name() + "' check" : name,
                service.id(),
                "Status for checks must 'passing', 'warning', 'critical'",
                scriptsAllowed);
    }

    /** A check that is registered alone; of the node, unless it names a service. */
    static CheckEntry alone(JsonBody body, String node, boolean scriptsAllowed) {
        String name = body.string("Name");
        if (name.isEmpty()) {
            throw HttpError.badRequest("Missing check name");
        }
        String id = body.string("ID", body.string("CheckID"));
        String serviceId = body.string("ServiceID");
        return check(
                body,
                node,
                id.isEmpty() ? name : id,
                name,
                serviceId.isEmpty() ? null : serviceId,
                "Bad check status",
                scriptsAllowed);
    }

    private static CheckEntry check(
            JsonBody body,
            String node,
            String id,
            String name,
            @Nullable String serviceId,
            String badStatus,
            boolean scriptsAllowed) {
        String status = body.string("Status");
        CheckDefinition definition = definition(body, scriptsAllowed);
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

    private static CheckDefinition definition(JsonBody body, boolean scriptsAllowed) {
        refuseDocker(body);
        long ttlMillis = body.durationMillis("TTL");
        long intervalMillis = body.durationMillis("Interval");
        String http = body.string("HTTP");
        String tcp = body.string("TCP");
        String grpc = body.string("GRPC");
        AgentCheck agent = agentCheck(body, scriptsAllowed);
        boolean tried = !http.isEmpty()
                || !tcp.isEmpty()
                || !grpc.isEmpty()
                || !agent.args().isEmpty();
        requireTimes(tried, agent.isAlias(), ttlMillis, intervalMillis);
        if (!http.isEmpty()) {
            requireHttpUrl(http);
        } else if (!tcp.isEmpty()) {
            requireHostAndPort("TCP", tcp);
        } else if (!grpc.isEmpty()) {
            requireHostAndPort("GRPC", grpc.contains("/") ? grpc.substring(0, grpc.indexOf('/')) : grpc);
        }
        return new CheckDefinition(
                tried ? 0 : ttlMillis,
                http,
                http.isEmpty() ? tcp : "",
                http.isEmpty() && tcp.isEmpty() ? grpc : "",
                body.string("Method"),
                body.stringsMap("Header"),
                body.string("Body"),
                body.bool("TLSSkipVerify"),
                intervalMillis,
                Math.max(0, body.durationMillis("Timeout")),
                Math.max(0, body.durationMillis("DeregisterCriticalServiceAfter")),
                agent);
    }

    private static AgentCheck agentCheck(JsonBody body, boolean scriptsAllowed) {
        List<String> args = body.has("ScriptArgs") ? body.strings("ScriptArgs") : body.strings("Args");
        if (args.isEmpty() && body.has("Script") && !body.string("Script").isEmpty()) {
            args = List.of("/bin/sh", "-c", body.string("Script"));
        }
        if (!args.isEmpty() && !scriptsAllowed) {
            throw HttpError.badRequest("Scripts are disabled on this agent from remote calls; to enable, configure"
                    + " 'enable_script_checks' to true");
        }
        return new AgentCheck(
                args,
                body.string("AliasNode"),
                body.string("AliasService"),
                body.bool("GRPCUseTLS"),
                Math.max(0, body.integer("SuccessBeforePassing", 0)),
                Math.max(0, body.integer("FailuresBeforeCritical", 0)),
                outputBytesMax(body.integer("OutputMaxSize", 0)));
    }

    private static int outputBytesMax(int given) {
        if (given < 0) {
            throw invalid("MaxOutputMaxSize must be positive");
        }
        return given;
    }

    private static void requireTimes(boolean tried, boolean alias, long ttlMillis, long intervalMillis) {
        if (intervalMillis > 0 && ttlMillis > 0) {
            throw invalid("Interval and TTL cannot both be specified");
        }
        if (tried && intervalMillis <= 0) {
            throw invalid("Interval must be > 0 for Script, HTTP, or TCP checks");
        }
        if (alias && intervalMillis > 0) {
            throw invalid("Interval cannot be set for Alias checks");
        }
        if (alias && ttlMillis > 0) {
            throw invalid("TTL must be not be set for Alias checks");
        }
        if (!tried && !alias && ttlMillis <= 0) {
            throw invalid("TTL must be > 0 for TTL checks");
        }
    }

    private static void refuseDocker(JsonBody body) {
        if (body.has("DockerContainerID") && !body.string("DockerContainerID").isEmpty()) {
            throw invalid("DockerContainerID checks are not offered; use a script, HTTP, TCP, gRPC or TTL check");
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

    private static void requireHostAndPort(String what, String address) {
        int port = ServerNode.port(address);
        if (ServerNode.host(address).isEmpty() || port == 0 || port > PORT_MAX) {
            throw invalid(what + " \"" + address + "\" is not an address like host:port");
        }
    }

    private static HttpError invalid(String why) {
        return HttpError.badRequest("Invalid check: " + why);
    }

    private static String type(CheckDefinition definition) {
        if (definition.ttlMillis() > 0) {
            return "ttl";
        }
        if (!definition.http().isEmpty()) {
            return "http";
        }
        if (!definition.tcp().isEmpty()) {
            return "tcp";
        }
        if (!definition.grpc().isEmpty()) {
            return "grpc";
        }
        return definition.agent().isAlias() ? "alias" : "script";
    }
}
