package dev.coord.server.command;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What lives in the leader's memory alone. Asked on any server, answered by the leader. Safe from any thread, never
 * blocks; the futures fail with {@link ConsensusException}.
 */
public interface Leases {

    /** Pushes a session's expiry back by one TTL. True when there is such a session. */
    CompletableFuture<Boolean> renewSession(String id);

    /**
     * Reports on TTL checks and pushes their expiry back by one TTL. Writes to the log only what changed a status.
     *
     * @return one for each beat, in order
     */
    CompletableFuture<List<BeatResult>> heartbeat(List<Beat> beats);

    /** One report. */
    record Beat(String node, String checkId, CheckStatus status, String output) {}

    /** What became of a report. */
    enum BeatResult {
        OK,
        UNKNOWN_CHECK,
        NOT_TTL
    }
}
