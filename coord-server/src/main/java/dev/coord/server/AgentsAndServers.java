package dev.coord.server;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Command;
import dev.coord.server.command.Member;
import dev.coord.server.command.ServerChange;
import dev.coord.server.lease.ServerNode;
import dev.coord.server.raft.RaftConsensus;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The members of the cluster as Consul's clients see them: its servers, which Raft knows, and the agents that ask them, which
 * stand in the catalog alone.
 */
final class AgentsAndServers implements ClusterChanges {

    /** Somebody alive who was told to leave says so for a moment: as in Consul, it only comes back. */
    private static final long REFUTE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final RaftConsensus raft;
    /** By name: until when. Bounded by the members that there are. */
    private final Map<String, Long> refuting = new ConcurrentHashMap<>();

    AgentsAndServers(RaftConsensus raft) {
        this.raft = raft;
    }

    @Override
    public List<Member> serverMembers() {
        refuting.values().removeIf(until -> System.nanoTime() - until > 0);
        List<Member> all = new ArrayList<>();
        raft.serverMembers().forEach(member -> all.add(asTold(member)));
        State state = raft.latest();
        for (NodeEntry node : state.nodes()) {
            CheckEntry check = state.check(node.name(), ServerNode.CHECK);
            if (check != null && ServerNode.isAgentCheck(check)) {
                all.add(asTold(new Member(agent(node), false, status(check))));
            }
        }
        all.sort(Comparator.comparing(member -> member.server().name()));
        return all;
    }

    private Member asTold(Member member) {
        boolean told = member.status() == Member.Status.ALIVE
                && refuting.containsKey(member.server().name());
        return told ? new Member(member.server(), member.isServer(), Member.Status.LEAVING) : member;
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
        serverMembers().stream()
                .filter(member -> member.server().name().equals(name) && member.status() == Member.Status.ALIVE)
                .forEach(alive -> refuting.put(name, System.nanoTime() + REFUTE_NANOS));
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
    public CompletableFuture<ServerChange.Outcome> change(ServerChange change) {
        return raft.change(change);
    }

    @Override
    public CompletableFuture<Void> transferLeadership(@Nullable Server to) {
        return raft.transferLeadership(to);
    }
}
