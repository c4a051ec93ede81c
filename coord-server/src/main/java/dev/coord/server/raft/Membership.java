package dev.coord.server.raft;

import dev.coord.api.raft.v1.HelloRequest;
import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.JoinRequest;
import dev.coord.api.raft.v1.JoinResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Layout;
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
    /** Somebody waits for the answer. */
    private static final long LOOK_DEADLINE_MILLIS = 5_000;

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
    private volatile Peers peers = Peers.NONE;
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
    /** By Raft address: how many entries a server lacked that this one had when it asked. */
    private final Map<String, Long> behind = new ConcurrentHashMap<>();
    /** Addresses that are being looked at. */
    private final Set<String> lookingAt = ConcurrentHashMap.newKeySet();

    private final Admission admission;
    /** What the leader said last; read by anybody. */
    private volatile String admissionRefusal = "";
    /** Why each server did not let this one in when it was asked last. Any thread. */
    private final Map<String, String> notLetIn = new ConcurrentHashMap<>();

    private final Departures departures;

    Membership(
            RaftOptions options,
            Supplier<ServerInfo> self,
            PeerConnections connections,
            Leadership leadership,
            Admission admission,
            Executor executor) {
        this.options = options;
        this.self = self;
        this.connections = connections;
        this.admission = admission;
        this.leadership = leadership;
        this.executor = executor;
        this.departures = new Departures(options, self, this, connections, leadership, executor);
    }

    Departures departures() {
        return departures;
    }

    void start(RaftNode started) {
        node = started;
        peers = started.peers();
        alone = peers.voters().equals(List.of(selfAddress()));
    }

    String selfAddress() {
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
        return peers.voters();
    }

    Peers peers() {
        return peers;
    }

    void refreshPeers() {
        RaftNode current = node;
        if (current != null) {
            Peers before = peers;
            Peers now = current.peers();
            if (!now.equals(before)) {
                peers = now;
                departures.peersChanged(before.all(), now.all());
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
            known.merge(info.getRaftAddress(), info, this::whoItIs);
        }
    }

    /** Somebody with nothing at the address of a voter is not that voter, whatever it says of itself. */
    private ServerInfo whoItIs(ServerInfo before, ServerInfo now) {
        return peers.voters().contains(now.getRaftAddress()) && admission.isStranger(now, before.getNodeId())
                ? before
                : now;
    }

    /** What the other voters that are alive have said of themselves last. */
    List<ServerInfo> otherVoters() {
        return peers.voters().stream()
                .filter(address -> !address.equals(selfAddress()) && isAlive(address))
                .map(known::get)
                .filter(Objects::nonNull)
                .toList();
    }

    List<Server> servers() {
        List<String> addresses = peers.all();
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
            return describe(own, peers.voters().contains(address));
        }
        ServerInfo info = known.get(address);
        boolean voter = peers.voters().contains(address);
        return info != null
                ? describe(info, voter)
                : new Server("", address, own.getDatacenter(), address, "", "", "", voter);
    }

    /** How many entries a server lacked that this one had when it asked last; 0 for itself and for one that never answered. */
    long behind(String address) {
        return behind.getOrDefault(address, 0L);
    }

    /** The newest that is known of a server; null: it never answered. */
    @Nullable
    ServerInfo info(String address) {
        return address.equals(selfAddress()) ? self.get() : known.get(address);
    }

    /**
     * The servers of a configuration, as they are.
     *
     * @param newcomer one of them that is not known yet
     */
    Layout layout(Peers configuration, @Nullable ServerInfo newcomer) {
        return new Layout(configuration.all().stream()
                .map(address -> {
                    boolean isNew =
                            newcomer != null && newcomer.getRaftAddress().equals(address);
                    ServerInfo info = isNew ? newcomer : info(address);
                    return new Layout.Place(
                            info == null ? "" : info.getName(),
                            address,
                            info == null ? "" : info.getZone(),
                            configuration.voters().contains(address),
                            isNew || isAlive(address));
                })
                .toList());
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

    /** Since one that is not alive was heard of; 0: it is alive, or never was. What it said last is so much older. */
    long silentMillis(String address) {
        long silent = isAlive(address) ? 0 : connections.silentMillis(address);
        return silent == Long.MAX_VALUE ? 0 : silent;
    }

    // ---- hello

    HelloResponse answerHello(HelloRequest request) {
        if (!request.getOnlyLooking()) {
            learn(request.getSelf());
        }
        return HelloResponse.newBuilder()
                .setSelf(self.get())
                .addAllKnown(known.values())
                .setLeaderAddress(Objects.requireNonNullElse(leadership.view().leaderAddress(), ""))
                .addAllVoters(peers.voters())
                .addAllLearners(peers.learners())
                .build();
    }

    /** Asks a server who it is, and keeps a stream to it; fails when it does not answer in time. */
    CompletableFuture<HelloResponse> hello(String address) {
        connections.to(address).connect();
        return greet(address);
    }

    /** As {@link #hello}, at an address that need not be the one that Raft knows it by: without a stream. */
    CompletableFuture<HelloResponse> greet(String address) {
        ServerInfo own = self.get();
        return ask(address, HelloRequest.newBuilder().setSelf(own).build(), HELLO_DEADLINE_MILLIS)
                .whenComplete((response, error) -> {
                    if (response != null) {
                        learn(response.getSelf());
                        behind.put(
                                address,
                                Math.max(
                                        0,
                                        own.getLastIndex() - response.getSelf().getLastIndex()));
                    }
                });
    }

    /** Asks who is there, without a consequence for either. */
    CompletableFuture<HelloResponse> lookAt(String address) {
        return ask(
                address,
                HelloRequest.newBuilder()
                        .setSelf(self.get())
                        .setOnlyLooking(true)
                        .build(),
                LOOK_DEADLINE_MILLIS);
    }

    /** Whoever is asked need be none of the cluster's: the tick leaves its connection until it has answered. */
    private CompletableFuture<HelloResponse> ask(String address, HelloRequest request, long deadlineMillis) {
        lookingAt.add(address);
        PeerConnection connection = connections.to(address);
        connection.tryAtOnce();
        CompletableFuture<HelloResponse> answer = new CompletableFuture<>();
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(deadlineMillis, TimeUnit.MILLISECONDS)
                .hello(request, new Answer<>(connection, answer));
        return answer.whenComplete((response, error) -> lookingAt.remove(address));
    }

    /** Called once a second: greets the other servers, and asks to be let in where that is wanted. */
    void tick() {
        refreshPeers();
        List<String> all = peers.all();
        for (String address : all) {
            if (!address.equals(selfAddress())) {
                CompletableFuture<Void> unused =
                        hello(address).thenAccept(this::joinIfGivenUp).exceptionally(error -> null);
            }
        }
        if (joining) {
            askToJoin();
        } else if (!all.isEmpty() && !changing.get()) {
            all.addAll(lookingAt);
            connections.retain(all);
            behind.keySet().retainAll(all);
        }
        departures.tick();
    }

    /** A server that was removed while it was down finds itself in its own log and in nobody else's. */
    private void joinIfGivenUp(HelloResponse other) {
        boolean itsClusterGoesOn = !other.getLeaderAddress().isEmpty();
        boolean given = !other.getVotersList().contains(selfAddress())
                && !other.getLearnersList().contains(selfAddress());
        if (itsClusterGoesOn && given && leadership.view().leaderAddress() == null && !departures.isLeaving()) {
            joining = true;
        }
    }

    /** Why this server is not let in until somebody does something; empty: nobody has said so. */
    String admissionRefusal() {
        return isMember() ? "" : admissionRefusal;
    }

    /** True while this server is in the configuration and knows a leader, who has it there, too. */
    boolean isMember() {
        return peers.contains(selfAddress()) && leadership.view().leaderAddress() != null;
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
                    if (node != null && !peers.contains(selfAddress())) {
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
        if (isMember()) {
            joining = false;
            LOG.info("This server belongs to the cluster now: {}", peers);
            return;
        }
        if (asking.compareAndSet(false, true)) {
            CompletableFuture<Void> unused =
                    askTheLeader(admission.request(false)).thenAccept(response -> asking.set(false));
        }
    }

    /**
     * Before this server takes part with an empty directory: whether it may.
     *
     * @return the leader's answer; one with an error where no leader was found
     */
    CompletableFuture<JoinResponse> askForAdmission() {
        return askTheLeader(admission.request(true));
    }

    private CompletableFuture<JoinResponse> askTheLeader(JoinRequest request) {
        Set<String> addresses = new LinkedHashSet<>();
        String leader = leadership.view().leaderAddress();
        if (leader != null) {
            addresses.add(leader);
        }
        addresses.addAll(peers.voters());
        addresses.addAll(toMeet());
        // Perhaps nobody was named here: a server of the cluster was told of this one.
        addresses.addAll(known.keySet());
        addresses.remove(selfAddress());
        CompletableFuture<JoinResponse> answer = new CompletableFuture<>();
        askNext(request, List.copyOf(addresses), 0, answer);
        return answer;
    }

    private void askNext(JoinRequest request, List<String> addresses, int at, CompletableFuture<JoinResponse> done) {
        if (at == addresses.size()) {
            done.complete(JoinResponse.newBuilder()
                    .setError("no server that leads was found")
                    .build());
            return;
        }
        String address = addresses.get(at);
        CompletableFuture<JoinResponse> answer = new CompletableFuture<>();
        PeerConnection connection = connections.to(address);
        connection.tryAtOnce();
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(JOIN_DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
                .join(request, new Answer<>(connection, answer));
        CompletableFuture<Void> unused = answer.handle((response, error) -> {
            if (error != null) {
                notLetIn(address, String.valueOf(error.getMessage()));
                askNext(request, addresses, at + 1, done);
            } else if (response.getMember()) {
                LOG.info("The leader at {} lets this server into the cluster", address);
                done.complete(response);
            } else if (response.getRefused()) {
                if (!response.getError().equals(admissionRefusal)) {
                    LOG.error("This server is not let into the cluster: {}", response.getError());
                    admissionRefusal = response.getError();
                }
                done.complete(response);
            } else if (!response.getLeaderAddress().isEmpty() && !addresses.contains(response.getLeaderAddress())) {
                List<String> more = new ArrayList<>(addresses);
                more.add(response.getLeaderAddress());
                askNext(request, List.copyOf(more), at + 1, done);
            } else {
                notLetIn(address, response.getError());
                askNext(request, addresses, at + 1, done);
            }
            return null;
        });
    }

    /** Each answer is logged when it is another than the last, for who waits asks each second. */
    private void notLetIn(String address, String why) {
        if (!why.isEmpty() && !why.equals(notLetIn.put(address, why))) {
            LOG.info("Asked {} to be let into the cluster: {}", address, why);
        }
    }

    /** On the leader: makes the asking server a voter, in the place of the address that it had before. */
    CompletableFuture<JoinResponse> join(JoinRequest request) {
        CompletableFuture<JoinResponse> answer = new CompletableFuture<>();
        executor.execute(() -> join(request, answer));
        return answer;
    }

    private void join(JoinRequest request, CompletableFuture<JoinResponse> answer) {
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
        ServerInfo joiner = request.getSelf();
        Peers now = current.peers();
        String refusal = admission.refusal(request, now);
        if (refusal != null) {
            answer.complete(
                    JoinResponse.newBuilder().setError(refusal).setRefused(true).build());
            return;
        }
        if (now.contains(joiner.getRaftAddress()) || request.getAskOnly()) {
            answer.complete(JoinResponse.newBuilder().setMember(true).build());
            return;
        }
        String problem = problem(joiner, now);
        if (problem != null) {
            answer.complete(JoinResponse.newBuilder().setError(problem).build());
            return;
        }
        String before = admission.addressBefore(request, now);
        Peers next = (before == null ? now : now.without(before)).withVoter(joiner.getRaftAddress());
        LOG.info("{} at {} asks to be let in: {} become {}", joiner.getName(), joiner.getRaftAddress(), now, next);
        learn(joiner);
        change(
                List.of(next),
                error -> answer.complete(
                        error == null
                                ? JoinResponse.newBuilder().setMember(true).build()
                                : JoinResponse.newBuilder().setError(error).build()));
    }

    /**
     * On the leader: makes these the servers, one configuration after the other. Where one of the later ones fails, the first
     * configuration is asked for again.
     *
     * @param done told why not, or null
     */
    void change(List<Peers> steps, Consumer<@Nullable String> done) {
        RaftNode current = node;
        if (current == null || !changing.compareAndSet(false, true)) {
            done.accept("another change of servers is under way");
            return;
        }
        // Before the change begins: from here on another server may come to lead.
        alone = false;
        step(current, current.peers(), steps, 0, done);
    }

    private void step(RaftNode on, Peers first, List<Peers> steps, int at, Consumer<@Nullable String> done) {
        Peers next = steps.get(at);
        for (String address : next.all()) {
            if (!address.equals(selfAddress())) {
                connections.to(address).connect();
            }
        }
        on.changePeers(next, status -> {
            refreshPeers();
            if (status.isOk() && at + 1 < steps.size()) {
                step(on, first, steps, at + 1, done);
                return;
            }
            String error = status.isOk() ? null : "the change of servers failed: " + status.getErrorMsg();
            if (error == null || at == 0) {
                changed(on, error, done);
            } else {
                on.changePeers(first, ignored -> changed(on, error, done));
            }
        });
    }

    private void changed(RaftNode on, @Nullable String error, Consumer<@Nullable String> done) {
        refreshPeers();
        alone = error == null && on.peers().voters().equals(List.of(selfAddress()));
        changing.set(false);
        done.accept(error);
    }

    /** Only on the leader; null: it is under way, else why not. May wait for JRaft's locks. */
    @Nullable
    String transferLeadership(@Nullable String address) {
        RaftNode current = node;
        return current == null ? "this server has not started yet" : current.transferLeadership(address);
    }

    /** Two servers of one name would write over each other's entry in the catalog. */
    @Nullable
    String problem(ServerInfo joiner, Peers now) {
        for (String address : now.all()) {
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
