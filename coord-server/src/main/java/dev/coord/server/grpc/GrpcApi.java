package dev.coord.server.grpc;

import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.FlagsGrpc;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.audit.AuditLog;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.Leases;
import dev.coord.server.flags.FlagLimits;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.log.LogOperations;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import dev.coord.server.state.StateReader;
import dev.coord.server.watch.BlockingQuery;
import dev.coord.server.watch.Timer;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.Hub;
import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.util.ArrayList;
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
 * Serves {@code coord.v1}, {@code flagd.sync.v1}, {@code grpc.health.v1} and reflection on every address asked for.
 *
 * <p>Owns its threads and its ports, and nothing that it was given: close it before the hub and the executor. {@link #start}
 * and {@link #close} are called once, by one thread; the rest by any.
 */
public final class GrpcApi implements AutoCloseable {

    /** The largest request: the largest document of flags, with all its spaces, and room for the rest. */
    private static final int REQUEST_BYTES_MAX = 2 * CommandLimits.VALUE_BYTES_MAX + FlagLimits.REQUEST_BYTES_MAX;

    private static final long TICK_MILLIS = 250;
    private static final long STOP_MILLIS_MAX = 2_000;
    private static final int POOL_THREADS_MIN = 2;

    private static final Logger log = LoggerFactory.getLogger(GrpcApi.class);

    private final ClusterView view;
    private final WorkPool pool;
    private final Reads reads;
    private final WatchService watches;
    /** The last is asked first. */
    private final List<ServerInterceptor> interceptors;

    private final StreamSources sources;
    private final FlagSyncService flagSync;
    private final LeaderHealth health;
    private final ScheduledThreadPoolExecutor timer;
    /** One for each address, in order. */
    private final AuditInterceptor audit;

    private final List<GrpcListener> listeners = new ArrayList<>();
    /** Null until they are offered. Written before the start. */
    private @Nullable RolloutsService rollouts;

    /**
     * Prepares to serve; opens nothing yet.
     *
     * @throws IOException when a TLS file can't be read; names it
     */
    public GrpcApi(
            CommandExecutor executor, StateReader state, ClusterView view, Leases leases, Hub hub, GrpcOptions options)
            throws IOException {
        this(
                executor,
                state,
                view,
                leases,
                hub,
                new WatchSteering(),
                AccessControl.OFF,
                new FlagWrites(executor, state),
                options);
    }

    /**
     * As above.
     *
     * @param steering how clients are told to watch
     * @param access what a caller's token allows
     * @param flags not owned
     */
    public GrpcApi(
            CommandExecutor executor,
            StateReader state,
            ClusterView view,
            Leases leases,
            Hub hub,
            WatchSteering steering,
            AccessControl access,
            FlagWrites flags,
            GrpcOptions options)
            throws IOException {
        this.view = view;
        GrpcOptions.Limits limits = options.limits();
        for (GrpcOptions.Address address : options.addresses()) {
            listeners.add(new GrpcListener(address));
        }
        pool = new WorkPool(
                Math.max(POOL_THREADS_MIN, Runtime.getRuntime().availableProcessors() / 2), limits.pooledReadsMax());
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "coord-grpc-timer");
            thread.setDaemon(true);
            return thread;
        });
        // Thousands of polls end before their wait does.
        timer.setRemoveOnCancelPolicy(true);
        reads = new Reads(state, view, pool);
        Writes writes = new Writes(executor);
        ServiceSummaries summaries = new ServiceSummaries();
        BlockingQuery polls = new BlockingQuery(
                state, hub, Timer.on(timer), () -> ThreadLocalRandom.current().nextDouble());
        watches = new WatchService(
                view.self().name(), hub, steering, reads, pool, summaries, polls, limits, System::nanoTime);
        sources = new StreamSources(hub, reads, pool, Timer.on(timer), System::nanoTime);
        flagSync = new FlagSyncService(sources);
        health = new LeaderHealth(
                view,
                List.of(
                        KVGrpc.SERVICE_NAME,
                        CatalogGrpc.SERVICE_NAME,
                        HealthGrpc.SERVICE_NAME,
                        SessionsGrpc.SERVICE_NAME,
                        WatchGrpc.SERVICE_NAME,
                        FlagsGrpc.SERVICE_NAME,
                        ClusterGrpc.SERVICE_NAME));
        List<BindableService> services = List.of(
                new KvService(reads, writes, view, limits, options.admission()),
                new CatalogService(reads, writes, summaries),
                new HealthService(reads, leases),
                new SessionsService(
                        reads, writes, leases, view, () -> UUID.randomUUID().toString()),
                watches,
                new FlagsService(reads, flags, view),
                flagSync::bound,
                new ClusterService(view, reads),
                health.service(),
                ProtoReflectionServiceV1.newInstance());
        audit = new AuditInterceptor(state);
        interceptors = List.of(
                audit,
                new CallerInterceptor(access),
                new Admission(options.admission()),
                new MalformedRequests(),
                new ShortDescriptions());
        for (GrpcListener listener : listeners) {
            NettyServerBuilder builder = listener.builder();
            // Handlers never block, so they run where the request was read: one thread switch less for each.
            builder.directExecutor()
                    .maxInboundMessageSize(REQUEST_BYTES_MAX)
                    .maxConcurrentCallsPerConnection(limits.callsPerConnectionMax())
                    .permitKeepAliveTime(5, TimeUnit.SECONDS)
                    .permitKeepAliveWithoutCalls(true)
                    .addTransportFilter(Admission.doorkeeper())
                    .addTransportFilter(CallerInterceptor.introduction());
        }
        services.forEach(this::offer);
    }

    /**
     * Wraps the interceptors around each method, once. Those that a server is given gRPC wraps around every call anew, and an open
     * stream keeps them.
     */
    private void offer(BindableService service) {
        ServerServiceDefinition bound =
                ServerInterceptors.intercept(MalformedRequests.tolerant(service.bindService()), interceptors);
        listeners.forEach(listener -> listener.builder().addService(bound));
    }

    /**
     * Serves {@code coord.v1.Log}, too. Before {@link #start}.
     *
     * @param log null until the server has opened its log
     */
    public void offerLog(Supplier<@Nullable LogOperations> log) {
        offer(new LogService(log, reads, view, pool));
    }

    /** Serves {@code coord.v1.Rollouts}, too. Before {@link #start}. Neither of both is owned. */
    public void offerRollouts(Rollouts asked, RolloutEngine engine) {
        RolloutsService service = new RolloutsService(asked, engine, sources);
        rollouts = service;
        offer(service);
    }

    /** Writes down who does what. Before {@link #start}. */
    public void auditTo(AuditLog log) {
        audit.writeTo(log);
    }

    /**
     * Opens the ports and serves. Requests that need a leader are answered UNAVAILABLE until there is one.
     *
     * @throws IOException when a port can't be had; names it
     */
    public void start() throws IOException {
        for (GrpcListener listener : listeners) {
            listener.start();
        }
        ScheduledFuture<?> unused =
                timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Reads certificates, keys and authorities again.
     *
     * @return makes them count: for connections that begin from then on
     * @throws IOException when one can't be used; then what was before stays
     */
    public Runnable certificateRenewal() throws IOException {
        List<Runnable> all = new ArrayList<>();
        for (GrpcListener listener : listeners) {
            all.add(listener.renewal());
        }
        return () -> all.forEach(Runnable::run);
    }

    private void tick() {
        try {
            health.look();
            watches.tick();
        } catch (RuntimeException e) {
            log.error("The timer of the gRPC API failed in a way that is a bug", e);
        }
    }

    /** The port that is listened on at the first address; the chosen one when 0 was asked for. */
    public int port() {
        return listeners.get(0).port();
    }

    /** Answers what is under way within two seconds, ends the watches, gives back port and threads. A second call does nothing. */
    @Override
    public void close() {
        if (timer.isShutdown()) {
            return;
        }
        timer.shutdownNow();
        health.stop();
        listeners.forEach(GrpcListener::shutdown);
        watches.stop();
        flagSync.stop();
        RolloutsService offered = rollouts;
        if (offered != null) {
            offered.stop();
        }
        listeners.forEach(listener -> listener.awaitEnd(STOP_MILLIS_MAX));
        pool.close();
    }
}
