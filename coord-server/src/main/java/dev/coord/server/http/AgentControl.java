package dev.coord.server.http;

import dev.coord.server.command.Member;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What can be done to this server, and to the cluster's membership through it. Safe from any thread, never blocks; the futures
 * fail with a message for the client.
 */
public interface AgentControl {

    /** All members, those that left or failed among them, by name. */
    List<Member> members();

    /** Reads the configuration again; if it can't be used, what was before stays. */
    CompletableFuture<Void> reload();

    /** Asks to be let into the cluster that a server at this address belongs to. */
    CompletableFuture<Void> join(String address);

    /** Leaves the cluster. */
    CompletableFuture<Void> leave();

    /** Ends the process; called once the client has its answer. */
    void stop();

    /**
     * Takes a member that failed for one that left.
     *
     * @param prune forget it altogether
     * @return false: there is none of that name
     */
    CompletableFuture<Boolean> forceLeave(String node, boolean prune);
}
