package dev.coord.server.raft;

import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.coord.api.raft.v1.ChangeRequest;
import dev.coord.api.raft.v1.ChangeResponse;
import dev.coord.api.raft.v1.DnsCall;
import dev.coord.api.raft.v1.DnsReply;
import dev.coord.api.raft.v1.ForwardRequest;
import dev.coord.api.raft.v1.ForwardResponse;
import dev.coord.api.raft.v1.HelloRequest;
import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.JoinRequest;
import dev.coord.api.raft.v1.JoinResponse;
import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.api.raft.v1.LeaveRequest;
import dev.coord.api.raft.v1.LeaveResponse;
import dev.coord.api.raft.v1.NodeRequest;
import dev.coord.api.raft.v1.NodeResponse;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.raft.v1.Signals;
import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ForwardedDns;
import dev.coord.server.command.ForwardedHttp;
import dev.coord.server.command.ForwardedTokens;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.command.LeaseChannel;
import dev.coord.server.state.State;
import dev.coord.streaming.Hub;
import dev.coord.wal.LogStore;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One life of a server: its parts, how they are wired, and the order in which they come and go. */
final class RaftServer {

    private static final Logger LOG = LoggerFactory.getLogger(RaftServer.class);
    private static final long TICK_MILLIS = 50;
    private static final int TICKS_PER_SECOND = (int) (1_000 / TICK_MILLIS);
    private static final long STOP_SECONDS = 5;
    /** Until a server that this one is told to join says of which cluster it is. */
    private static final long ASK_AGAIN_MILLIS = 1_000;

    /** Between two questions whether this server may take part. */
    private static final long ADMISSION_MILLIS = 500;

    private static final String NO_TOKENS = "this server can't tell yet what tokens stand for";

    private final RaftOptions options;
    private final DataDirectory directory;
    private final Failure failure;
    private final ForwardedHttp.@Nullable Handler httpHandler;
    private final Supplier<ForwardedDns.@Nullable Handler> dnsHandler;
    private final Supplier<ForwardedTokens.@Nullable Handler> tokenHandler;
    private final String grpcAddress;
    private final String httpAddress;
    private final Supplier<Signals> signals;
    private final LogStore store;
    private final PeerTransport transport;

    private final ScheduledExecutorService ticker = RaftThreads.ticker("coord-raft-tick");
    private final ExecutorService executor = RaftThreads.pool("coord-raft-rpc");
    private final ExecutorService files = RaftThreads.single("coord-raft-files");
    private final ExecutorService listeners = RaftThreads.single("coord-leadership");

    private final WalLogStorage log;
    private final SlowDisk disk;
    private final PreferredLeader preferredLeader = new PreferredLeader();
    private final DeadServers deadServers = new DeadServers();
    private final VoteStorage vote;
    private final RaftProcessors processors;
    private final ClusterIdentity identity;
    private final PeerConnections connections;
    private final Leadership leadership;
    private final Membership membership;
    private final ServerChanges changes;
    private final RevisionWaits waits = new RevisionWaits();
    private final CommandStateMachine stateMachine;
    private final LinearizableReads reads;
    private final CommandRouter commands;
    private final LeaseRouter leases;
    private final AtomicBoolean namingCluster = new AtomicBoolean();

    /** Set once by {@link #start}, before anybody can ask for it. */
    private volatile String address = "";
    /** Set once by {@link #start}. */
    private @Nullable Server server;
    /** Set once by the thread that starts the node, read by anybody. */
    private volatile @Nullable RaftNode node;
    /** Guarded by this, so that a node is not started while the server stops. */
    private boolean stopping;
    /** Guarded by this. */
    private @Nullable Thread formationThread;
    /** Written by the transport's threads, read by anybody: when a leader's message last came. */
    private volatile long leaderHeardAtNanos = System.nanoTime();
    /** Set before the node can lead, cleared by the state machine's thread: see {@link RecoveryFile}. */
    private volatile boolean generationPending;
    /** Tick thread only. */
    private int ticks;

    RaftServer(
            RaftOptions options,
            DataDirectory directory,
            LogStore store,
            PeerTransport transport,
            Hub hub,
            Failure failure,
            List<LeadershipListener> leadershipListeners,
            LeaseChannel.@Nullable Handler leaseHandler,
            ForwardedHttp.@Nullable Handler httpHandler,
            Supplier<ForwardedDns.@Nullable Handler> dnsHandler,
            Supplier<ForwardedTokens.@Nullable Handler> tokenHandler,
            BooleanSupplier leaseReads,
            Supplier<Signals> signals,
            CommandFigures figures,
            Clock clock,
            String grpcAddress,
            String httpAddress) {
        this.options = options;
        this.directory = directory;
        this.store = store;
        this.transport = transport;
        this.failure = failure;
        this.httpHandler = httpHandler;
        this.dnsHandler = dnsHandler;
        this.tokenHandler = tokenHandler;
        this.grpcAddress = grpcAddress;
        this.httpAddress = httpAddress;
        this.signals = signals;
        log = new WalLogStorage(store, directory, failure);
        disk = new SlowDisk(options.slowDisk(), store::syncLatency, log::appendUnderWayNanos, System::nanoTime);
        processors = new RaftProcessors(executor, new AgreedEntries(log::firstIndex, directory));
        vote = new VoteStorage(directory.vote(), failure);
        identity = new ClusterIdentity(directory, () -> address, failure);
        connections = new PeerConnections(
                peer -> transport.channel(peer, identity),
                failure,
                "this one, whose data directory is " + directory.path().toAbsolutePath());
        leadership = new Leadership(() -> address, leadershipListeners, listeners);
        stateMachine = new CommandStateMachine(
                State.empty(), hub, failure, new SnapshotFiles(), files, new StateObserver(), log.times()::of, figures);
        Admission admission = new Admission(this::self, directory::identity, stateMachine::state, this::knownServers);
        membership = new Membership(options, this::self, connections, leadership, admission, executor);
        changes = new ServerChanges(membership, connections, leadership, executor, log::lastIndex);
        reads = new LinearizableReads(stateMachine::state, failure, leaseReads);
        commands = new CommandRouter(
                options.commandsUnderWayMax(),
                leadership,
                connections,
                waits,
                reads,
                failure,
                clock,
                () -> stateMachine.state().revision(),
                figures,
                options.writeGuard());
        leases = new LeaseRouter(leadership, connections, leaseHandler);
        leadership.onChange(commands::retryHeld);
        leadership.onChange(leases::retryHeld);
    }

    // ---- coming and going

    /** As {@link PeerTransport#renewal}. */
    Runnable certificateRenewal() throws IOException {
        return transport.renewal();
    }

    void start() throws IOException {
        vote.load();
        vote.layOut();
        readRecovery();
        boolean hasState = hasState();
        if (!hasState && !clusterId().isEmpty()) {
            throw new IOException("The data directory " + directory.path().toAbsolutePath() + " belongs to cluster "
                    + clusterId() + " but holds neither log nor snapshot: restore them, or remove the directory so that"
                    + " this server joins the cluster anew");
        }
        Server listening = transport.serve(
                new PeerService(processors, new Answers(), identity, failure, executor, this::received), identity);
        server = listening;
        address = advertised(listening.getPort());
        LOG.info("Raft listens on {}:{}, known to others as {}", options.bindAddress(), listening.getPort(), address);
        ScheduledFuture<?> unused =
                ticker.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        if (hasState) {
            startNode(List.of());
            if (generationPending) {
                beginGeneration();
            } else {
                refuseAnotherServersDirectory();
                resumeMembership();
            }
            refuseAnotherClustersDirectory();
        } else if (options.bootstrapExpect() == 1) {
            startNode(List.of(address));
            directory.setRaftAddress(address);
        } else {
            Thread thread = new Thread(this::form, "coord-formation");
            thread.setDaemon(true);
            synchronized (this) {
                formationThread = thread;
            }
            thread.start();
        }
    }

    private boolean hasState() throws IOException {
        return store.nextIndex() > 1 || directory.snapshotIndex() > 0;
    }

    private String advertised(int port) {
        if (!options.advertiseAddress().isEmpty()) {
            return options.advertiseAddress();
        }
        String host = options.bindAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    private void startNode(List<String> servers) throws IOException {
        synchronized (this) {
            if (stopping) {
                return;
            }
            RaftNode started = RaftNode.start(
                    options,
                    address,
                    servers,
                    directory,
                    new StorageFactory(log, vote),
                    stateMachine,
                    connections,
                    executor);
            node = started;
            membership.start(started);
            reads.start(started);
            commands.start(started);
        }
        commands.retryHeld();
    }

    /** Before anything is said to anybody: where the cluster is to go on with this server alone, it is of the new generation. */
    private void readRecovery() throws IOException {
        RecoveryFile.Content recovery = directory.recovery().read();
        if (recovery.marks().isEmpty()) {
            return;
        }
        RecoveryMark last = recovery.marks().get(recovery.marks().size() - 1);
        LOG.warn(
                "Generation {} of cluster {} was begun with what this server had, log entry {} of term {}, without {}",
                last.generation(),
                clusterId(),
                last.lastIndex(),
                last.lastTerm(),
                last.lost());
        if (recovery.pending()) {
            directory.setCluster(clusterId(), Math.max(last.generation(), identity.generation()));
            generationPending = true;
        }
    }

    /** Makes this server the only voter; until it leads as that, each start does this again. */
    private void beginGeneration() throws IOException {
        RaftNode current = node;
        if (current != null) {
            current.resetToSelf();
            membership.start(current);
            directory.setRaftAddress(address);
        }
    }

    private Map<String, ServerInfo> knownServers() {
        return membership.known();
    }

    /**
     * A directory copied from another server's holds that one's votes and log, and not what this one has promised. A server that
     * moved does not count here: it is in the configuration once.
     */
    private void refuseAnotherServersDirectory() throws IOException {
        String before = directory.identity().raftAddress();
        Peers peers = membership.peers();
        if (!before.isEmpty() && !before.equals(address) && peers.contains(before) && peers.contains(address)) {
            throw new IOException(
                    "The data directory " + directory.path().toAbsolutePath() + " is that of the server at "
                            + before + ", but the cluster counts on another server at " + address
                            + ", whose votes and log entries it"
                            + " has not. Give this server the directory that it had; if that is lost, take it out with 'coord operator"
                            + " raft remove " + address + "' and start it with an empty one");
        }
    }

    /** What a server that was part of a cluster does when it is not found in its own log under its present address. */
    private void resumeMembership() throws IOException {
        String before = directory.identity().raftAddress();
        Peers peers = membership.peers();
        RaftNode current = node;
        if (current != null && !peers.voters().isEmpty() && !peers.contains(address)) {
            if (peers.voters().equals(List.of(before))) {
                LOG.warn(
                        "The address of this server was {} and is {} now; it is alone, so it goes on", before, address);
                current.resetToSelf();
                membership.start(current);
                directory.setRaftAddress(address);
            } else {
                LOG.warn("The cluster {} does not know this server at {}: asking to be let in", peers, address);
                membership.wantToJoin();
            }
        }
    }

    /**
     * Asks each server that this one is told to join, until it has answered, whether both are of one cluster. Where they are
     * not, the directory is the wrong one: going on alone would look like having joined.
     */
    private void refuseAnotherClustersDirectory() {
        for (String other : options.join()) {
            if (!other.equals(address)) {
                refuseIfOfAnotherCluster(other);
            }
        }
    }

    private void refuseIfOfAnotherCluster(String other) {
        membership.greet(other).exceptionally(error -> {
            if (Status.fromThrowable(error).getCode() == Status.Code.FAILED_PRECONDITION) {
                failIfOfAnotherCluster(other, error);
            } else if (!ticker.isShutdown()) {
                ScheduledFuture<?> unused =
                        ticker.schedule(() -> refuseIfOfAnotherCluster(other), ASK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
            }
            return null;
        });
    }

    private void failIfOfAnotherCluster(String other, Throwable error) {
        Metadata trailers = Status.trailersFromThrowable(error);
        // One of an older generation of this cluster stops by itself, and is no reason for this one to.
        boolean older = trailers != null && CallerIdentity.of(trailers).isOfClusterOf(identity.get());
        if (!older) {
            failure.fail(
                    "the data directory " + directory.path().toAbsolutePath() + " belongs to cluster " + clusterId()
                            + ", but the server to join at " + other + " is of another one: give the directory of that"
                            + " cluster, or an empty one, or leave out retry_join",
                    error);
        }
    }

    /** The formation thread. */
    private void form() {
        try {
            Formation.Result result = new Formation(options, this::self, membership).find();
            if (result instanceof Formation.Form form) {
                startNode(form.servers());
                directory.setRaftAddress(address);
            } else {
                awaitAdmission();
                startNode(List.of());
                membership.wantToJoin();
            }
        } catch (InterruptedException e) {
            LOG.debug("Stopped before a cluster was found");
        } catch (IOException e) {
            failure.fail(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            // Else it would run on for ever, without a cluster and without a word.
            if (!isStopping()) {
                failure.fail("This server could not look for its cluster: " + e, e);
            }
        }
    }

    private synchronized boolean isStopping() {
        return stopping;
    }

    /**
     * The formation thread: with nothing on disk, this server takes no part before the leader has said that it is none whose vote
     * counts already.
     */
    private void awaitAdmission() throws IOException, InterruptedException {
        while (true) {
            JoinResponse answer;
            try {
                answer = membership.askForAdmission().get();
            } catch (ExecutionException e) {
                throw new IOException(e);
            }
            if (answer.getRefused()) {
                throw new IOException("this server may not join with the directory "
                        + directory.path().toAbsolutePath() + ": " + answer.getError());
            }
            if (answer.getMember()) {
                return;
            }
            Thread.sleep(ADMISSION_MILLIS);
        }
    }

    private void keepAddress() {
        ServerIdentity own = directory.identity();
        if (membership.isMember()
                && (own.left() || !own.raftAddress().equals(address))
                && !membership.departures().isLeaving()) {
            executor.execute(() -> keep(() -> directory.setRaftAddress(address)));
        }
    }

    private interface Write {
        void run() throws IOException;
    }

    private void keep(Write write) {
        try {
            write.run();
        } catch (IOException e) {
            failure.fail("what this server is could not be kept in " + directory.path() + ": " + e, e);
        }
    }

    /** As {@link dev.coord.server.command.ClusterChanges#leave}. */
    CompletableFuture<Void> leave() {
        return membership.departures().leave().thenRunAsync(() -> keep(directory::setLeft), executor);
    }

    private void tick() {
        try {
            connections.tick();
            commands.retryHeld();
            leases.retryHeld();
            reads.tick();
            if (ticks++ % TICKS_PER_SECOND == 0) {
                membership.tick();
                keepAddress();
                giveLeadershipFromASlowDisk();
                actAsLeader();
                nameCluster();
            } else {
                membership.refreshPeers();
            }
        } catch (RuntimeException e) {
            LOG.error("The tick failed; it goes on", e);
        }
    }

    private void giveLeadershipFromASlowDisk() {
        disk.tick();
        RaftNode current = node;
        if (current != null && leadership.view().leading()) {
            disk.successor(membership.otherVoters())
                    .ifPresent(
                            successor -> executor.execute(() -> giveLeadership(current, successor.getRaftAddress())));
        }
    }

    /** Once a second: a preferred server is to lead, and dead ones are to go. */
    private void actAsLeader() {
        RaftNode current = node;
        if (current == null || !leadership.view().leading()) {
            String leader = leadership.view().leaderAddress();
            preferredLeader.follow(leader == null ? "" : leader);
            deadServers.reset();
            return;
        }
        preferredLeader.tick(self(), membership.otherVoters()).ifPresent(preferred -> {
            LOG.info("Leadership goes to {}, which is preferred", preferred.getName());
            executor.execute(() -> giveLeadership(current, preferred.getRaftAddress()));
        });
        deadServers
                .tick(
                        stateMachine.state().autopilotSettings(),
                        membership.layout(membership.peers(), null),
                        membership::behind,
                        System.nanoTime())
                .ifPresent(dead -> executor.execute(() -> takeOutDeadServer(dead)));
    }

    private void takeOutDeadServer(String dead) {
        LOG.warn("The server at {} is dead, and the cluster survives more without it: it is taken out", dead);
        membership.change(List.of(membership.peers().without(dead)), error -> {
            if (error != null) {
                LOG.warn("The dead server at {} was not taken out: {}", dead, error);
            }
        });
    }

    /** As {@link dev.coord.server.command.ClusterChanges#transferLeadership}. */
    CompletableFuture<Void> transferLeadership(@Nullable String to) {
        return CompletableFuture.runAsync(
                () -> {
                    RaftNode current = node;
                    String refusal = current == null ? "it has not started yet" : current.transferLeadership(to);
                    if (refusal != null) {
                        throw new CompletionException(new IOException("leadership was not handed on: " + refusal));
                    }
                },
                executor);
    }

    private static void giveLeadership(RaftNode node, String address) {
        String refusal = node.transferLeadership(address);
        if (refusal != null) {
            LOG.warn("Leadership could not be given to the server at {}: {}", address, refusal);
        }
    }

    /** Gives the cluster its id, once, as soon as there is a leader. */
    private void nameCluster() {
        if (leadership.view().leading()
                && stateMachine.state().clusterId() == null
                && namingCluster.compareAndSet(false, true)) {
            CompletableFuture<CommandResult> unused = commands.execute(
                            new Command.InitCluster(UUID.randomUUID().toString()), CommandExecutor.ITSELF)
                    .whenComplete((result, error) -> {
                        namingCluster.set(false);
                        if (error != null) {
                            LOG.info("The cluster has no id yet: {}", error.getMessage());
                        }
                    });
        }
    }

    /** Hands leadership on where it can, then stops. */
    void stop() {
        stopAccepting();
        RaftNode current = node;
        if (current != null) {
            current.close();
        }
        stopTransport();
        release();
    }

    /** Stops as if the process had been killed, as far as other servers can tell: without a word. For tests. */
    void halt() {
        stopAccepting();
        stopTransport();
        RaftNode current = node;
        if (current != null) {
            current.close();
        }
        release();
    }

    private void stopAccepting() {
        stopTicking();
        Thread forming;
        synchronized (this) {
            stopping = true;
            forming = formationThread;
        }
        if (forming != null) {
            forming.interrupt();
        }
        commands.close();
        leases.close();
        reads.close();
    }

    /** Before the log is closed, at which the tick looks. */
    private void stopTicking() {
        ticker.shutdown();
        try {
            if (!ticker.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The tick has not ended within {} s", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stopTransport() {
        Server listening = server;
        if (listening != null) {
            listening.shutdownNow();
        }
        connections.close();
    }

    private void release() {
        for (ExecutorService pool : List.of(executor, files, listeners)) {
            pool.shutdown();
        }
        try {
            Server listening = server;
            if (listening != null && !listening.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The Raft port was not closed within {} s", STOP_SECONDS);
            }
            for (ExecutorService pool : List.of(files, listeners, executor)) {
                if (!pool.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("A thread of Raft has not ended within {} s", STOP_SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        processors.close();
        store.close();
    }

    // ---- who this is

    private String clusterId() {
        return identity.clusterId();
    }

    private ServerInfo self() {
        ServerIdentity own = directory.identity();
        DiskHealth health = disk.health();
        return ServerInfo.newBuilder()
                .setNodeId(own.nodeId())
                .setName(options.nodeName())
                .setDatacenter(options.datacenter())
                .setRaftAddress(address)
                .setGrpcAddress(grpcAddress)
                .setHttpAddress(httpAddress)
                .setClusterId(own.clusterId())
                .setBootstrapExpect(options.bootstrapExpect())
                .setHasState(log.lastIndex() > 0)
                .setVersion(options.version())
                .setSlowDisk(health.slow())
                .setRecentSyncs(health.recentSyncs())
                .setRecentSyncP99Micros(TimeUnit.NANOSECONDS.toMicros(health.recentSyncP99Nanos()))
                .setLeaving(membership.departures().isLeaving())
                .setZone(options.zone())
                .setLeaderPriority(options.leaderPriority())
                .setLastIndex(log.lastIndex())
                .setTerm(vote.getTerm())
                .setLastContactMs(lastContactMillis())
                .setSignals(signals.get())
                .build();
    }

    private void received(Message message) {
        if (message instanceof AppendEntriesRequest || message instanceof InstallSnapshotRequest) {
            leaderHeardAtNanos = System.nanoTime();
        }
    }

    // ---- the parts, for RaftConsensus

    CommandRouter commands() {
        return commands;
    }

    LeaseRouter leases() {
        return leases;
    }

    Membership membership() {
        return membership;
    }

    ServerChanges changes() {
        return changes;
    }

    Leadership leadership() {
        return leadership;
    }

    /** As {@link RaftConsensus#reports}. */
    Map<String, ServerInfo> reports() {
        Map<String, ServerInfo> reports = new TreeMap<>();
        membership.otherVoters().forEach(info -> reports.put(info.getName(), info));
        reports.put(options.nodeName(), self());
        return reports;
    }

    DiskHealth diskHealth() {
        return disk.health();
    }

    State state() {
        return stateMachine.state();
    }

    String address() {
        return address;
    }

    /**
     * As {@link dev.coord.server.state.StateReader#linearizable}. A leader that is the only voter answers at once: every write
     * that was acknowledged was acknowledged by this server after it had made it readable, and no other server can lead
     * without this one first letting it in, which clears {@link Membership#isAlone}. Having applied all that was committed
     * before its term is part of leading.
     */
    CompletableFuture<State> linearizable() {
        if (membership.isAlone() && leadership.view().leading() && !failure.failed()) {
            return CompletableFuture.completedFuture(stateMachine.state());
        }
        return reads.read();
    }

    long lastContactMillis() {
        return leadership.view().leading() ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - leaderHeardAtNanos);
    }

    long term() {
        return vote.getTerm();
    }

    long lastLogIndex() {
        return log.lastIndex();
    }

    long commitIndex() {
        RaftNode current = node;
        return current == null ? 0 : current.commitIndex();
    }

    long appliedIndex() {
        RaftNode current = node;
        return current == null ? 0 : current.appliedIndex();
    }

    @Nullable
    RaftNode node() {
        return node;
    }

    /** Hears of the state and of leadership on the state machine's thread. */
    private final class StateObserver implements CommandStateMachine.Observer {

        @Override
        public void applied(State state) {
            waits.applied(state.revision());
            String named = state.clusterId();
            if (named != null && !named.equals(clusterId())) {
                belongTo(named);
            }
        }

        @Override
        public void answered() {
            commands.proposeOn();
        }

        private void belongTo(String named) {
            if (!clusterId().isEmpty()) {
                String message = "the data directory " + directory.path().toAbsolutePath() + " belongs to cluster "
                        + clusterId() + ", but what the log holds is of cluster " + named
                        + ": its files come from two clusters; restore the directory as a whole";
                failure.fail(message, new IllegalStateException(message));
                return;
            }
            try {
                // Once in the life of a directory: the one time that the state machine's thread waits for a disk.
                identity.belongTo(named);
                LOG.info("This server belongs to cluster {}", named);
            } catch (IOException e) {
                failure.fail("the cluster's id could not be kept in " + directory.path() + ": " + e, e);
            }
        }

        /** Once in the life of a generation, before anybody can be let in: the log says now that this server is alone. */
        private void generationHasBegun() {
            try {
                RecoveryFile file = directory.recovery();
                file.replace(new RecoveryFile.Content(false, file.read().marks()));
                generationPending = false;
                LOG.warn("This server is the only voter of generation {} now", identity.generation());
            } catch (IOException e) {
                failure.fail("the beginning of a generation could not be kept in " + directory.path() + ": " + e, e);
            }
        }

        @Override
        public void leading(long term) {
            if (generationPending) {
                generationHasBegun();
            }
            leadership.leading(term);
            try {
                executor.execute(RaftServer.this::nameCluster);
            } catch (RejectedExecutionException e) {
                LOG.debug("Stopping: the cluster is named by the next leader");
            }
        }

        @Override
        public void following(@Nullable String leaderAddress, long term, String why) {
            leadership.following(leaderAddress, term, why);
        }
    }

    /** Answers other servers. */
    private final class Answers implements PeerHandler {

        @Override
        public CompletableFuture<ForwardResponse> forward(ForwardRequest request) {
            String refusal = request.hasAgentToken() ? refusal(request) : null;
            return refusal == null
                    ? commands.executeForwarded(request)
                    : CompletableFuture.completedFuture(commands.refused(refusal));
        }

        /** Why a command of an agent is not taken; null: it is, or is refused for what it is. */
        private @Nullable String refusal(ForwardRequest request) {
            ForwardedTokens.Handler answering = tokenHandler.get();
            if (answering == null) {
                return NO_TOKENS;
            }
            Command command;
            try {
                command = CommandCodec.decode(request.getCommand()).command();
            } catch (RuntimeException unreadable) {
                return null;
            }
            return answering.refusal(command, request.getAgentToken());
        }

        @Override
        public CompletableFuture<LeaseResponse> lease(LeaseRequest request) {
            return leases.answer(request);
        }

        @Override
        public HelloResponse hello(HelloRequest request) {
            return membership.answerHello(request);
        }

        @Override
        public CompletableFuture<JoinResponse> join(JoinRequest request) {
            return membership.join(request);
        }

        @Override
        public CompletableFuture<LeaveResponse> leave(LeaveRequest request) {
            return membership.departures().handle(request);
        }

        @Override
        public CompletableFuture<ChangeResponse> change(ChangeRequest request) {
            return changes.handle(request);
        }

        @Override
        public CompletableFuture<NodeResponse> node(NodeRequest request) {
            return linearizable()
                    .thenApply(state -> NodeRecords.of(state, request.getName(), request.getKnownIndex()))
                    .exceptionally(error -> NodeResponse.newBuilder()
                            .setError(String.valueOf(error.getMessage()))
                            .build());
        }

        @Override
        public CompletableFuture<DnsReply> dns(DnsCall call) {
            ForwardedDns.Handler answering = dnsHandler.get();
            if (answering == null) {
                return CompletableFuture.completedFuture(DnsReply.newBuilder()
                        .setError("this server answers no DNS")
                        .build());
            }
            return answering
                    .answer(call.getQuery().toByteArray(), call.getTcp(), call.getToken())
                    .handle((answer, error) -> {
                        DnsReply.Builder reply = DnsReply.newBuilder();
                        return (error == null
                                        ? reply.setAnswer(ByteString.copyFrom(answer))
                                        : reply.setError(String.valueOf(error.getMessage())))
                                .build();
                    });
        }

        @Override
        public CompletableFuture<TokenReply> token(TokenCall call) {
            ForwardedTokens.Handler answering = tokenHandler.get();
            return answering == null
                    ? CompletableFuture.completedFuture(
                            TokenReply.newBuilder().setError(NO_TOKENS).build())
                    : answering.records(call);
        }

        @Override
        public void http(HttpCall call, ForwardedHttp.Answer answer) {
            ForwardedHttp.Handler answering = httpHandler;
            if (answering == null) {
                answer.fail("this server takes no requests from agents");
            } else {
                answering.handle(call, answer);
            }
        }
    }
}
