package dev.coord.server.command;

import dev.coord.server.command.ClusterView.Server;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes which servers are the cluster. Safe from any thread, never blocks; the futures fail with a message that says why.
 */
public interface ClusterChanges {

    /** Servers that are, or were until a while ago, part of the cluster. */
    List<Member> serverMembers();

    /**
     * Meets the servers at these addresses (host:port); asks to be let in where this one has no cluster yet.
     *
     * @return completes when one of them has answered
     */
    CompletableFuture<Void> join(List<String> addresses);

    /** Takes this server out of the voters, if others are left. */
    CompletableFuture<Void> leave();

    /**
     * Takes a server that does not answer out of the voters. One that answers stays.
     *
     * @param prune forget it altogether
     * @return false: there is none of that name
     */
    CompletableFuture<Boolean> forceLeave(String name, boolean prune);

    /** Takes a server out of the voters, whether it answers or not. Asked on any server, done by the leader. */
    CompletableFuture<Void> remove(Server server);

    /**
     * Makes one change, or says what it would mean. Asked on any server, done by the leader.
     *
     * @return fails with an IOException where the change makes no sense or did not succeed
     */
    CompletableFuture<ServerChange.Outcome> change(ServerChange change);

    /**
     * Has another server lead. Only on the leader.
     *
     * @param to null: whichever is furthest
     */
    CompletableFuture<Void> transferLeadership(@Nullable Server to);
}
