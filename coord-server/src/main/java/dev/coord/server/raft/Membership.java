package dev.coord.server.raft;

import dev.coord.api.raft.v1.HelloRequest;
import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.JoinRequest;
import dev.coord.api.raft.v1.JoinResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.server.command.ClusterView.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of the cluster: who they are, which answer, and how a new one comes in. What another server says of itself is
 * learned by asking each once a second, which also tells whether it is alive.
 *
 * <p>Threads: {@link #tick} on the tick thread; everything else from any thread. Nothing blocks but {@link #join}'s work,
 * which runs on the executor given.
 */
final class Membership {

    /** A server that has not answered for this long counts as failed. */
    static final long FAILED_AFTER_MILLIS = 3_000;

    private static final long HELLO_DEADLINE_MILLIS = 1_000;
    private static final long JOIN_DEADLINE_MILLIS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final RaftOptions options;
    private final Supplier<ServerInfo> self;
    private final PeerConnections connections;
    private final Leadership leadership;
    private final Executor executor;

    /** By Raft address; what each server has said of itself last. */
    private final Map<String, ServerInfo> known = new ConcurrentHashMap<>();
    /** Written by the tick thread and when the node starts; read by anybody. */
    private volatile List<String> voters = List.of();
    /** Written when the node starts and before voters change; read by anybody. See {@link #isAlone}. */
    private volatile boolean alone;
    /** Set once when the node starts; read by anybody. */
    private volatile @Nullable RaftNode node;
    /** Set by whoever starts the node, cleared by the tick thread: asks to be let in until it is a voter. */
    private volatile boolean joining;
    /** One change of voters, or one request for one, at a time. */
    private final AtomicBoolean changing = new AtomicBoolean();

    private final AtomicBoolean asking = new AtomicBoolean();
    /** Addresses to meet that came after the start. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    private final Departures departures;

    Membership(
            RaftOptions options,
            Supplier<ServerInfo> self,
            PeerConnections connections,
            Leadership leadership,
            Executor executor) {
        this.options = options;
        this.self = self;
        this.connections = connections;
        this.leadership = leadership;
        this.executor = executor;
        this.departures = new Departures(options, self, this, connections, leadership, executor);
    }

    Departures departures() {
        return departures;
    }

    void start(RaftNode started) {
        node = started;
        voters = started.voters();
        alone = voters.equals(List.of(selfAddress()));
    }

    private String selfAddress() {
        return self.get().getRaftAddress();
    }

    /**
     * True only while this server is the one voter and no other is being let in: then nobody else can lead, and whatever
     * was acknowledged was applied here first.
     */
    boolean isAlone() {
        return alone;
    }

    List<String> voters() {
        return voters;
    }

    void refreshVoters() {
        RaftNode current = node;
        if (current != null) {
            List<String> before = voters;
            List<String> now = current.voters();
            if (!now.equals(before)) {
                voters = now;
                departures.votersChanged(before, now);
            }
        }
    }

    // ---- who is who

    /** By Raft address, what each server that was met has said of itself last. */
    Map<String, ServerInfo> known() {
        return known;
    }

    void learn(ServerInfo info) {
        if (!info.getRaftAddress().isEmpty() && !info.getRaftAddress().equals(selfAddress())) {
            known.put(info.getRaftAddress(), info);
        }
    }

    /** What the other voters that are alive have said of themselves last. */
    List<ServerInfo> otherVoters() {
        return voters.stream()
                .filter(address -> !address.equals(selfAddress()) && isAlive(address))
                .map(known::get)
                .filter(Objects::nonNull)
                .toList();
    }

    List<Server> servers() {
        List<String> addresses = voters;
        List<Server> servers = new ArrayList<>(Math.max(1, addresses.size()));
        for (String address : addresses) {
            servers.add(server(address));
        }
        if (servers.isEmpty()) {
            servers.add(describe(self.get(), false));
        }
        servers.sort(Comparator.comparing(Server::name).thenComparing(Server::raftAddress));
        return List.copyOf(servers);
    }

    /** One that never answered since this server started is known by its address alone. */
    Server server(String address) {
        ServerInfo own = self.get();
        if (address.equals(own.getRaftAddress())) {
            return describe(own, voters.contains(address));
        }
        ServerInfo info = known.get(address);
        return info != null
                ? describe(info, voters.contains(address))
                : new Server("", address, own.getDatacenter(), address, "", "", "", voters.contains(address));
    }

    static Server describe(ServerInfo info, boolean voter) {
        return new Server(
                info.getNodeId(),
                info.getName(),
                info.getDatacenter(),
                info.getRaftAddress(),
                info.getGrpcAddress(),
                info.getHttpAddress(),
                info.getVersion(),
                voter);
    }

    boolean isAlive(String address) {
        return address.equals(selfAddress()) || connections.silentMillis(address) < FAILED_AFTER_MILLIS;
    }

    // ---- hello

    HelloResponse answerHello(HelloRequest request) {
        learn(request.getSelf());
        return HelloResponse.newBuilder()
                .setSelf(self.get())
                .addAllKnown(known.values())
                .setLeaderAddress(Objects.requireNonNullElse(leadership.view().leaderAddress(), ""))
                .addAllVoters(voters)
                .build();
    }

    /** Asks a server who it is, and keeps a stream to it; fails when it does not answer in time. */
    CompletableFuture<HelloResponse> hello(String address) {
        connections.to(address).connect();
        return greet(address);
    }

    /** As {@link #hello}, at an address that need not be the one that Raft knows it by: without a stream. */
    CompletableFuture<HelloResponse> greet(String address) {
        PeerConnection connection = connections.to(address);
        connection.tryAtOnce();
        CompletableFuture<HelloResponse> answer = new CompletableFuture<>();
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(HELLO_DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
                .hello(HelloRequest.newBuilder().setSelf(self.get()).build(), new Answer<>(connection, answer));
        return answer.whenComplete((response, error) -> {
            if (response != null) {
                learn(response.getSelf());
            }
        });
    }

    /** Called once a second: greets the other voters, and asks to be let in where that is wanted. */
    void tick() {
        refreshVoters();
        for (String address : voters) {
            if (!address.equals(selfAddress())) {
                hello(address).exceptionally(error -> null);
            }
        }
        if (joining) {
            askToJoin();
        } else if (!voters.isEmpty() && !changing.get()) {
            connections.retain(voters);
        }
        departures.tick();
    }

    /** Whom to meet: of the configuration, and those that this server was told of since. */
    Set<String> toMeet() {
        Set<String> addresses = new LinkedHashSet<>(options.join());
        addresses.addAll(told);
        return addresses;
    }

    // ---- coming in

    /** As {@link dev.coord.server.command.ClusterChanges#join}. */
    CompletableFuture<Void> meet(List<String> addresses) {
        CompletableFuture<Void> met = new CompletableFuture<>();
        AtomicInteger left = new AtomicInteger(addresses.size());
        for (String address : addresses) {
            told.add(address);
            CompletableFuture<HelloResponse> unused = greet(address).whenComplete((response, error) -> {
                if (response != null) {
                    if (response.getSelf().getRaftAddress().isEmpty()) {
                        // An agent, which now knows this server: nobody to ask anything.
                        told.remove(address);
                    }
                    if (node != null && !voters.contains(selfAddress())) {
                        joining = true;
                    }
                    met.complete(null);
                } else {
                    told.remove(address);
                    if (left.decrementAndGet() == 0) {
                        met.completeExceptionally(new IOException("joining " + address + " failed: " + reason(error)));
                    }
                }
            });
        }
        return met;
    }

    /** The root says what is wrong: connection refused, a certificate that is not trusted, another cluster. */
    static String reason(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /** From now on asks the cluster to make this server a voter until it is one. */
    void wantToJoin() {
        joining = true;
    }

    private void askToJoin() {
        if (voters.contains(selfAddress())) {
            joining = false;
            LOG.info("This server is a voter of the cluster now: {}", voters);
            return;
        }
        if (!asking.compareAndSet(false, true)) {
            return;
        }
        Set<String> addresses = new LinkedHashSet<>();
        String leader = leadership.view().leaderAddress();
        if (leader != null) {
            addresses.add(leader);
        }
        addresses.addAll(voters);
        addresses.addAll(toMeet());
        // Perhaps nobody was named here: a server of the cluster was told of this one.
        addresses.addAll(known.keySet());
        addresses.remove(selfAddress());
        askNext(List.copyOf(addresses), 0);
    }

    private void askNext(List<String> addresses, int at) {
        if (at == addresses.size()) {
            asking.set(false);
            return;
        }
        String address = addresses.get(at);
        CompletableFuture<JoinResponse> answer = new CompletableFuture<>();
        PeerConnection connection = connections.to(address);
        connection.tryAtOnce();
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(JOIN_DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
                .join(JoinRequest.newBuilder().setSelf(self.get()).build(), new Answer<>(connection, answer));
        CompletableFuture<JoinResponse> unused = answer.whenComplete((response, error) -> {
            if (error != null) {
                LOG.info("Asked {} to be let into the cluster: {}", address, error.getMessage());
                askNext(addresses, at + 1);
            } else if (response.getMember()) {
                LOG.info("The leader at {} has let this server into the cluster", address);
                asking.set(false);
            } else if (!response.getLeaderAddress().isEmpty() && !addresses.contains(response.getLeaderAddress())) {
                List<String> more = new ArrayList<>(addresses);
                more.add(response.getLeaderAddress());
                askNext(List.copyOf(more), at + 1);
            } else {
                if (!response.getError().isEmpty()) {
                    LOG.info("Asked {} to be let into the cluster: {}", address, response.getError());
                }
                askNext(addresses, at + 1);
            }
        });
    }

    /** On the leader: makes the asking server a voter, in the place of the address that its node id had before. */
    CompletableFuture<JoinResponse> join(JoinRequest request) {
        CompletableFuture<JoinResponse> answer = new CompletableFuture<>();
        executor.execute(() -> join(request.getSelf(), answer));
        return answer;
    }

    private void join(ServerInfo joiner, CompletableFuture<JoinResponse> answer) {
        Leadership.View view = leadership.view();
        RaftNode current = node;
        if (!view.leading() || current == null) {
            String leader = view.leaderAddress();
            answer.complete(JoinResponse.newBuilder()
                    .setLeaderAddress(leader == null ? "" : leader)
                    .setError("this server does not lead")
                    .build());
            return;
        }
        List<String> now = current.voters();
        if (now.contains(joiner.getRaftAddress())) {
            answer.complete(JoinResponse.newBuilder().setMember(true).build());
            return;
        }
        String problem = problem(joiner, now);
        if (problem != null) {
            answer.complete(JoinResponse.newBuilder().setError(problem).build());
            return;
        }
        List<String> next = new ArrayList<>(now);
        next.removeIf(address -> nodeId(address).equals(joiner.getNodeId()));
        next.add(joiner.getRaftAddress());
        LOG.info(
                "{} at {} asks to be let in: voters {} become {}",
                joiner.getName(),
                joiner.getRaftAddress(),
                now,
                next);
        learn(joiner);
        change(
                next,
                error -> answer.complete(
                        error == null
                                ? JoinResponse.newBuilder().setMember(true).build()
                                : JoinResponse.newBuilder().setError(error).build()));
    }

    /**
     * On the leader: makes these the voters.
     *
     * @param done told why not, or null
     */
    void change(List<String> next, Consumer<@Nullable String> done) {
        RaftNode current = node;
        if (current == null || !changing.compareAndSet(false, true)) {
            done.accept("another change of servers is under way");
            return;
        }
        // Before the change begins: from here on another server may come to lead.
        alone = false;
        for (String address : next) {
            if (!address.equals(selfAddress())) {
                connections.to(address).connect();
            }
        }
        current.changeVoters(next, status -> {
            refreshVoters();
            alone = status.isOk() && next.equals(List.of(selfAddress()));
            changing.set(false);
            done.accept(status.isOk() ? null : "the change of servers failed: " + status.getErrorMsg());
        });
    }

    private String nodeId(String address) {
        ServerInfo info = known.get(address);
        return info == null ? "" : info.getNodeId();
    }

    /** Two servers of one name would write over each other's entry in the catalog. */
    private @Nullable String problem(ServerInfo joiner, List<String> now) {
        for (String address : now) {
            Server member = server(address);
            if (member.name().equals(joiner.getName()) && !member.id().equals(joiner.getNodeId())) {
                return "the cluster has a server named " + joiner.getName() + " at " + address
                        + ": give this one another node_name";
            }
        }
        return null;
    }

    /** Completes a future with the one answer of a call. */
    static final class Answer<T> implements StreamObserver<T> {

        private final PeerConnection from;
        private final CompletableFuture<T> future;

        Answer(PeerConnection from, CompletableFuture<T> future) {
            this.from = from;
            this.future = future;
        }

        @Override
        public void onNext(T value) {
            from.heard();
            future.complete(value);
        }

        @Override
        public void onError(Throwable t) {
            future.completeExceptionally(t);
        }

        @Override
        public void onCompleted() {
            if (!future.isDone()) {
                future.completeExceptionally(
                        Status.INTERNAL.withDescription("no answer").asException());
            }
        }
    }
}
