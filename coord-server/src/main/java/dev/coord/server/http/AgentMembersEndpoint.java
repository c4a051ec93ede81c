package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.lease.ServerNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * {@code /v1/agent/members}: the servers of the cluster. There is no gossip here: addresses and ports are Raft's, and the
 * protocol numbers are those of the Consul whose API this is, because clients insist on them.
 */
final class AgentMembersEndpoint implements EndpointFamily {

    private static final int STATUS_ALIVE = 1;
    private static final int STATUS_FAILED = 4;

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/members", Access.BY_HANDLER, AgentMembersEndpoint::list);
    }

    private static void list(Exchange exchange) {
        ClusterView cluster = exchange.backend().cluster();
        Authorizer may = exchange.authorizer();
        String wan = exchange.parameter("wan");
        boolean isWan = wan != null && !wan.isEmpty() && !wan.equals("0") && !wan.equals("false");
        exchange.answerJson(json -> {
            json.writeStartArray();
            for (Server server : cluster.servers()) {
                if (!may.mayRead(Resource.NODE, server.name())) {
                    continue;
                }
                member(json, cluster, server, isWan ? server.name() + "." + server.datacenter() : server.name());
            }
            json.writeEndArray();
        });
    }

    /** Also part of {@code /v1/agent/self}. */
    static void member(JsonGenerator json, ClusterView cluster, Server server, String name) throws IOException {
        boolean alive = server.id().equals(cluster.self().id()) || cluster.isAlive(server);
        json.writeStartObject();
        json.writeStringField("Name", name);
        json.writeStringField("Addr", ServerNode.host(server.raftAddress()));
        json.writeNumberField("Port", ServerNode.port(server.raftAddress()));
        json.writeFieldName("Tags");
        CatalogJson.map(json, tags(cluster, server));
        json.writeNumberField("Status", alive ? STATUS_ALIVE : STATUS_FAILED);
        json.writeNumberField("ProtocolMin", 1);
        json.writeNumberField("ProtocolMax", 5);
        json.writeNumberField("ProtocolCur", 2);
        json.writeNumberField("DelegateMin", 2);
        json.writeNumberField("DelegateMax", 5);
        json.writeNumberField("DelegateCur", 4);
        json.writeEndObject();
    }

    private static Map<String, String> tags(ClusterView cluster, Server server) {
        Map<String, String> tags = new HashMap<>();
        tags.put("acls", "0");
        if (cluster.servers().size() == 1) {
            tags.put("bootstrap", "1");
        }
        tags.put("build", ServerNode.API_VERSION + ":" + server.version());
        tags.put("dc", server.datacenter());
        tags.put("ft_fs", "1");
        tags.put("id", server.id());
        tags.put("port", Integer.toString(ServerNode.port(server.raftAddress())));
        tags.put("raft_vsn", "3");
        tags.put("role", "consul");
        tags.put("segment", "");
        tags.put("vsn", "2");
        tags.put("vsn_max", "3");
        tags.put("vsn_min", "2");
        return tags;
    }
}
