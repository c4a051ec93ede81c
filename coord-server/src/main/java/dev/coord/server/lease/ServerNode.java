package dev.coord.server.lease;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.ClusterView.Server;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** How a server of the cluster stands in the catalog: its node, its {@code consul} service and its {@code serfHealth} check. */
public final class ServerNode {

    /** Id and name of the service that stands for the server itself. */
    public static final String SERVICE = "consul";
    /** Id of the check that says whether a server is alive. */
    public static final String CHECK = "serfHealth";

    static final String CHECK_NAME = "Serf Health Status";
    static final String ALIVE = "Agent alive and reachable";
    static final String DEAD = "Agent not live or unreachable";
    /** The version of Consul whose API this is: clients compare it with what they need. */
    public static final String API_VERSION = "1.8.7";

    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    private ServerNode() {}

    /**
     * The node's entry.
     *
     * @param meta of its configuration
     */
    public static NodeEntry node(Server server, Map<String, String> meta) {
        String address = host(server.raftAddress());
        Map<String, String> tagged = new HashMap<>();
        for (String network : List.of("lan", "wan")) {
            tagged.put(network, address);
            IpFamily.of(address).ifPresent(family -> tagged.put(network + "_" + family.text(), address));
        }
        Map<String, String> allMeta = new HashMap<>(meta);
        allMeta.put("consul-network-segment", "");
        return new NodeEntry(server.id(), server.name(), address, server.datacenter(), tagged, allMeta, 0, 0);
    }

    static ServiceEntry service(Server server) {
        Map<String, String> meta = Map.of(
                "non_voter",
                Boolean.toString(!server.voter()),
                "raft_version",
                "3",
                "serf_protocol_current",
                "2",
                "serf_protocol_max",
                "5",
                "serf_protocol_min",
                "1",
                "version",
                API_VERSION);
        return new ServiceEntry(
                server.name(),
                SERVICE,
                SERVICE,
                List.of(),
                "",
                port(server.raftAddress()),
                Map.of(),
                meta,
                1,
                1,
                false,
                "",
                0,
                0);
    }

    static CheckEntry check(Server server, boolean alive) {
        return new CheckEntry(
                server.name(),
                CHECK,
                CHECK_NAME,
                alive ? CheckStatus.PASSING : CheckStatus.CRITICAL,
                "",
                alive ? ALIVE : DEAD,
                null,
                "",
                List.of(),
                "",
                null,
                0,
                0);
    }

    /** True for the node check of an agent that is no server: the cluster times it. */
    public static boolean isAgentCheck(CheckEntry check) {
        return check.id().equalsIgnoreCase(CHECK) && CheckLeases.isLeased(check);
    }

    /** The host of host:port, without the brackets of an IPv6 address. */
    public static String host(String hostAndPort) {
        String host = hostAndPort.substring(0, Math.max(0, hostAndPort.lastIndexOf(':')));
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The port of host:port; 0 when there is none, as in unix:///path. */
    public static int port(String hostAndPort) {
        String port = hostAndPort.substring(hostAndPort.lastIndexOf(':') + 1);
        return PORT.matcher(port).matches() ? Integer.parseInt(port) : 0;
    }
}
