package dev.coord.server;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.AclSettings.DownPolicy;
import dev.coord.server.acl.OwnTokenStore;
import dev.coord.server.acl.RemoteTokenAccess;
import dev.coord.server.agent.AgentException;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.agent.Probes;
import dev.coord.server.agent.Registration;
import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Member;
import dev.coord.server.command.ServerChange;
import dev.coord.server.dns.DnsServer;
import dev.coord.server.grpc.GrpcOptions;
import dev.coord.server.grpc.GrpcRelay;
import dev.coord.server.http.AgentEndpoints;
import dev.coord.server.http.Backend;
import dev.coord.server.http.DebugEndpoint;
import dev.coord.server.http.EndpointFamily;
import dev.coord.server.http.HttpAddress;
import dev.coord.server.http.HttpApi;
import dev.coord.server.http.HttpOptions;
import dev.coord.server.http.HttpRelay;
import dev.coord.server.http.ReadCache;
import dev.coord.server.lease.NodeKeepAlive;
import dev.coord.server.lease.RemoteLeases;
import dev.coord.server.lease.ServerNode;
import dev.coord.server.limits.Limits;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.raft.RaftOptions;
import dev.coord.server.raft.RemoteServers;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An agent that is no server: keeps local services and checks, and hands everything else to the servers, over their Raft
 * ports. Keeps no state of the cluster, but what it was told of tokens and the answers of reads with {@code ?cached}.
 *
 * <p>Threads: {@link #start} runs on the caller's; the rest may be called from any.
 */
public final class CoordAgent implements Running {

    private static final Logger LOG = LoggerFactory.getLogger(CoordAgent.class);

    /** Joining waits so long for the catalog to have this node. */
    private static final int KNOWN_SECONDS_MAX = 5;

    private final ServerConfig config;
    private final ServerHost host;
    /** Under this object's lock. */
    private final Parts parts = new Parts();
    // Written by the starting thread before start returns.
    private @Nullable ServerControl control;
    private @Nullable ServerMetrics metrics;
    private String httpAddress = "";
    private String dnsAddress = "";
    private String grpcAddress = "";

    private CoordAgent(ServerConfig config, ServerHost host) {
        this.config = config;
        this.host = host;
    }

    /**
     * Starts an agent; returns once HTTP answers, without waiting for a server.
     *
     * @throws StartupException in one line, after everything started so far was stopped again
     */
    public static CoordAgent start(ServerConfig config, ServerHost host) {
        CoordAgent agent = new CoordAgent(config, host);
        try {
            agent.startParts();
            return agent;
        } catch (RuntimeException e) {
            agent.close();
            throw e;
        }
    }

    private synchronized void startParts() {
        CoordServer.tellOf(config);
        if (config.acl().enabled() && config.acl().lookups().whenUnreachable() == DownPolicy.ALLOW) {
            throw new StartupException(
                    ExitCode.CONFIG,
                    "acl.down_policy: \"allow\" would open this agent to everybody whenever no server answers: give"
                            + " extend-cache, with which tokens that were shown before go on to count, or deny");
        }
        DataDir.prepare(config.dataDir());
        OwnTokenStore tokens = CoordServer.ownTokens(config);
        RemoteServers servers = parts.add("servers", connect(tokens));
        AccessControl access = new RemoteTokenAccess(
                config.acl(),
                tokens,
                config.datacenter(),
                config.nodeName(),
                servers::token,
                System::currentTimeMillis,
                EventLoop::systemMillis);
        Limits limits = new Limits(config.limits(), () -> false, System::nanoTime);
        Vertx vertx = parts.add("event loops", CoordServer.vertx(), open -> CoordServer.await(open.close()));
        metrics = parts.add("metrics", new ServerMetrics(limits));
        LocalAgent agent = parts.add("agent", localAgent(servers, vertx));
        RemoteLeases leases = new RemoteLeases(servers::ask);
        NodeKeepAlive keepAlive = parts.add(
                "keep-alive",
                new NodeKeepAlive(servers, leases, () -> ServerNode.node(servers.self(), config.nodeMeta())));
        List<Registration> configured = CoordServer.configured(config, config.nodeName());
        ServerControl running = new ServerControl(
                config,
                host,
                new Membership(servers, agent, keepAlive),
                agent,
                limits,
                List.of(servers::certificateRenewal),
                null);
        parts.add("certificates", new CertificateWatch(config, running::renewCertificates));
        control = running;
        ShardedHub hub = parts.add("hub", new ShardedHub(HubOptions.defaults().withShards(1)));
        listenHttp(vertx, new Backend(servers, servers, servers, leases, hub, access), agent, tokens, servers, limits);
        listenDns(servers, tokens);
        relayGrpc(vertx, servers);
        try {
            agent.start(config.nodeName(), configured);
        } catch (IOException e) {
            throw CoordServer.refused(ExitCode.DATA_DIR, e);
        } catch (AgentException e) {
            throw new StartupException(ExitCode.CONFIG, String.valueOf(e.getMessage()), e);
        }
        keepAlive.start();
    }

    private RemoteServers connect(OwnTokenStore tokens) {
        int port = config.joinPort() > 0 ? config.joinPort() : ServerConfig.GOSSIP_PORT_DEFAULT;
        RaftOptions options = RaftOptions.builder(config.dataDir().resolve("raft"), config.nodeName(), path -> {
                    throw new IllegalStateException("an agent keeps no log");
                })
                .datacenter(config.datacenter())
                .version(Version.current())
                .advertise(CoordServer.hostAndPort(config.advertiseAddr(), port))
                .bind(config.bindAddr(), port)
                .bootstrap(0, config.retryJoin())
                .nodeId(config.nodeId())
                .tls(CoordServer.peerTls(config))
                .build();
        try {
            return RemoteServers.start(options, () -> config.acl().enabled() ? tokens.ofAgent() : null);
        } catch (IOException e) {
            throw CoordServer.refused(ExitCode.DATA_DIR, e);
        }
    }

    private LocalAgent localAgent(RemoteServers servers, Vertx vertx) {
        try {
            return new LocalAgent(
                    config.dataDir().resolve("agent"),
                    servers,
                    servers,
                    servers,
                    config.nodeMeta(),
                    new Probes(vertx, config.checkRules().scriptsFromFiles()),
                    EventLoop::systemMillis,
                    InstantSource.system(),
                    new SplittableRandom());
        } catch (IOException e) {
            throw CoordServer.refused(ExitCode.DATA_DIR, e);
        }
    }

    /** For requests without a token; empty: ACLs are off here, and a server decides. */
    private String tokenIfNone(OwnTokenStore tokens) {
        return config.acl().enabled() ? tokens.ofRequests() : "";
    }

    private List<EndpointFamily> families(
            LocalAgent agent, OwnTokenStore tokens, ServerMetrics scraped, ServerControl running) {
        List<EndpointFamily> families = new ArrayList<>(AgentEndpoints.ofAgent(
                agent,
                scraped::scrape,
                Map::of,
                running,
                tokens,
                config.dataDir(),
                config.checkRules().scriptsFromApi()));
        families.add(new DebugEndpoint(config::shown, config.recordings()));
        return families;
    }

    private void listenHttp(
            Vertx vertx,
            Backend backend,
            LocalAgent agent,
            OwnTokenStore tokens,
            RemoteServers servers,
            Limits limits) {
        List<HttpAddress> addresses = ListenAddresses.http(config);
        if (addresses.isEmpty()) {
            return;
        }
        ServerControl running = Objects.requireNonNull(control);
        ServerMetrics scraped = Objects.requireNonNull(metrics);
        ReadCache cache = parts.add("cached reads", new ReadCache(servers));
        HttpApi http = parts.add(
                "HTTP",
                HttpApi.ofAgent(
                        vertx,
                        backend,
                        families(agent, tokens, scraped, running),
                        new HttpRelay(servers, config.nodeName(), () -> tokenIfNone(tokens)),
                        cache,
                        new HttpOptions(addresses, Runtime.getRuntime().availableProcessors(), limits)),
                open -> CoordServer.await(open.close()));
        try {
            int port = CoordServer.await(http.start());
            running.serving(http);
            HttpAddress first = addresses.get(0);
            httpAddress = port == 0 ? first.host() : CoordServer.hostAndPort(first.host(), port);
            servers.serving(httpAddress);
            LOG.info("Agent {} answers HTTP at {}", config.nodeName(), httpAddress);
        } catch (IOException e) {
            throw CoordServer.refused(ExitCode.ADDRESS, e);
        }
    }

    private void listenDns(RemoteServers servers, OwnTokenStore tokens) {
        ServerConfig.Listen listen = config.dns();
        if (!listen.enabled()) {
            return;
        }
        try {
            DnsServer dns = parts.add(
                    "DNS",
                    DnsServer.ofAgent(
                            listen.host(),
                            listen.port(),
                            (query, tcp, none) -> servers.dns(query, tcp, tokenIfNone(tokens))));
            dnsAddress = CoordServer.hostAndPort(listen.host(), dns.port());
        } catch (IOException e) {
            throw CoordServer.refused(ExitCode.ADDRESS, e);
        }
    }

    private void relayGrpc(Vertx vertx, RemoteServers servers) {
        List<GrpcOptions.Address> addresses = ListenAddresses.grpc(config);
        if (addresses.isEmpty()) {
            return;
        }
        GrpcRelay grpc = parts.add(
                "gRPC", new GrpcRelay(vertx, servers::grpcAddresses), open -> CoordServer.await(open.close()));
        try {
            int port = CoordServer.await(grpc.start(addresses));
            grpcAddress = CoordServer.hostAndPort(addresses.get(0).host(), port);
        } catch (IOException e) {
            throw CoordServer.refused(ExitCode.ADDRESS, e);
        }
    }

    /** host:port of gRPC, as bound; empty: not served. */
    public String grpcAddress() {
        return grpcAddress;
    }

    /** host:port of DNS, as bound; empty: not served. */
    public String dnsAddress() {
        return dnsAddress;
    }

    @Override
    public ServerConfig config() {
        return config;
    }

    /** host:port of HTTP, as bound; empty: not served. */
    public String httpAddress() {
        return httpAddress;
    }

    @Override
    public CompletableFuture<Void> reload() {
        return Objects.requireNonNull(control, "not started").reload();
    }

    @Override
    public CompletableFuture<Void> leave() {
        return Objects.requireNonNull(control, "not started").leave();
    }

    @Override
    public synchronized void close() {
        parts.close();
    }

    /** What an agent can do to the cluster's membership: its own coming and going. The rest is handed to a server as HTTP. */
    private record Membership(RemoteServers servers, LocalAgent agent, NodeKeepAlive keepAlive)
            implements ClusterChanges {

        @Override
        public List<Member> serverMembers() {
            return servers.servers().stream()
                    .map(server -> new Member(
                            server, true, servers.isAlive(server) ? Member.Status.ALIVE : Member.Status.FAILED))
                    .toList();
        }

        @Override
        public CompletableFuture<Void> join(List<String> addresses) {
            return servers.join(addresses).thenCompose(met -> keepAlive
                    .known()
                    // Met is joined; that others see it at once is a courtesy.
                    .completeOnTimeout(null, KNOWN_SECONDS_MAX, TimeUnit.SECONDS));
        }

        /** First stops what would bring the node back. */
        @Override
        public CompletableFuture<Void> leave() {
            keepAlive.close();
            agent.close();
            return servers.forgetSelf();
        }

        @Override
        public CompletableFuture<Boolean> forceLeave(String name, boolean prune) {
            return CompletableFuture.failedFuture(onlyServers());
        }

        @Override
        public CompletableFuture<Void> remove(Server server) {
            return CompletableFuture.failedFuture(onlyServers());
        }

        @Override
        public CompletableFuture<ServerChange.Outcome> change(ServerChange change) {
            return CompletableFuture.failedFuture(onlyServers());
        }

        @Override
        public CompletableFuture<Void> transferLeadership(@Nullable Server to) {
            return CompletableFuture.failedFuture(onlyServers());
        }

        private static UnsupportedOperationException onlyServers() {
            return new UnsupportedOperationException("only servers do that");
        }
    }
}
