package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Resource;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.agent.LocalCatalog;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Member;
import dev.coord.server.lease.ServerNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code /v1/agent/self}: who this server is and how it is doing. */
final class AgentSelfEndpoint implements EndpointFamily {

    private final LocalAgent agent;
    private final Supplier<Map<String, String>> log;

    AgentSelfEndpoint(LocalAgent agent, Supplier<Map<String, String>> log) {
        this.agent = agent;
        this.log = log;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/self", Access.readOwnNode(Resource.AGENT), this::self);
    }

    private void self(Exchange exchange) {
        ClusterView cluster = exchange.backend().cluster();
        boolean acls = exchange.backend().access().enabled();
        String known = exchange.backend().states().latest().clusterId();
        String clusterId = known == null ? "" : known;
        exchange.answerJson(json -> {
            json.writeStartObject();
            config(json, cluster);
            debugConfig(json, cluster, acls);
            coordinates(json);
            json.writeFieldName("Member");
            AgentMembersEndpoint.member(
                    json,
                    new Member(cluster.self(), cluster.isServer(), Member.Status.ALIVE),
                    cluster.self().name(),
                    cluster.servers().size() == 1);
            stats(json, cluster, acls, clusterId);
            json.writeObjectFieldStart("Meta");
            json.writeStringField("consul-network-segment", "");
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void config(JsonGenerator json, ClusterView cluster) throws IOException {
        Server self = cluster.self();
        json.writeObjectFieldStart("Config");
        json.writeStringField("Datacenter", self.datacenter());
        json.writeStringField("NodeName", self.name());
        json.writeStringField("NodeID", self.id());
        json.writeStringField("Revision", "coord-" + self.version());
        json.writeBooleanField("Server", cluster.isServer());
        json.writeStringField("Version", ServerNode.API_VERSION);
        json.writeEndObject();
    }

    /** Of the hundred settings that Consul shows, those that have a meaning here. */
    private static void debugConfig(JsonGenerator json, ClusterView cluster, boolean acls) throws IOException {
        Server self = cluster.self();
        String host = ServerNode.host(self.raftAddress());
        boolean onSocket = self.httpAddress().startsWith("unix:");
        json.writeObjectFieldStart("DebugConfig");
        json.writeStringField("ACLDatacenter", self.datacenter());
        json.writeBooleanField("ACLsEnabled", acls);
        json.writeStringField("AdvertiseAddrLAN", host);
        json.writeStringField("AdvertiseAddrWAN", host);
        json.writeStringField("BindAddr", host);
        json.writeArrayFieldStart("ClientAddrs");
        if (!onSocket) {
            json.writeString(ServerNode.host(self.httpAddress()));
        }
        json.writeEndArray();
        json.writeBooleanField("ConnectEnabled", false);
        json.writeStringField("Datacenter", self.datacenter());
        json.writeNumberField("GRPCPort", ServerNode.port(self.grpcAddress()));
        json.writeArrayFieldStart("HTTPAddrs");
        json.writeString(onSocket ? self.httpAddress() : "tcp://" + self.httpAddress());
        json.writeEndArray();
        json.writeNumberField("HTTPPort", ServerNode.port(self.httpAddress()));
        json.writeNumberField("HTTPSPort", -1);
        json.writeStringField("NodeID", self.id());
        json.writeStringField("NodeName", self.name());
        json.writeStringField("PrimaryDatacenter", self.datacenter());
        json.writeStringField("RPCAdvertiseAddr", "tcp://" + self.raftAddress());
        json.writeStringField("Revision", "coord-" + self.version());
        // Where others join: there is no port for gossip.
        json.writeStringField("SerfAdvertiseAddrLAN", "tcp://" + self.raftAddress());
        json.writeBooleanField("ServerMode", cluster.isServer());
        json.writeNumberField("ServerPort", ServerNode.port(self.raftAddress()));
        json.writeFieldName("TaggedAddresses");
        CatalogJson.map(json, ServerNode.node(self, Map.of()).taggedAddresses());
        json.writeStringField("Version", ServerNode.API_VERSION);
        json.writeEndObject();
    }

    /** Where this server is on a map of round-trip times; nobody measures them here. */
    private static void coordinates(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("Coord");
        json.writeArrayFieldStart("Vec");
        for (int dimension = 0; dimension < 8; dimension++) {
            json.writeNumber(0);
        }
        json.writeEndArray();
        json.writeNumberField("Error", 1.5);
        json.writeNumberField("Adjustment", 0);
        json.writeFieldName("Height");
        json.writeNumber("0.00001");
        json.writeEndObject();
    }

    /** @param clusterId empty: not known yet */
    private void stats(JsonGenerator json, ClusterView cluster, boolean acls, String clusterId) throws IOException {
        json.writeObjectFieldStart("Stats");
        agentStats(json);
        Server self = cluster.self();
        group(
                json,
                "build",
                "prerelease",
                "",
                "revision",
                "coord-" + self.version(),
                "version",
                ServerNode.API_VERSION);
        group(
                json,
                "consul",
                "acl",
                acls ? "enabled" : "disabled",
                "bootstrap",
                Boolean.toString(cluster.servers().size() == 1),
                "known_datacenters",
                "1",
                "leader",
                Boolean.toString(cluster.isLeader()),
                "leader_addr",
                cluster.leader().map(Server::raftAddress).orElse(""),
                "server",
                Boolean.toString(cluster.isServer()));
        json.writeFieldName("log");
        CatalogJson.map(json, log.get());
        raftStats(json, cluster, clusterId);
        group(
                json,
                "runtime",
                "arch",
                System.getProperty("os.arch"),
                "cpu_count",
                Integer.toString(Runtime.getRuntime().availableProcessors()),
                "os",
                System.getProperty("os.name"),
                "version",
                "java" + System.getProperty("java.version"));
        json.writeEndObject();
    }

    private void agentStats(JsonGenerator json) throws IOException {
        LocalCatalog local = agent.local();
        long ttls = local.checks().stream()
                .filter(check -> check.type().equals("ttl"))
                .count();
        long monitors = local.checks().stream()
                .filter(check -> List.of("http", "tcp").contains(check.type()))
                .count();
        group(
                json,
                "agent",
                "check_monitors",
                Long.toString(monitors),
                "check_ttls",
                Long.toString(ttls),
                "checks",
                Integer.toString(local.checks().size()),
                "services",
                Integer.toString(local.services().size()));
    }

    private static void raftStats(JsonGenerator json, ClusterView cluster, String clusterId) throws IOException {
        Optional<Server> leader = cluster.leader();
        String state = cluster.isLeader() ? "Leader" : leader.isPresent() ? "Follower" : "Candidate";
        StringBuilder configuration = new StringBuilder("[");
        for (Server server : cluster.servers()) {
            configuration
                    .append(configuration.length() > 1 ? " " : "")
                    .append("{Suffrage:")
                    .append(server.voter() ? "Voter" : "Nonvoter")
                    .append(" ID:")
                    .append(server.id())
                    .append(" Address:")
                    .append(server.raftAddress())
                    .append('}');
        }
        group(
                json,
                "raft",
                "applied_index",
                Long.toString(cluster.appliedIndex()),
                "last_contact",
                cluster.isLeader() ? "0" : cluster.lastContactMillis() + "ms",
                "last_log_index",
                Long.toString(cluster.lastLogIndex()),
                "cluster_id",
                clusterId,
                "latest_configuration",
                configuration.append(']').toString(),
                "num_peers",
                Integer.toString(Math.max(0, cluster.servers().size() - 1)),
                "state",
                state,
                "term",
                Long.toString(cluster.term()),
                "generation",
                Long.toString(cluster.generation()));
    }

    /** A group of statistics, which Consul shows as texts, numbers too. */
    private static void group(JsonGenerator json, String name, String... namesAndValues) throws IOException {
        json.writeObjectFieldStart(name);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            json.writeStringField(namesAndValues[i], namesAndValues[i + 1]);
        }
        json.writeEndObject();
    }
}
