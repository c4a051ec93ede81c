package dev.coord.server.command;

import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import java.util.concurrent.CompletableFuture;

/** Reaches the memory of whichever server leads. Safe from any thread, never blocks. */
public interface LeaseChannel {

    /** Asks the leader, wherever it is; fails with {@link ConsensusException}. */
    CompletableFuture<LeaseResponse> ask(LeaseRequest request);

    /** Sets who answers on this server while it leads. Called once, before the server starts. */
    void answerWith(Handler handler);

    /** Answers for the leader; must not block. */
    interface Handler {
        CompletableFuture<LeaseResponse> handle(LeaseRequest request);
    }
}
