package dev.coord.server;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.Leases;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Leases that never expire by themselves: the scenario ends sessions and checks when it wants to. Safe from any thread. */
public final class LocalLeases implements Leases {

    private final LocalConsensus consensus;

    public LocalLeases(LocalConsensus consensus) {
        this.consensus = consensus;
    }

    @Override
    public CompletableFuture<Boolean> renewSession(String id) {
        return consensus.linearizable().thenApply(state -> state.session(id) != null);
    }

    @Override
    public CompletableFuture<List<BeatResult>> heartbeat(List<Beat> beats) {
        return consensus.linearizable().thenApply(state -> {
            List<BeatResult> results = new ArrayList<>();
            for (Beat beat : beats) {
                CheckEntry check = state.check(beat.node(), beat.checkId());
                if (check == null) {
                    results.add(BeatResult.UNKNOWN_CHECK);
                } else if (check.definition() == null || check.definition().ttlMillis() == 0) {
                    results.add(BeatResult.NOT_TTL);
                } else {
                    if (check.status() != beat.status()) {
                        consensus.apply(
                                new Command.UpdateCheck(beat.node(), beat.checkId(), beat.status(), beat.output()));
                    }
                    results.add(BeatResult.OK);
                }
            }
            return results;
        });
    }
}
