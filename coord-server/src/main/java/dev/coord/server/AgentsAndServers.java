package dev.coord.server;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Command;
import dev.coord.server.command.Member;
import dev.coord.server.lease.ServerNode;
import dev.coord.server.raft.RaftConsensus;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The members of the cluster as Consul's clients see them: its servers, which Raft knows, and the agents that ask them, which
 * stand in the catalog alone.
 */
final class AgentsAndServers implements ClusterChanges {

    private final RaftConsensus raft;

    AgentsAndServers(RaftConsensus raft) {
        this.raft = raft;
    }

    @Override
    public List<Member> serverMembers() {
        List<Member> all = new ArrayList<>(raft.serverMembers());
        State state = raft.latest();
        for (NodeEntry node : state.nodes()) {
            CheckEntry check = state.check(node.name(), ServerNode.CHECK);
            if (check != null && ServerNode.isAgentCheck(check)) {
                all.add(new Member(agent(node), false, status(check)));
            }
        }
        all.sort(Comparator.comparing(member -> member.server().name()));
        return all;
    }

    private static Server agent(NodeEntry node) {
        return new Server(
                node.id(),
                node.name(),
                node.datacenter(),
                CoordServer.hostAndPort(node.address(), ServerConfig.GOSSIP_PORT_DEFAULT),
                "",
                "",
                Version.current(),
                false);
    }

    private static Member.Status status(CheckEntry check) {
        return check.status() == CheckStatus.CRITICAL ? Member.Status.FAILED : Member.Status.ALIVE;
    }

    @Override
    public CompletableFuture<Void> join(List<String> addresses) {
        return raft.join(addresses);
    }

    @Override
    public CompletableFuture<Void> leave() {
        return raft.leave();
    }

    /** An agent that does not answer leaves the catalog; one that does would only come back. */
    @Override
    public CompletableFuture<Boolean> forceLeave(String name, boolean prune) {
        CheckEntry check = raft.latest().check(name, ServerNode.CHECK);
        if (check == null || !ServerNode.isAgentCheck(check)) {
            return raft.forceLeave(name, prune);
        }
        return check.status() == CheckStatus.CRITICAL
                ? raft.execute(new Command.Deregister(name, null, null)).thenApply(done -> true)
                : CompletableFuture.completedFuture(true);
    }

    @Override
    public CompletableFuture<Void> remove(Server server) {
        return raft.remove(server);
    }

    @Override
    public CompletableFuture<Void> transferLeadership(@Nullable Server to) {
        return raft.transferLeadership(to);
    }
}
