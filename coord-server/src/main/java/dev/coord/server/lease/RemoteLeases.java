package dev.coord.server.lease;

import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.server.command.Leases;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The leases of the cluster, for who never leads. */
public final class RemoteLeases implements Leases {

    private final Function<LeaseRequest, CompletableFuture<LeaseResponse>> leader;

    /** @param leader asks whichever server leads */
    public RemoteLeases(Function<LeaseRequest, CompletableFuture<LeaseResponse>> leader) {
        this.leader = leader;
    }

    @Override
    public CompletableFuture<Boolean> renewSession(String id) {
        return leader.apply(LeaseMessages.renewal(id)).thenApply(LeaseMessages::found);
    }

    @Override
    public CompletableFuture<List<BeatResult>> heartbeat(List<Beat> beats) {
        return leader.apply(LeaseMessages.heartbeat(beats)).thenApply(LeaseMessages::results);
    }
}
