package dev.coord.server.state;

import java.util.concurrent.CompletableFuture;

/** Gives out the state to read. Safe from any thread, never blocks. */
public interface StateReader {

    /** What this server has applied so far: one volatile read. Good for {@code stale} reads. */
    State latest();

    /**
     * When a node, its services or its checks changed last, in a state that this gave out.
     *
     * @return never the same for two that differ
     */
    default long nodeIndex(State state, String node) {
        return state.nodeIndex(node);
    }

    /**
     * A state that holds every write acknowledged, by any server, before the call.
     *
     * @return fails with {@link dev.coord.server.command.ConsensusException}; may be complete already. Completed on a
     *     thread that must not be blocked.
     */
    CompletableFuture<State> linearizable();
}
