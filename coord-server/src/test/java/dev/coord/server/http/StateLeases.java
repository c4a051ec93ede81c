package dev.coord.server.http;

import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.Leases;
import dev.coord.server.state.StateReader;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Leases that never end, over the real state: for tests of what the endpoints make of the answers. */
record StateLeases(CommandExecutor commands, StateReader states) implements Leases {

    @Override
    public CompletableFuture<Boolean> renewSession(String id) {
        return CompletableFuture.completedFuture(states.latest().session(id) != null);
    }

    @Override
    public CompletableFuture<List<BeatResult>> heartbeat(List<Beat> beats) {
        return CompletableFuture.completedFuture(beats.stream().map(this::beat).toList());
    }

    private BeatResult beat(Beat beat) {
        if (states.latest().check(beat.node(), beat.checkId()) == null) {
            return BeatResult.UNKNOWN_CHECK;
        }
        CheckStatus status = beat.status();
        return commands.execute(new Command.UpdateCheck(beat.node(), beat.checkId(), status, beat.output()))
                        .join()
                        .ok()
                ? BeatResult.OK
                : BeatResult.UNKNOWN_CHECK;
    }
}
