package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Member;
import dev.coord.server.lease.ServerNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code /v1/agent/members}: the servers of the cluster and the agents that ask them. There is no gossip here: addresses and ports are Raft's, and the
 * protocol numbers are those of the Consul whose API this is, because clients insist on them.
 */
final class AgentMembersEndpoint implements EndpointFamily {

    private final AgentControl control;

    AgentMembersEndpoint(AgentControl control) {
        this.control = control;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/members", Access.BY_HANDLER, this::list);
    }

    private void list(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        String wan = exchange.parameter("wan");
        boolean isWan = wan != null && !wan.isEmpty() && !wan.equals("0") && !wan.equals("false");
        List<Member> members = control.members();
        long servers = members.stream().filter(Member::isServer).count();
        exchange.answerJson(json -> {
            json.writeStartArray();
            for (Member member : members) {
                Server server = member.server();
                if (may.mayRead(Resource.NODE, server.name()) && (!isWan || member.isServer())) {
                    member(
                            json,
                            member,
                            isWan ? server.name() + "." + server.datacenter() : server.name(),
                            servers == 1);
                }
            }
            json.writeEndArray();
        });
    }

    /**
     * Also part of {@code /v1/agent/self}.
     *
     * @param lone the one server that there is
     */
    static void member(JsonGenerator json, Member member, String name, boolean lone) throws IOException {
        Server server = member.server();
        json.writeStartObject();
        json.writeStringField("Name", name);
        json.writeStringField("Addr", ServerNode.host(server.raftAddress()));
        json.writeNumberField("Port", ServerNode.port(server.raftAddress()));
        json.writeFieldName("Tags");
        CatalogJson.map(json, member.isServer() ? serverTags(server, lone) : agentTags(server));
        json.writeNumberField("Status", member.status().number());
        json.writeNumberField("ProtocolMin", 1);
        json.writeNumberField("ProtocolMax", 5);
        json.writeNumberField("ProtocolCur", 2);
        json.writeNumberField("DelegateMin", 2);
        json.writeNumberField("DelegateMax", 5);
        json.writeNumberField("DelegateCur", 4);
        json.writeEndObject();
    }

    private static Map<String, String> agentTags(Server agent) {
        Map<String, String> tags = new HashMap<>();
        tags.put("acls", "0");
        tags.put("build", ServerNode.API_VERSION + ":" + agent.version());
        tags.put("dc", agent.datacenter());
        tags.put("id", agent.id());
        tags.put("role", "node");
        tags.put("segment", "");
        tags.put("vsn", "2");
        tags.put("vsn_max", "3");
        tags.put("vsn_min", "2");
        return tags;
    }

    private static Map<String, String> serverTags(Server server, boolean lone) {
        Map<String, String> tags = new HashMap<>();
        tags.put("acls", "0");
        if (lone) {
            tags.put("bootstrap", "1");
        }
        tags.put("build", ServerNode.API_VERSION + ":" + server.version());
        tags.put("dc", server.datacenter());
        tags.put("ft_fs", "1");
        if (!server.httpAddress().isEmpty()) {
            tags.put("http_addr", server.httpAddress());
        }
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
