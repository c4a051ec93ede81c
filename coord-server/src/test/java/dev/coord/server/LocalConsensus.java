package dev.coord.server;

import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.TimedCommand;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import dev.coord.server.state.Transition;
import dev.coord.server.watch.Publications;
import dev.coord.streaming.Hub;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Consensus of one, without Raft or a log, for the tests of the endpoints: applies on the caller's thread, publishes the
 * state in a volatile and then the changes to the hub. Commands go through the codec, as they would through the log.
 *
 * <p>Safe from any thread: commands are applied one at a time under the monitor.
 */
public final class LocalConsensus implements CommandExecutor, StateReader, ClusterView {

    private final Server self;
    private final LongSupplier clockMillis;
    private final @Nullable Hub hub;
    /** Written under the monitor, read by anybody. */
    private volatile State state = State.empty();
    /** Written and read by anybody. */
    private volatile boolean leading = true;

    /** @param hub null: nobody watches */
    public LocalConsensus(LongSupplier clockMillis, @Nullable Hub hub) {
        this("node-1", clockMillis, hub);
    }

    public LocalConsensus(String nodeName, LongSupplier clockMillis, @Nullable Hub hub) {
        this.self = new Server(
                "11111111-2222-3333-4444-555555555555",
                nodeName,
                "dc1",
                "127.0.0.1:8300",
                "127.0.0.1:8502",
                "127.0.0.1:8500",
                "0.1.0",
                true);
        this.clockMillis = clockMillis;
        this.hub = hub;
    }

    /** False: from now on as if this server knew no leader. */
    public void setLeading(boolean leads) {
        leading = leads;
    }

    /** Puts another state in place, as a restored snapshot does. */
    public synchronized void restore(State other) {
        state = other;
        if (hub != null) {
            hub.reset(other.revision());
        }
    }

    @Override
    public CompletableFuture<CommandResult> execute(Command command) {
        if (!leading) {
            return CompletableFuture.failedFuture(noLeader());
        }
        return CompletableFuture.completedFuture(apply(command));
    }

    /** Applies and returns the result at once. */
    public synchronized CommandResult apply(Command command) {
        TimedCommand logged = CommandCodec.decode(CommandCodec.encode(command, clockMillis.getAsLong()));
        Transition transition = state.apply(logged.command(), logged.timeMillis());
        state = transition.state();
        if (hub != null) {
            if (transition.replaced()) {
                hub.reset(state.revision());
            } else {
                hub.publish(state.revision(), Publications.of(transition.changes()));
            }
        }
        return transition.result();
    }

    @Override
    public State latest() {
        return state;
    }

    @Override
    public CompletableFuture<State> linearizable() {
        return leading ? CompletableFuture.completedFuture(state) : CompletableFuture.failedFuture(noLeader());
    }

    private static ConsensusException noLeader() {
        return new ConsensusException(ConsensusException.Reason.NO_LEADER, "No cluster leader");
    }

    @Override
    public Server self() {
        return self;
    }

    @Override
    public Optional<Server> leader() {
        return leading ? Optional.of(self) : Optional.empty();
    }

    @Override
    public boolean isLeader() {
        return leading;
    }

    @Override
    public long lastContactMillis() {
        return 0;
    }

    @Override
    public List<Server> servers() {
        return List.of(self);
    }

    @Override
    public long term() {
        return 1;
    }

    @Override
    public long lastLogIndex() {
        return state.revision();
    }

    @Override
    public long appliedIndex() {
        return state.revision();
    }

    @Override
    public boolean isAlive(Server server) {
        return true;
    }
}
