package dev.coord.server;

import dev.coord.server.ServerConfig.Listen;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.AclUpkeep;
import dev.coord.server.acl.AgentTokens;
import dev.coord.server.acl.OwnTokenStore;
import dev.coord.server.acl.TokenAccess;
import dev.coord.server.agent.AgentException;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.agent.Probes;
import dev.coord.server.agent.Registration;
import dev.coord.server.archive.ScheduledArchives;
import dev.coord.server.audit.AuditLog;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.dns.DnsServer;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureFlags;
import dev.coord.server.flags.FlagOverride;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.grpc.GrpcApi;
import dev.coord.server.grpc.GrpcOptions;
import dev.coord.server.held.HeldChecks;
import dev.coord.server.http.AclEndpoints;
import dev.coord.server.http.AgentDefinitions;
import dev.coord.server.http.AgentEndpoints;
import dev.coord.server.http.ArchivesEndpoint;
import dev.coord.server.http.Backend;
import dev.coord.server.http.DebugEndpoint;
import dev.coord.server.http.DiskEndpoint;
import dev.coord.server.http.EndpointFamily;
import dev.coord.server.http.FlagsEndpoint;
import dev.coord.server.http.HttpAddress;
import dev.coord.server.http.HttpApi;
import dev.coord.server.http.HttpOptions;
import dev.coord.server.http.OverridesEndpoint;
import dev.coord.server.http.RolloutsEndpoint;
import dev.coord.server.lease.LeaderLeases;
import dev.coord.server.limits.Limits;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.raft.PeerTls;
import dev.coord.server.raft.RaftConsensus;
import dev.coord.server.raft.RaftOptions;
import dev.coord.server.raft.SlowDiskOptions;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import dev.coord.server.rollout.SignalSampler;
import dev.coord.server.space.DiskSpace;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubSwitch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole server: its parts, started in order and stopped in reverse. HTTP and gRPC listen first and answer "no leader" until
 * Raft has read its log and found one; they stop first, too, so that what is under way can still be committed.
 *
 * <p>Threads: {@link #start} runs on the caller's; {@link #close} may be called from any, again without effect.
 */
public final class CoordServer implements Running {

    private static final Logger LOG = LoggerFactory.getLogger(CoordServer.class);
    private static final int ELECTION_TIMEOUT_MILLIS = 1_000;
    private static final int WAITING_ROOM_LOOK_MILLIS = 500;
    /** How long a part may take to listen or to stop. */
    private static final int PART_SECONDS_MAX = 60;

    private final ServerConfig config;
    private final ServerHost host;
    private final long startNanos = System.nanoTime();
    private final CompletableFuture<@Nullable Void> leading = new CompletableFuture<>();
    // Filled by start, emptied by close, both under this object's lock.
    private final Parts parts = new Parts();
    // Written by the starting thread once Raft has started, read by event loops that scrape.
    private volatile @Nullable ServerMetrics metrics;
    // All below: written by the starting thread before start returns, not after.
    private final ServerLog log;
    private final DiskSpace space;
    private @Nullable ServerControl control;
    private String httpAddress = "";
    private String grpcAddress = "";
    private String raftAddress = "";
    private String dnsAddress = "";

    private CoordServer(ServerConfig config, ServerHost host) {
        this.config = config;
        this.host = host;
        this.space = DiskSpace.of(config.dataDir(), config.diskCare().space(), InstantSource.system());
        this.log = new ServerLog(config.logBackend(), config.logCare());
    }

    /**
     * Starts a server; returns once its ports answer and its log was read.
     *
     * @param fatal told once, from any thread, when a running server can't go on; the caller closes it and ends the process
     * @throws StartupException in one line, after everything started so far was stopped again
     */
    public static CoordServer start(ServerConfig config, Consumer<String> fatal) {
        return start(config, ServerHost.embedded(config, fatal));
    }

    /** As {@link #start(ServerConfig, Consumer)}, in a process that can be told to end and to read its files again. */
    public static CoordServer start(ServerConfig config, ServerHost host) {
        CoordServer server = new CoordServer(config, host);
        try {
            server.startParts();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private synchronized void startParts() {
        tellOf(config);
        DataDir.prepare(config.dataDir());
        HubSwitch hub = started("hub", new HubSwitch(config.hubShape(), HubOptions.defaults()));
        DiskSpace room = started("disk", space);
        room.start();
        RaftConsensus raft = openRaft(hub);
        Limits limits = new Limits(config.limits(), raft::isLeader, System::nanoTime);
        Vertx vertx = started("event loops", vertx(), open -> await(open.close()));
        vertx.setPeriodic(WAITING_ROOM_LOOK_MILLIS, unused -> limits.waitingRoom()
                .look(raft.leader().isPresent(), System.nanoTime()));
        SplittableRandom random = new SplittableRandom();
        LeaderLeases leases =
                started("leases", new LeaderLeases(raft, raft, raft, raft, EventLoop::systemMillis, random.split()));
        LocalAgent agent = started("agent", agent(raft, vertx, random));
        raft.addListener(leases);
        raft.answerWith(leases);
        raft.addListener(new LeadershipListener() {
            @Override
            public void leading(long term) {
                leading.complete(null);
            }

            @Override
            public void following() {}
        });
        WatchSteering steering = new WatchSteering();
        List<Registration> configured = configured(config, raft.self().name());
        FlagOverride overrides = new FlagOverride(config.dataDir().resolve(FlagOverride.FILE));
        FeatureFlags features = started("features", new FeatureFlags(raft, hub, featureContext(), overrides));
        FeatureSwitches switches = started("switches", new FeatureSwitches(features, steering, hub, config.hubShape()));
        features.addListener(switches::apply);
        raft.readByLeaseWhen(() -> features.isOn(Feature.LEASE_READS));
        log.decideBy(features);
        SignalSampler signals = started(
                "signals",
                new SignalSampler(raft, raft, hub, raft.commandFigures()::latency, raft.commandFigures()::failures));
        raft.reportSignals(signals::latest);
        RolloutEngine rollouts =
                started("rollouts", new RolloutEngine(raft, raft, raft, raft::reports, System::currentTimeMillis));
        raft.addListener(rollouts);
        FlagWrites flags = started("flags", new FlagWrites(raft, raft));
        OwnTokenStore ownTokens = ownTokens(config);
        AccessControl access = new TokenAccess(
                config.acl(), ownTokens, config.datacenter(), config.nodeName(), System::currentTimeMillis);
        raft.answerTokensWith(new AgentTokens(config.acl(), access, raft));
        AuditLog audit = openAudit();
        Rollouts asked = new Rollouts(raft, raft, config.rolloutGuards());
        GrpcApi grpc = listenGrpc(
                raft, leases, hub, steering, access, flags, open -> open.offerRollouts(asked, rollouts), limits, audit);
        RolloutsEndpoint shownRollouts = new RolloutsEndpoint(asked, rollouts, raft::reports);
        List<ServerControl.Renewal> renewals = grpc == null
                ? List.of(raft::certificateRenewal)
                : List.of(raft::certificateRenewal, grpc::certificateRenewal);
        ServerControl running =
                new ServerControl(config, host, new AgentsAndServers(raft), agent, limits, renewals, asked);
        started("certificates", new CertificateWatch(config, running::renewCertificates));
        control = running;
        Backend backend = new Backend(raft, raft, raft, leases, hub, steering, features, access);
        ScheduledArchives archives = started(
                "archives", new ScheduledArchives(config.diskCare().archives(), raft, raft, InstantSource.system()));
        listenHttp(
                vertx,
                backend,
                agent,
                flags,
                overrides,
                shownRollouts,
                archives,
                running,
                raft,
                ownTokens,
                limits,
                audit);
        listenDns(raft, access);
        leases.start();
        startAclUpkeep(raft);
        startRaft(raft);
        raftAddress = raft.self().raftAddress();
        features.start();
        signals.start();
        rollouts.start();
        started("log operations", log).start();
        startAgent(agent, configured);
        archives.start();
        HeldChecks held = started("checks of the cluster", heldChecks(raft, vertx, random));
        held.start();
        ServerMetrics shown = new ServerMetrics(
                raft, raft, hub, log.operations(), raft::diskHealth, limits, raft.commandFigures(), raft::writeQueue);
        shown.showRollouts(rollouts, raft, signals::latest);
        shown.showHeldChecks(held);
        shown.showDisk(space, archives);
        metrics = started("metrics", shown);
    }

    /** What of the configuration its writer may want to know. */
    static void tellOf(ServerConfig config) {
        if (!config.ignoredKeys().isEmpty()) {
            LOG.info("configuration keys without effect here: {}", String.join(", ", config.ignoredKeys()));
        }
        config.warnings().forEach(LOG::warn);
    }

    /** What rules in the flags of features can go by, besides what they are asked about. */
    private Map<String, String> featureContext() {
        Map<String, String> context = new HashMap<>();
        context.put("node", config.nodeName());
        context.put("datacenter", config.datacenter());
        String zone = config.nodeMeta().get("zone");
        if (zone != null) {
            context.put("zone", zone);
        }
        return context;
    }

    private RaftConsensus openRaft(Hub hub) {
        try {
            return started("raft", RaftConsensus.open(raftOptions(), hub, (message, cause) -> {
                LOG.error("{}", message, cause);
                host.failed(message);
            }));
        } catch (IOException e) {
            throw refused(ExitCode.DATA_DIR, e);
        }
    }

    private RaftOptions raftOptions() {
        Path directory = config.dataDir().resolve("raft");
        return RaftOptions.builder(directory, config.nodeName(), log::open)
                .datacenter(config.datacenter())
                .version(Version.current())
                .bind(config.raft().host(), config.raft().port())
                .advertise(
                        config.raft().port() == 0
                                ? ""
                                : hostAndPort(
                                        config.advertiseAddr(), config.raft().port()))
                .bootstrap(config.bootstrapExpect(), config.retryJoin())
                .joinPort(config.joinPort())
                .nodeId(config.nodeId())
                .reconnectTimeoutMillis(config.reconnectTimeout().toMillis())
                .tls(peerTls(config))
                .plaintextAllowed(config.raftPlaintextAllowed())
                .writeGuard(space)
                .slowDisk(slowDisk())
                .zone(config.placement().zone())
                .leaderPriority(config.placement().leaderPriority())
                .electionTimeoutMillis(ELECTION_TIMEOUT_MILLIS * config.raftMultiplier())
                .snapshots(
                        config.snapshots().intervalSeconds(),
                        config.snapshots().entriesMin(),
                        config.snapshots().entriesKept())
                .build();
    }

    private SlowDiskOptions slowDisk() {
        ServerConfig.SlowDisk slow = config.logCare().slowDisk();
        return new SlowDiskOptions(slow::enabled, slow.thresholdMillis(), slow.windowSeconds());
    }

    static @Nullable PeerTls peerTls(ServerConfig config) {
        ServerConfig.Tls tls = config.tls();
        return tls == null ? null : new PeerTls(Objects.requireNonNull(tls.caFile()), tls.certFile(), tls.keyFile());
    }

    /** Serves no files: looking for them on the class path and caching them on disk is left out. */
    static Vertx vertx() {
        return Vertx.vertx(new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    }

    private LocalAgent agent(RaftConsensus raft, Vertx vertx, SplittableRandom random) {
        try {
            return new LocalAgent(
                    config.dataDir().resolve("agent"),
                    raft,
                    raft,
                    raft,
                    config.nodeMeta(),
                    new Probes(vertx, config.checkRules().scriptsFromFiles()),
                    EventLoop::systemMillis,
                    InstantSource.system(),
                    random.split());
        } catch (IOException e) {
            throw refused(ExitCode.DATA_DIR, e);
        }
    }

    /** Others ask for these, from anywhere: no scripts. */
    private static HeldChecks heldChecks(RaftConsensus raft, Vertx vertx, SplittableRandom random) {
        return new HeldChecks(raft, raft, raft, new Probes(vertx, false), EventLoop::systemMillis, random.split());
    }

    /** The tokens that this process uses itself. */
    static OwnTokenStore ownTokens(ServerConfig config) {
        try {
            return new OwnTokenStore(config.acl(), config.dataDir());
        } catch (IOException e) {
            throw refused(ExitCode.DATA_DIR, e);
        }
    }

    private void startAclUpkeep(RaftConsensus raft) {
        if (config.acl().enabled()) {
            AclUpkeep upkeep =
                    started("ACL upkeep", new AclUpkeep(config.acl(), raft, raft, System::currentTimeMillis));
            raft.addListener(upkeep);
            upkeep.start();
        }
    }

    private @Nullable AuditLog openAudit() {
        if (!config.audit().enabled()) {
            return null;
        }
        try {
            return started("audit log", new AuditLog(config.audit()));
        } catch (IOException e) {
            throw new StartupException(
                    ExitCode.CONFIG, "audit.path: " + config.audit().path() + " can't be written: " + e, e);
        }
    }

    private @Nullable GrpcApi listenGrpc(
            RaftConsensus raft,
            LeaderLeases leases,
            Hub hub,
            WatchSteering steering,
            AccessControl access,
            FlagWrites flags,
            Consumer<GrpcApi> offer,
            Limits limits,
            @Nullable AuditLog audit) {
        List<GrpcOptions.Address> addresses = ListenAddresses.grpc(config);
        if (addresses.isEmpty()) {
            return null;
        }
        try {
            GrpcOptions options = new GrpcOptions(addresses, GrpcOptions.Limits.defaults(), limits);
            GrpcApi grpc =
                    started("gRPC", new GrpcApi(raft, raft, raft, leases, hub, steering, access, flags, options));
            grpc.offerLog(log::operationsIfOpen);
            offer.accept(grpc);
            if (audit != null) {
                grpc.auditTo(audit);
            }
            grpc.start();
            grpcAddress = hostAndPort(reachable(addresses.get(0).host()), grpc.port());
            return grpc;
        } catch (IOException e) {
            throw refused(ExitCode.ADDRESS, e);
        }
    }

    private void listenHttp(
            Vertx vertx,
            Backend backend,
            LocalAgent agent,
            FlagWrites flags,
            FlagOverride overrides,
            RolloutsEndpoint rollouts,
            ScheduledArchives archives,
            ServerControl running,
            RaftConsensus raft,
            OwnTokenStore ownTokens,
            Limits limits,
            @Nullable AuditLog audit) {
        List<HttpAddress> addresses = new ArrayList<>(ListenAddresses.http(config));
        HttpAddress admin = ListenAddresses.admin(config);
        if (admin != null) {
            addresses.add(admin);
        }
        HttpOptions options = new HttpOptions(
                addresses.isEmpty() ? List.of(HttpAddress.plain("127.0.0.1", 0)) : addresses,
                Runtime.getRuntime().availableProcessors(),
                limits);
        List<EndpointFamily> families = new ArrayList<>(AgentEndpoints.all(
                agent,
                this::scrape,
                log::describe,
                running,
                raft,
                config.dataDir(),
                config.checkRules().scriptsFromApi()));
        families.addAll(AclEndpoints.all(
                ownTokens, config.dataDir(), () -> UUID.randomUUID().toString(), System::currentTimeMillis));
        families.add(new DiskEndpoint(space));
        families.add(new DebugEndpoint(config::shown, config.recordings()));
        families.add(new ArchivesEndpoint(archives));
        families.add(new FlagsEndpoint(flags));
        families.add(new OverridesEndpoint(overrides));
        families.add(rollouts);
        HttpApi http = started("HTTP", new HttpApi(vertx, backend, families, options), open -> await(open.close()));
        if (audit != null) {
            http.auditTo(audit);
        }
        // Agents ask over the Raft port, whether HTTP is served or not.
        raft.answerHttpWith(started("agents' HTTP", http.agentRequests()));
        if (addresses.isEmpty()) {
            return;
        }
        try {
            int port = await(http.start());
            running.serving(http);
            if (admin != null) {
                LOG.info("Who may open {} may do everything, without a token", admin.host());
            }
            HttpAddress first = addresses.get(0);
            if (first.admin()) {
                return;
            }
            httpAddress =
                    first.host().startsWith(Listen.UNIX) ? first.host() : hostAndPort(reachable(first.host()), port);
        } catch (IOException e) {
            throw refused(ExitCode.ADDRESS, e);
        }
    }

    private void listenDns(RaftConsensus raft, AccessControl access) {
        Listen listen = config.dns();
        if (!listen.enabled()) {
            return;
        }
        try {
            DnsServer dns = started(
                    "DNS",
                    DnsServer.ofServer(
                            listen.host(),
                            listen.port(),
                            raft,
                            access,
                            config.datacenter(),
                            config.nodeName(),
                            config.dnsOptions(),
                            InstantSource.system(),
                            new Random()));
            raft.answerDnsWith(dns::answer);
            dnsAddress = reachable(listen.host()) + ":" + dns.port();
        } catch (IOException e) {
            throw refused(ExitCode.ADDRESS, e);
        }
    }

    /** What the configuration says is registered on this server. */
    static List<Registration> configured(ServerConfig config, String node) {
        try {
            return AgentDefinitions.read(
                    config.services(),
                    config.checks(),
                    node,
                    config.checkRules().scriptsFromFiles());
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.CONFIG, String.valueOf(e.getMessage()), e);
        }
    }

    private void startRaft(RaftConsensus raft) {
        try {
            raft.start(grpcAddress, httpAddress);
        } catch (IOException e) {
            throw refused(isAddress(e) ? ExitCode.ADDRESS : ExitCode.DATA_DIR, e);
        }
    }

    private void startAgent(LocalAgent agent, List<Registration> configured) {
        try {
            agent.start(config.nodeName(), configured);
        } catch (IOException e) {
            throw refused(ExitCode.DATA_DIR, e);
        } catch (AgentException e) {
            throw new StartupException(ExitCode.CONFIG, String.valueOf(e.getMessage()), e);
        }
    }

    static String hostAndPort(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** What clients are told: an address that stands for all of this machine's is of no use to them. */
    private String reachable(String host) {
        return host.equals("0.0.0.0") || host.equals("::") ? config.advertiseAddr() : host;
    }

    private static boolean isAddress(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException
                    || String.valueOf(cause.getMessage()).contains("Address already in use")) {
                return true;
            }
        }
        return false;
    }

    static StartupException refused(ExitCode code, IOException e) {
        return new StartupException(code, String.valueOf(e.getMessage()), e);
    }

    static <T> T await(Future<T> future) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PART_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("nothing happened for " + PART_SECONDS_MAX + " seconds", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** For event loops. Empty until the server has started. */
    private String scrape() {
        ServerMetrics current = metrics;
        return current == null ? "" : current.scrape();
    }

    private <P extends AutoCloseable> P started(String name, P part) {
        return parts.add(name, part);
    }

    private <P> P started(String name, P part, Parts.Stop<P> stop) {
        return parts.add(name, part, stop);
    }

    @Override
    public ServerConfig config() {
        return config;
    }

    /** host:port of HTTP, as bound; empty: not served. */
    public String httpAddress() {
        return httpAddress;
    }

    /** host:port of gRPC, as bound; empty: not served. */
    public String grpcAddress() {
        return grpcAddress;
    }

    /** host:port of DNS, as bound; empty: not served. */
    public String dnsAddress() {
        return dnsAddress;
    }

    /** host:port that other servers reach this one by. */
    public String raftAddress() {
        return raftAddress;
    }

    @Override
    public CompletableFuture<Void> reload() {
        return Objects.requireNonNull(control, "not started").reload();
    }

    @Override
    public CompletableFuture<Void> leave() {
        return Objects.requireNonNull(control, "not started").leave();
    }

    /** Calls once this server leads, or at once if it does or did; never, if it does not come to lead. Must not block. */
    public void whenLeading(Runnable told) {
        leading.thenRun(told).exceptionally(e -> {
            LOG.error("telling of leadership failed", e);
            return null;
        });
    }

    /** Since {@link #start} was called. */
    public double sinceStartSeconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** Stops the parts in reverse order; one that fails to stop does not keep the others from it. */
    @Override
    public synchronized void close() {
        parts.close();
    }
}
