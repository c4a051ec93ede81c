package dev.coord.server.raft;

import com.google.protobuf.ByteString;
import dev.coord.api.raft.v1.DnsCall;
import dev.coord.api.raft.v1.DnsReply;
import dev.coord.api.raft.v1.ForwardRequest;
import dev.coord.api.raft.v1.ForwardResponse;
import dev.coord.api.raft.v1.HelloRequest;
import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.api.raft.v1.NodeRequest;
import dev.coord.api.raft.v1.NodeResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.command.ForwardedHttp;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of the cluster as an agent knows them that is none: found at the addresses that it was told, asked once a
 * second, over their Raft ports. Brings commands and lease questions to the leader, reads this agent's own node, and hands HTTP
 * requests to whichever server answers. Safe from any thread, never blocks.
 */
public final class RemoteServers
        implements CommandExecutor, StateReader, ClusterView, ForwardedHttp.Caller, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteServers.class);
    private static final long TICK_MILLIS = 1_000;
    /** This node is read anew so seldom. */
    private static final int NODE_TICKS = 3;

    /** The most addresses that are remembered to ask. */
    private static final int TOLD_MAX = 256;

    private static final long HELLO_MILLIS = 1_000;
    /** Somebody waits for the answer. */
    private static final long JOIN_MILLIS = 5_000;

    private static final long ANSWER_MILLIS = 10_000;
    /** Before a question without an answer is asked again. */
    private static final long AGAIN_MILLIS = 200;
    /** Clients of DNS ask again after some seconds: by then another server should have been asked. */
    private static final int DNS_MILLIS = 2_000;
    /** A request waits for it. */
    private static final int TOKEN_MILLIS = 2_000;

    /** Longer than any blocking query. */
    private static final Duration HTTP_MAX = Duration.ofMinutes(12);
    /** The most commands and questions without an answer; one more fails as overloaded. */
    private static final int UNDER_WAY_MAX = 8_192;

    private final DataDirectory directory;
    private final Supplier<@Nullable String> ownToken;
    private final PeerTransport transport;
    private final PeerConnections connections;
    /** Null: nobody can meet this agent, it meets others. */
    private final io.grpc.@Nullable Server meeting;

    private final ScheduledExecutorService ticker = RaftThreads.ticker("coord-servers-tick");
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicBoolean reading = new AtomicBoolean();
    /** Addresses to ask beside those of known servers. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    /** By Raft address: what each server said of itself last. */
    private final Map<String, ServerInfo> known = new ConcurrentHashMap<>();

    /** Its HTTP address is known once HTTP is served. */
    private volatile Server self;

    /** Written by whoever hears it, read by anybody. */
    private volatile String leader = "";

    private volatile String clusterId = "";
    private volatile long leaderHeardAtNanos = System.nanoTime();
    /** Where HTTP requests go first. */
    private volatile String preferred = "";

    private volatile Catalog catalog = new Catalog(State.empty(), -1);
    private volatile boolean closed;
    /** The ticker's alone. */
    private int ticks;

    private record Catalog(State state, long index) {}

    private RemoteServers(
            RaftOptions options, DataDirectory directory, Supplier<@Nullable String> ownToken, PeerTransport transport)
            throws IOException {
        this.directory = directory;
        this.ownToken = ownToken;
        this.transport = transport;
        this.self = new Server(
                directory.identity().nodeId(),
                options.nodeName(),
                options.datacenter(),
                options.advertiseAddress(),
                "",
                "",
                options.version(),
                false);
        told.addAll(options.join());
        connections = new PeerConnections(
                address -> transport.channel(address, () -> new CallerIdentity(clusterId, 0, "")),
                new Failure((message, cause) -> {}),
                "this agent");
        meeting = transport.meet(new MetByServers());
    }

    /**
     * Takes the data directory, in which it keeps this agent's id, and begins to look for the servers.
     *
     * @param options of which the directory, names, addresses and TLS count
     * @param ownToken the secret by which this agent brings commands, asked for each by any thread; null: ACLs are off here
     * @throws IOException if the directory or the keys can't be used
     */
    public static RemoteServers start(RaftOptions options, Supplier<@Nullable String> ownToken) throws IOException {
        DataDirectory directory = DataDirectory.open(options.dataDirectory(), options.nodeId());
        try {
            RemoteServers servers = new RemoteServers(options, directory, ownToken, PeerTransport.forAgent(options));
            ScheduledFuture<?> unused =
                    servers.ticker.scheduleWithFixedDelay(servers::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
            return servers;
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    /**
     * Reads certificates, key and authorities again.
     *
     * @return makes them count: for connections that begin from then on
     * @throws IOException if they can't be used; what was before stays
     */
    public Runnable certificateRenewal() throws IOException {
        return transport.renewal();
    }

    /** This agent answers HTTP at this address. */
    public void serving(String httpAddress) {
        Server now = self;
        self = new Server(
                now.id(), now.name(), now.datacenter(), now.raftAddress(), "", httpAddress, now.version(), false);
    }

    // ---- who is there

    private void tick() {
        Set<String> addresses = new LinkedHashSet<>(known.keySet());
        if (known.keySet().stream().noneMatch(this::isAlive)) {
            addresses.addAll(told);
        }
        for (String address : addresses) {
            greet(address).exceptionally(error -> null);
        }
        // So that what the catalog lost of this node is noticed.
        if (ticks++ % NODE_TICKS == 0 && !leader.isEmpty() && reading.compareAndSet(false, true)) {
            CompletableFuture<State> unused = linearizable().whenComplete((state, error) -> reading.set(false));
        }
    }

    private CompletableFuture<HelloResponse> greet(String address) {
        return greet(address, HELLO_MILLIS);
    }

    private CompletableFuture<HelloResponse> greet(String address, long deadlineMillis) {
        PeerConnection connection = connections.to(address);
        connection.tryAtOnce();
        CompletableFuture<HelloResponse> answer = new CompletableFuture<>();
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(deadlineMillis, TimeUnit.MILLISECONDS)
                .hello(HelloRequest.getDefaultInstance(), new Membership.Answer<>(connection, answer));
        return answer.whenComplete((response, error) -> {
            if (response != null) {
                learn(response);
            }
        });
    }

    private void learn(HelloResponse response) {
        ServerInfo one = response.getSelf();
        if (known.put(one.getRaftAddress(), one) == null) {
            LOG.info("Found server {} at {}", one.getName(), one.getRaftAddress());
        }
        clusterId = one.getClusterId();
        Set<String> voters = Set.copyOf(response.getVotersList());
        if (!voters.isEmpty()) {
            known.keySet().removeIf(address -> !voters.contains(address) && !address.equals(one.getRaftAddress()));
            for (ServerInfo other : response.getKnownList()) {
                if (voters.contains(other.getRaftAddress())) {
                    known.putIfAbsent(other.getRaftAddress(), other);
                }
            }
        }
        String now = response.getLeaderAddress();
        if (!now.isEmpty()) {
            leaderHeardAtNanos = System.nanoTime();
            if (!now.equals(leader)) {
                leader = now;
                LOG.info("The server at {} leads", now);
            }
        } else if (one.getRaftAddress().equals(leader)) {
            leader = "";
        }
    }

    /** Meets the servers at these addresses, too; completes when one of them has answered. */
    public CompletableFuture<Void> join(List<String> addresses) {
        CompletableFuture<Void> met = new CompletableFuture<>();
        AtomicInteger left = new AtomicInteger(addresses.size());
        for (String address : addresses) {
            CompletableFuture<HelloResponse> unused = greet(address, JOIN_MILLIS)
                    .whenComplete((response, error) -> {
                        if (response != null) {
                            told.add(address);
                            met.complete(null);
                        } else if (left.decrementAndGet() == 0) {
                            met.completeExceptionally(
                                    new IOException("joining " + address + " failed: " + Membership.reason(error)));
                        }
                    });
        }
        return met;
    }

    /** Takes this agent's node out of the catalog, with all that is on it. */
    public CompletableFuture<Void> forgetSelf() {
        return execute(new Command.Deregister(self.name(), null, null)).thenAccept(result -> {});
    }

    @Override
    public boolean isServer() {
        return false;
    }

    @Override
    public Server self() {
        return self;
    }

    @Override
    public Optional<Server> leader() {
        ServerInfo info = known.get(leader);
        return info == null ? Optional.empty() : Optional.of(Membership.describe(info, true));
    }

    @Override
    public boolean isLeader() {
        return false;
    }

    @Override
    public long lastContactMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - leaderHeardAtNanos);
    }

    @Override
    public List<Server> servers() {
        return known.values().stream()
                .map(info -> Membership.describe(info, true))
                .sorted(Comparator.comparing(Server::name))
                .toList();
    }

    @Override
    public long term() {
        return 0;
    }

    @Override
    public long lastLogIndex() {
        return 0;
    }

    @Override
    public long appliedIndex() {
        return 0;
    }

    @Override
    public boolean isAlive(Server server) {
        return isAlive(server.raftAddress());
    }

    private boolean isAlive(String address) {
        return connections.silentMillis(address) < Membership.FAILED_AFTER_MILLIS;
    }

    // ---- to the leader

    @Override
    public CompletableFuture<CommandResult> execute(Command command) {
        ForwardRequest.Builder bringing = ForwardRequest.newBuilder()
                .setCommand(CommandCodec.toMessage(command, 0))
                .setTimeoutMs(ANSWER_MILLIS);
        String token = ownToken.get();
        if (token != null) {
            bringing.setAgentToken(token);
        }
        ForwardRequest request = bringing.build();
        return toLeader(
                (PeerGrpc.PeerStub stub, StreamObserver<ForwardResponse> out) -> stub.forward(request, out),
                RemoteServers::applied);
    }

    private static @Nullable CommandResult applied(ForwardResponse response) {
        if (response.hasApplied()) {
            return CommandRouter.result(response.getApplied());
        }
        Reason reason = CommandRouter.reason(response.getFailed().getReason());
        if (reason == Reason.NO_LEADER) {
            return null;
        }
        throw new ConsensusException(reason, response.getFailed().getMessage());
    }

    /** Asks the leader, wherever it is; fails with {@link ConsensusException}. */
    public CompletableFuture<LeaseResponse> ask(LeaseRequest request) {
        return toLeader(
                (PeerGrpc.PeerStub stub, StreamObserver<LeaseResponse> out) -> stub.lease(request, out),
                response -> response.getError().isEmpty() ? response : null);
    }

    private interface Call<A> {
        void start(PeerGrpc.PeerStub stub, StreamObserver<A> out);
    }

    /** @param judge null: not the leader, ask again */
    private <A, R> CompletableFuture<R> toLeader(Call<A> call, Function<A, @Nullable R> judge) {
        CompletableFuture<R> result = new CompletableFuture<>();
        if (underWay.incrementAndGet() > UNDER_WAY_MAX) {
            underWay.decrementAndGet();
            result.completeExceptionally(new ConsensusException(
                    Reason.OVERLOADED, "this agent has " + UNDER_WAY_MAX + " requests under way, no more are taken"));
            return result;
        }
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CommandRouter.HOLD_MILLIS);
        attempt(call, judge, deadlineNanos, result);
        return result.whenComplete((done, error) -> underWay.decrementAndGet());
    }

    private <A, R> void attempt(
            Call<A> call, Function<A, @Nullable R> judge, long deadlineNanos, CompletableFuture<R> result) {
        String to = leader;
        if (closed) {
            result.completeExceptionally(new ConsensusException(Reason.STOPPED, "this agent is stopping"));
        } else if (to.isEmpty()) {
            again(call, judge, deadlineNanos, result);
        } else {
            PeerConnection connection = connections.to(to);
            CompletableFuture<A> answer = new CompletableFuture<>();
            call.start(
                    PeerGrpc.newStub(connection.channel()).withDeadlineAfter(ANSWER_MILLIS, TimeUnit.MILLISECONDS),
                    new Membership.Answer<>(connection, answer));
            CompletableFuture<Void> unused = answer.handle((response, error) -> {
                if (error != null) {
                    leader = "";
                    result.completeExceptionally(new ConsensusException(
                            Reason.UNKNOWN_OUTCOME,
                            "the leader at " + to + " did not answer: " + Membership.reason(error)));
                    return null;
                }
                try {
                    R judged = judge.apply(response);
                    if (judged == null) {
                        leader = "";
                        again(call, judge, deadlineNanos, result);
                    } else {
                        result.complete(judged);
                    }
                } catch (ConsensusException refused) {
                    result.completeExceptionally(refused);
                }
                return null;
            });
        }
    }

    private <A, R> void again(
            Call<A> call, Function<A, @Nullable R> judge, long deadlineNanos, CompletableFuture<R> result) {
        if (System.nanoTime() - deadlineNanos > 0 || closed) {
            result.completeExceptionally(CommandRouter.noLeader());
            return;
        }
        ticker.execute(this::tick);
        ScheduledFuture<?> unused =
                ticker.schedule(() -> attempt(call, judge, deadlineNanos, result), AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }

    // ---- this agent's node

    /** As it was read last: of the catalog, this node alone. */
    @Override
    public State latest() {
        return catalog.state;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // The very state that was given out, and no other, has this index.
    public long nodeIndex(State state, String node) {
        Catalog last = catalog;
        return state == last.state ? last.index : -1;
    }

    /** Reads this node; the state holds nothing else. */
    @Override
    public CompletableFuture<State> linearizable() {
        Catalog before = catalog;
        NodeRequest request = NodeRequest.newBuilder()
                .setName(self.name())
                .setKnownIndex(Math.max(0, before.index))
                .build();
        return toLeader(
                (PeerGrpc.PeerStub stub, StreamObserver<NodeResponse> out) -> stub.node(request, out), response -> {
                    if (!response.getError().isEmpty()) {
                        return null;
                    }
                    if (before.index == response.getIndex()) {
                        return before.state;
                    }
                    State state = NodeRecords.catalog(response);
                    catalog = new Catalog(state, response.getIndex());
                    return state;
                });
    }

    // ---- HTTP

    @Override
    public void call(HttpCall call, boolean repeatable, ForwardedHttp.Receiver receiver) {
        new HttpForward(connections, call, repeatable, receiver, HTTP_MAX, server -> preferred = server)
                .toFirstOf(candidates());
    }

    // ---- DNS and tokens

    /**
     * Hands a DNS query on: to the server that answered last, or another where that one does not.
     *
     * @param query a whole message
     * @param tcp whether the client takes an answer of any size
     * @param secret of the token whose bearer is told; empty: whoever shows none to that server
     * @return fails when no server answers
     */
    public CompletableFuture<byte[]> dns(byte[] query, boolean tcp, String secret) {
        DnsCall call = DnsCall.newBuilder()
                .setQuery(ByteString.copyFrom(query))
                .setTcp(tcp)
                .setToken(secret)
                .build();
        return toAny(
                DNS_MILLIS,
                (PeerGrpc.PeerStub stub, StreamObserver<DnsReply> out) -> stub.dns(call, out),
                DnsReply::getError,
                reply -> reply.getAnswer().toByteArray());
    }

    /** Asks what a token stands for, as a DNS query is handed on. Fails when no server can tell. */
    public CompletableFuture<TokenReply> token(TokenCall call) {
        return toAny(
                TOKEN_MILLIS,
                (PeerGrpc.PeerStub stub, StreamObserver<TokenReply> out) -> stub.token(call, out),
                TokenReply::getError,
                reply -> reply);
    }

    /** @param error what a server says in place of an answer; empty: it is one */
    private <A, R> CompletableFuture<R> toAny(
            int millis, Call<A> call, Function<A, String> error, Function<A, R> answer) {
        if (underWay.incrementAndGet() > UNDER_WAY_MAX) {
            underWay.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new IOException("this agent has " + UNDER_WAY_MAX + " requests under way, no more are taken"));
        }
        Function<A, R> answered = reply -> {
            if (!error.apply(reply).isEmpty()) {
                throw new CompletionException(new IOException(error.apply(reply)));
            }
            return answer.apply(reply);
        };
        return toAny(millis, call, answered, candidates(), 0, "no server is known to be alive")
                .whenComplete((done, failure) -> underWay.decrementAndGet());
    }

    private <A, R> CompletableFuture<R> toAny(
            int millis, Call<A> call, Function<A, R> answered, List<String> servers, int place, String why) {
        if (place == servers.size()) {
            return CompletableFuture.failedFuture(new IOException(why));
        }
        String server = servers.get(place);
        PeerConnection connection = connections.to(server);
        CompletableFuture<A> reply = new CompletableFuture<>();
        call.start(
                PeerGrpc.newStub(connection.channel()).withDeadlineAfter(millis, TimeUnit.MILLISECONDS),
                new Membership.Answer<>(connection, reply));
        return reply.thenApply(answered)
                .whenComplete((answer, failure) -> preferred = failure == null ? server : preferred)
                .exceptionallyCompose(failure ->
                        toAny(millis, call, answered, servers, place + 1, server + ": " + Membership.reason(failure)));
    }

    // ---- gRPC

    /** host:port of the gRPC of servers that are alive, in an order that spreads agents over them. */
    public List<String> grpcAddresses() {
        List<String> all = new ArrayList<>(known.values().stream()
                .filter(server -> !server.getGrpcAddress().isEmpty() && isAlive(server.getRaftAddress()))
                .map(ServerInfo::getGrpcAddress)
                .toList());
        Collections.shuffle(all, ThreadLocalRandom.current());
        return all;
    }

    private List<String> candidates() {
        List<String> all = new ArrayList<>();
        for (String address : List.of(preferred, leader)) {
            if (known.containsKey(address) && isAlive(address) && !all.contains(address)) {
                all.add(address);
            }
        }
        known.keySet().stream()
                .filter(address -> !all.contains(address) && isAlive(address))
                .sorted()
                .forEach(all::add);
        return all;
    }

    @Override
    public void close() {
        closed = true;
        ticker.shutdownNow();
        if (meeting != null) {
            meeting.shutdownNow();
        }
        connections.close();
        try {
            directory.close();
        } catch (IOException e) {
            LOG.warn("The lock on {} was not given back: {}", directory.path(), e.toString());
        }
    }

    /** A server that was told to meet this agent says who it is; so it is found. */
    private final class MetByServers extends PeerGrpc.PeerImplBase {

        @Override
        public void hello(HelloRequest request, StreamObserver<HelloResponse> out) {
            String address = request.getSelf().getRaftAddress();
            if (!address.isEmpty() && told.size() < TOLD_MAX) {
                told.add(address);
                greet(address).exceptionally(error -> null);
            }
            // No Raft address: this is nobody to form a cluster with.
            out.onNext(HelloResponse.newBuilder()
                    .setSelf(ServerInfo.newBuilder()
                            .setNodeId(self.id())
                            .setName(self.name())
                            .setDatacenter(self.datacenter()))
                    .build());
            out.onCompleted();
        }
    }
}
