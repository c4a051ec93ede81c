package dev.coord.server.grpc;

import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.Leases;
import dev.coord.server.log.LogOperations;
import dev.coord.server.state.StateReader;
import dev.coord.server.watch.BlockingQuery;
import dev.coord.server.watch.Timer;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.Hub;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code coord.v1}, {@code grpc.health.v1} and reflection on one port.
 *
 * <p>Owns its threads and its port, and nothing that it was given: close it before the hub and the executor. {@link #start}
 * and {@link #close} are called once, by one thread; the rest by any.
 */
public final class GrpcApi implements AutoCloseable {

    /** The largest request: a value of the largest size with a key of the largest size, and room for the rest. */
    private static final int REQUEST_BYTES_MAX = 2 * CommandLimits.VALUE_BYTES_MAX;

    private static final long TICK_MILLIS = 250;
    private static final long STOP_MILLIS_MAX = 2_000;
    private static final int POOL_THREADS_MIN = 2;

    private static final Logger log = LoggerFactory.getLogger(GrpcApi.class);

    private final GrpcOptions options;
    private final ClusterView view;
    private final WorkPool pool;
    private final WatchService watches;
    private final LeaderHealth health;
    private final ScheduledThreadPoolExecutor timer;
    private final NettyServerBuilder builder;
    /** Written by start, read by close and port. */
    private volatile @Nullable Server server;

    /**
     * Prepares to serve; opens nothing yet.
     *
     * @throws IOException when a TLS file can't be read; names it
     */
    public GrpcApi(
            CommandExecutor executor, StateReader state, ClusterView view, Leases leases, Hub hub, GrpcOptions options)
            throws IOException {
        this(executor, state, view, leases, hub, new WatchSteering(), options);
    }

    /**
     * As above.
     *
     * @param steering how clients are told to watch
     */
    public GrpcApi(
            CommandExecutor executor,
            StateReader state,
            ClusterView view,
            Leases leases,
            Hub hub,
            WatchSteering steering,
            GrpcOptions options)
            throws IOException {
        this.options = options;
        this.view = view;
        GrpcOptions.Limits limits = options.limits();
        builder = NettyServerBuilder.forAddress(
                new InetSocketAddress(options.bindAddress(), options.port()), credentials(options.tls()));
        pool = new WorkPool(
                Math.max(POOL_THREADS_MIN, Runtime.getRuntime().availableProcessors() / 2), limits.pooledReadsMax());
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "coord-grpc-timer");
            thread.setDaemon(true);
            return thread;
        });
        // Thousands of polls end before their wait does.
        timer.setRemoveOnCancelPolicy(true);
        Reads reads = new Reads(state, view, pool);
        Writes writes = new Writes(executor);
        ServiceSummaries summaries = new ServiceSummaries();
        BlockingQuery polls = new BlockingQuery(
                state, hub, Timer.on(timer), () -> ThreadLocalRandom.current().nextDouble());
        watches = new WatchService(
                view.self().name(), hub, steering, reads, pool, summaries, polls, limits, System::nanoTime);
        health = new LeaderHealth(
                view,
                List.of(
                        KVGrpc.SERVICE_NAME,
                        CatalogGrpc.SERVICE_NAME,
                        HealthGrpc.SERVICE_NAME,
                        SessionsGrpc.SERVICE_NAME,
                        WatchGrpc.SERVICE_NAME,
                        ClusterGrpc.SERVICE_NAME));
        // Handlers never block, so they run where the request was read: one thread switch less for each.
        builder.directExecutor()
                .maxInboundMessageSize(REQUEST_BYTES_MAX)
                .maxConcurrentCallsPerConnection(limits.callsPerConnectionMax())
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(new KvService(reads, writes, view, limits))
                .addService(new CatalogService(reads, writes, summaries))
                .addService(new HealthService(reads, leases))
                .addService(new SessionsService(
                        reads, writes, leases, view, () -> UUID.randomUUID().toString()))
                .addService(watches)
                .addService(new ClusterService(view, reads))
                .addService(health.service())
                .addService(ProtoReflectionServiceV1.newInstance());
    }

    private static ServerCredentials credentials(GrpcOptions.@Nullable Tls tls) throws IOException {
        if (tls == null) {
            return InsecureServerCredentials.create();
        }
        try {
            TlsServerCredentials.Builder credentials = TlsServerCredentials.newBuilder()
                    .keyManager(
                            tls.certificateChain().toFile(), tls.privateKey().toFile());
            if (tls.clientAuthorities() != null) {
                credentials
                        .trustManager(tls.clientAuthorities().toFile())
                        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
            }
            return credentials.build();
        } catch (IOException e) {
            throw new IOException("A TLS file of the gRPC API can't be read: " + e.getMessage(), e);
        }
    }

    /**
     * Serves {@code coord.v1.Log}, too. Before {@link #start}.
     *
     * @param log null until the server has opened its log
     */
    public void offerLog(Supplier<@Nullable LogOperations> log) {
        builder.addService(new LogService(log, view, pool));
    }

    /**
     * Opens the port and serves. Requests that need a leader are answered UNAVAILABLE until there is one.
     *
     * @throws IOException when the port can't be had; names it
     */
    public void start() throws IOException {
        try {
            server = builder.build().start();
        } catch (IOException e) {
            throw new IOException(refusal(e), e);
        }
        ScheduledFuture<?> unused =
                timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        log.info("gRPC listens on {}:{}", options.bindAddress(), port());
    }

    private String refusal(IOException failure) {
        String where = "gRPC port " + options.port() + " on " + options.bindAddress();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof BindException || message.contains("Address already in use")) {
                return message.contains("in use")
                        ? where + " is in use: stop who has it, or choose another one (ports.grpc)"
                        : where + " can't be bound: " + message;
            }
        }
        return where + " can't be opened: " + failure.getMessage();
    }

    private void tick() {
        try {
            health.look();
            watches.tick();
        } catch (RuntimeException e) {
            log.error("The timer of the gRPC API failed in a way that is a bug", e);
        }
    }

    /** The port that is listened on; the chosen one when 0 was asked for. */
    public int port() {
        Server started = server;
        if (started == null) {
            throw new IllegalStateException("The gRPC API was not started");
        }
        return started.getPort();
    }

    /** Answers what is under way within two seconds, ends the watches, gives back port and threads. A second call does nothing. */
    @Override
    public void close() {
        if (timer.isShutdown()) {
            return;
        }
        timer.shutdownNow();
        health.stop();
        Server started = server;
        if (started != null) {
            started.shutdown();
            watches.stop();
            try {
                if (!started.awaitTermination(STOP_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
                    started.shutdownNow();
                    started.awaitTermination(STOP_MILLIS_MAX, TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                started.shutdownNow();
                Thread.currentThread().interrupt();
            }
        }
        pool.close();
    }
}
