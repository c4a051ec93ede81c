package dev.coord.server.raft;

import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.command.LeaseChannel;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A server of a Raft group. Three steps: {@link #open} takes the data directory, then whoever depends on it is wired up,
 * then {@link #start} listens and takes part. Before {@code start} commands and linearizable reads fail as having no
 * leader, and the state is the empty one. All methods but those that say so are safe from any thread.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class RaftConsensus implements CommandExecutor, StateReader, ClusterView, LeaseChannel, AutoCloseable {

    RaftConsensus() {}

    /**
     * Takes the data directory: locks it, reads or makes the server's identity. Reads no log yet.
     *
     * @throws IOException if the directory can't be used: the message says why and what to do
     */
    public static RaftConsensus open(RaftOptions options, Hub hub, FatalHandler fatal) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Adds one to be told of leadership, by the thread {@code coord-leadership}. Only before {@link #start}. */
    public void addListener(LeadershipListener listener) {
        throw new UnsupportedOperationException();
    }

    /**
     * Listens on the Raft port, opens log and snapshot and takes part in the group. Returns once what is on disk was
     * read, without waiting for a leader.
     *
     * @param grpcAddress host:port of this server's gRPC, told to other servers; may be empty
     * @param httpAddress host:port of this server's HTTP, told to other servers; may be empty
     * @throws IOException if the port can't be bound or the log can't be opened
     */
    public void start(String grpcAddress, String httpAddress) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<CommandResult> execute(Command command) {
        throw new UnsupportedOperationException();
    }

    @Override
    public State latest() {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<State> linearizable() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Server self() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Server> leader() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isLeader() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long lastContactMillis() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Server> servers() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long term() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long lastLogIndex() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long appliedIndex() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isAlive(Server server) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<LeaseResponse> ask(LeaseRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void answerWith(Handler handler) {
        throw new UnsupportedOperationException();
    }

    /** Hands leadership on where it can, stops taking part, gives back the port and the directory. Idempotent. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
