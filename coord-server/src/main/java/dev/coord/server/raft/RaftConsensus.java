package dev.coord.server.raft;

import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.raft.v1.Signals;
import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.command.ForwardedDns;
import dev.coord.server.command.ForwardedHttp;
import dev.coord.server.command.ForwardedTokens;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.command.LeaseChannel;
import dev.coord.server.command.Member;
import dev.coord.server.command.ServerChange;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;
import dev.coord.wal.LogException;
import dev.coord.wal.LogStore;
import io.grpc.ClientInterceptor;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of a Raft group. Three steps: {@link #open} takes the data directory, then whoever depends on it is wired up,
 * then {@link #start} listens and takes part. Before {@code start} commands and linearizable reads wait for it, as they would for
 * a leader, and the state is the empty one. All methods but those that say so are safe from any thread.
 */
public final class RaftConsensus
        implements CommandExecutor,
                StateReader,
                ClusterView,
                ClusterChanges,
                LeaseChannel,
                ForwardedHttp,
                ForwardedDns,
                ForwardedTokens,
                AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RaftConsensus.class);
    /** Requests that may come before the start. */
    private static final int EARLY_MAX = 32_768;

    private final RaftOptions options;
    private final DataDirectory directory;
    private final Hub hub;
    private final Failure failure;
    private final Clock clock;
    private final CommandFigures figures = new CommandFigures();

    /** Guarded by this. */
    private final List<LeadershipListener> listeners = new ArrayList<>();
    /** Guarded by this. */
    private LeaseChannel.@Nullable Handler leaseHandler;
    /** Guarded by this. */
    private ForwardedHttp.@Nullable Handler httpHandler;
    /** Set once DNS is served, read by anybody. */
    private volatile ForwardedDns.@Nullable Handler dnsHandler;
    /** Set before the start, read by anybody. */
    private volatile ForwardedTokens.@Nullable Handler tokenHandler;
    /** Guarded by this. */
    private BooleanSupplier leaseReads = () -> false;
    /** Guarded by this. */
    private Supplier<Signals> signals = Signals::getDefaultInstance;
    /** Guarded by this. */
    private List<ClientInterceptor> network = List.of();
    /** Guarded by this. */
    private boolean closed;
    /** Written once by {@link #start}, read by anybody. */
    private volatile @Nullable RaftServer server;

    private final CompletableFuture<RaftServer> started = new CompletableFuture<>();
    /** Requests that came before the start. */
    private final AtomicInteger early = new AtomicInteger();

    private RaftConsensus(RaftOptions options, DataDirectory directory, Hub hub, Failure failure, Clock clock) {
        this.options = options;
        this.directory = directory;
        this.hub = hub;
        this.failure = failure;
        this.clock = clock;
    }

    /**
     * Takes the data directory: locks it, reads or makes the server's identity. Reads no log yet.
     *
     * @throws IOException if the directory can't be used: the message says why and what to do
     */
    public static RaftConsensus open(RaftOptions options, Hub hub, FatalHandler fatal) throws IOException {
        return open(options, hub, fatal, Clock.systemUTC());
    }

    /** As {@link #open(RaftOptions, Hub, FatalHandler)}, with the clock that stamps commands while this server leads. */
    public static RaftConsensus open(RaftOptions options, Hub hub, FatalHandler fatal, Clock clock) throws IOException {
        return new RaftConsensus(
                options, DataDirectory.open(options.dataDirectory(), options.nodeId()), hub, new Failure(fatal), clock);
    }

    /** Adds one to be told of leadership, by the thread {@code coord-leadership}. Only before {@link #start}. */
    public synchronized void addListener(LeadershipListener listener) {
        requireNotStarted();
        listeners.add(listener);
    }

    @Override
    public synchronized void answerWith(LeaseChannel.Handler handler) {
        requireNotStarted();
        leaseHandler = handler;
    }

    @Override
    public synchronized void answerHttpWith(ForwardedHttp.Handler handler) {
        requireNotStarted();
        httpHandler = handler;
    }

    @Override
    public void answerDnsWith(ForwardedDns.Handler handler) {
        dnsHandler = handler;
    }

    @Override
    public void answerTokensWith(ForwardedTokens.Handler handler) {
        tokenHandler = handler;
    }

    /**
     * Says when linearizable reads may be answered by the leader's lease, without a question to the others. Then they count on
     * the clocks of the servers running at about the same speed. Only before {@link #start}.
     *
     * @param condition asked for each question to the leader, by any thread; must answer at once
     */
    public synchronized void readByLeaseWhen(BooleanSupplier condition) {
        requireNotStarted();
        leaseReads = condition;
    }

    /**
     * Says what this server tells the others of how it is doing, once a second. Only before {@link #start}.
     *
     * @param own asked by any thread; must answer at once
     */
    public synchronized void reportSignals(Supplier<Signals> own) {
        requireNotStarted();
        signals = own;
    }

    /** What each voter that is alive, this one included, has said of itself last; by name. Empty before the start. */
    public Map<String, ServerInfo> reports() {
        RaftServer current = server;
        return current == null ? Map.of() : current.reports();
    }

    /** What became of the commands that clients brought to this server. */
    public CommandFigures commandFigures() {
        return figures;
    }

    /** Puts something in the way of every call to another server. For tests. Only before {@link #start}. */
    synchronized void callOthersThrough(ClientInterceptor faultyNetwork) {
        requireNotStarted();
        network = List.of(faultyNetwork);
    }

    private void requireNotStarted() {
        if (server != null) {
            throw new IllegalStateException("this server has started already");
        }
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
        started.complete(begin(grpcAddress, httpAddress));
    }

    private synchronized RaftServer begin(String grpcAddress, String httpAddress) throws IOException {
        requireNotStarted();
        if (closed) {
            throw new IllegalStateException("this server was closed");
        }
        PeerTransport transport = PeerTransport.of(options).through(network);
        RaftServer starting = new RaftServer(
                options,
                directory,
                openLog(),
                transport,
                hub,
                failure,
                listeners,
                leaseHandler,
                httpHandler,
                () -> dnsHandler,
                () -> tokenHandler,
                leaseReads,
                signals,
                figures,
                clock,
                grpcAddress,
                httpAddress);
        try {
            starting.start();
        } catch (IOException | RuntimeException e) {
            starting.halt();
            throw e;
        }
        server = starting;
        return starting;
    }

    /**
     * Reads the certificates of the Raft port again.
     *
     * @return makes them count: for connections that begin from then on, to others and from them
     * @throws IOException if they can't be used; what was before stays
     */
    public Runnable certificateRenewal() throws IOException {
        RaftServer running = server;
        return running == null ? () -> {} : running.certificateRenewal();
    }

    private LogStore openLog() throws IOException {
        try {
            Files.createDirectories(directory.log());
            return options.logStore().apply(directory.log());
        } catch (LogException e) {
            throw new IOException("The log in " + directory.log() + " can't be opened: " + e.getMessage(), e);
        }
    }

    private static ConsensusException notStarted() {
        return new ConsensusException(Reason.NO_LEADER, "this server has not started yet");
    }

    /**
     * Before the start a request waits for it as it would wait for a leader: a restart is no error to who comes a moment too early.
     * At the bound, which counts all of them, it fails at once.
     */
    private <R> CompletableFuture<R> onceStarted(Function<RaftServer, CompletableFuture<R>> ask) {
        RaftServer current = server;
        if (current != null) {
            return ask.apply(current);
        }
        if (early.incrementAndGet() > EARLY_MAX) {
            return CompletableFuture.failedFuture(notStarted());
        }
        CompletableFuture<R> result = new CompletableFuture<>();
        CompletableFuture<Void> unused = started.copy()
                .orTimeout(CommandRouter.HOLD_MILLIS, TimeUnit.MILLISECONDS)
                .handle((running, tooLate) -> {
                    if (running == null) {
                        result.completeExceptionally(closed() ? stopped() : notStarted());
                    } else {
                        pass(ask.apply(running), result);
                    }
                    return null;
                });
        return result;
    }

    private static <R> void pass(CompletableFuture<R> from, CompletableFuture<R> to) {
        CompletableFuture<Void> unused = from.handle((value, failed) -> {
            if (failed == null) {
                to.complete(value);
            } else {
                to.completeExceptionally(failed);
            }
            return null;
        });
    }

    private synchronized boolean closed() {
        return closed;
    }

    private static ConsensusException stopped() {
        return new ConsensusException(Reason.STOPPED, "this server is stopping");
    }

    @Override
    public CompletableFuture<CommandResult> execute(Command command) {
        return execute(command, CommandExecutor.ITSELF);
    }

    @Override
    public CompletableFuture<CommandResult> execute(Command command, String client) {
        return onceStarted(current -> current.commands().execute(command, client));
    }

    /** Commands that wait for their turn or are on their way; of a server that has not started, none. */
    public WriteQueueFigures writeQueue() {
        RaftServer current = server;
        return current == null ? WriteQueueFigures.NONE : current.commands().queueFigures();
    }

    @Override
    public State latest() {
        RaftServer current = server;
        return current == null ? State.empty() : current.state();
    }

    @Override
    public CompletableFuture<State> linearizable() {
        return onceStarted(RaftServer::linearizable);
    }

    @Override
    public CompletableFuture<LeaseResponse> ask(LeaseRequest request) {
        return onceStarted(current -> current.leases().ask(request));
    }

    @Override
    public Server self() {
        RaftServer current = server;
        if (current != null) {
            return current.membership().server(current.address());
        }
        return new Server(
                directory.identity().nodeId(),
                options.nodeName(),
                options.datacenter(),
                directory.identity().raftAddress(),
                "",
                "",
                options.version(),
                false);
    }

    @Override
    public Optional<Server> leader() {
        RaftServer current = server;
        return current == null
                ? Optional.empty()
                : Optional.ofNullable(current.leadership().view().leaderAddress())
                        .map(current.membership()::server);
    }

    @Override
    public boolean isLeader() {
        RaftServer current = server;
        return current != null && current.leadership().view().leading();
    }

    @Override
    public long lastContactMillis() {
        RaftServer current = server;
        return current == null ? 0 : current.lastContactMillis();
    }

    @Override
    public List<Server> servers() {
        RaftServer current = server;
        return current == null ? List.of(self()) : current.membership().servers();
    }

    @Override
    public long generation() {
        return directory.identity().generation();
    }

    @Override
    public long term() {
        RaftServer current = server;
        return current == null ? 0 : current.term();
    }

    @Override
    public long lastLogIndex() {
        RaftServer current = server;
        return current == null ? 0 : current.lastLogIndex();
    }

    @Override
    public long commitIndex() {
        RaftServer current = server;
        return current == null ? 0 : current.commitIndex();
    }

    @Override
    public long appliedIndex() {
        RaftServer current = server;
        return current == null ? 0 : current.appliedIndex();
    }

    /** How the disk of this server's log has been doing lately. */
    public DiskHealth diskHealth() {
        RaftServer current = server;
        return current == null ? new DiskHealth(false, 0, 0, 0) : current.diskHealth();
    }

    /** Why the cluster does not let this server in until somebody does something; empty: it does, or was not asked. */
    public String admissionRefusal() {
        RaftServer current = server;
        return current == null ? "" : current.membership().admissionRefusal();
    }

    @Override
    public Condition condition(Server of) {
        RaftServer current = server;
        ServerInfo info = current == null ? null : current.membership().info(of.raftAddress());
        return info == null
                ? Condition.UNKNOWN
                : new Condition(
                        info.getLastIndex(),
                        info.getTerm(),
                        info.getLastContactMs() + current.membership().silentMillis(of.raftAddress()),
                        current.membership().behind(of.raftAddress()),
                        info.getZone(),
                        info.getLeaderPriority());
    }

    @Override
    public boolean isAlive(Server other) {
        RaftServer current = server;
        return current != null && current.membership().isAlive(other.raftAddress());
    }

    @Override
    public List<Member> serverMembers() {
        RaftServer current = server;
        return current == null
                ? List.of(new Member(self(), true, Member.Status.ALIVE))
                : current.membership().departures().members();
    }

    @Override
    public CompletableFuture<Void> join(List<String> addresses) {
        return onceStarted(current -> current.membership().meet(addresses));
    }

    @Override
    public CompletableFuture<Void> leave() {
        RaftServer current = server;
        return current == null ? CompletableFuture.completedFuture(null) : current.leave();
    }

    @Override
    public CompletableFuture<Boolean> forceLeave(String name, boolean prune) {
        return onceStarted(current -> current.membership().departures().forceLeave(name, prune));
    }

    @Override
    public CompletableFuture<Void> remove(Server other) {
        return onceStarted(current -> current.membership().departures().remove(other));
    }

    @Override
    public CompletableFuture<ServerChange.Outcome> change(ServerChange change) {
        return onceStarted(current -> current.changes().change(change));
    }

    @Override
    public CompletableFuture<Void> transferLeadership(@Nullable Server to) {
        RaftServer current = server;
        if (current == null || !isLeader()) {
            String leader = leader().map(Server::httpAddress).orElse("nobody");
            return CompletableFuture.failedFuture(
                    new IOException("this server does not lead: ask the one that does, at " + leader));
        }
        return current.transferLeadership(to == null ? null : to.raftAddress());
    }

    /** Hands leadership on where it can, stops taking part, gives back the port and the directory. Idempotent. */
    @Override
    public void close() {
        end(RaftServer::stop);
    }

    /** Stops without a word to the other servers, like a killed process. For tests. */
    void halt() {
        end(RaftServer::halt);
    }

    /** Asks another server who it is. For tests. */
    CompletableFuture<HelloResponse> hello(String address) {
        return started().membership().hello(address);
    }

    /** Proposes on this very server, whoever leads. For tests. */
    void proposeHere(Command command, Proposal.Outcome outcome) {
        RaftNode node = Objects.requireNonNull(started().node());
        node.propose(CommandCodec.toMessage(command, 0), new Proposal(command, 0, outcome, null));
    }

    private RaftServer started() {
        return Objects.requireNonNull(server, "not started");
    }

    private synchronized void end(Consumer<RaftServer> how) {
        if (closed) {
            return;
        }
        closed = true;
        started.completeExceptionally(stopped());
        RaftServer current = server;
        if (current != null) {
            how.accept(current);
        }
        try {
            directory.close();
        } catch (IOException e) {
            LOG.warn("The lock on {} was not given back: {}", directory.path(), e.toString());
        }
    }
}
