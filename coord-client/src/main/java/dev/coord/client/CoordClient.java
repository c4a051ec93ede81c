package dev.coord.client;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.CreateSessionRequest;
import dev.coord.api.v1.DeregisterRequest;
import dev.coord.api.v1.DeregisterResponse;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.HeldChecksRequest;
import dev.coord.api.v1.MembersRequest;
import dev.coord.api.v1.RegisterResponse;
import dev.coord.api.v1.SessionBehavior;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchStatsRequest;
import dev.coord.client.Calls.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way into Coord for a Java process: keys and values, registration, discovery, watches, sessions and locks.
 *
 * <pre>{@code
 * try (CoordClient coord = CoordClient.builder().address("127.0.0.1:8502").build()) {
 *     coord.kv().put("config/greeting", "hello");
 *     coord.register(ServiceRegistration.builder("web").port(8080).build());
 *     Discovery db = coord.discovery("db").awaitReady(Duration.ofSeconds(5));
 *     db.pick().ifPresent(instance -> connect(instance.address(), instance.port()));
 * }
 * }</pre>
 *
 * <p>It is made without a server being there, and looks for one when it needs one. It learns who the other servers are and who
 * leads; writes go to the leader first, and when a server goes away others are asked at once.
 *
 * <p>One client is enough for a process; safe from any thread. {@link #close()} ends everything that came from it.
 */
public final class CoordClient implements AutoCloseable {

    /** The most watches, discoveries, registrations, sessions and held locks of one client, together. */
    public static final int OPEN_MAX = 100_000;

    private static final Logger log = LoggerFactory.getLogger(CoordClient.class);
    private static final int THREADS = 2;
    private static final long TICK_MILLIS = 1_000;

    private final ClientOptions options;
    private final Servers servers;
    private final ScheduledThreadPoolExecutor timer;
    private final @Nullable ExecutorService ownExecutor;
    private final Executor executor;
    private final Backoff backoff;
    private final Calls calls;
    private final Kv kv;
    private final Flags flags;
    private final Rollouts rollouts;
    private final Set<Watch<?>> watches = ConcurrentHashMap.newKeySet();
    private final Set<Registration> registrations = ConcurrentHashMap.newKeySet();
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    /** Written by the closing thread, read by any. */
    private volatile boolean closed;

    CoordClient(ClientOptions options) {
        this.options = options;
        timer = new ScheduledThreadPoolExecutor(1, threads("coord-client-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        ownExecutor =
                options.executor() == null ? Executors.newFixedThreadPool(THREADS, threads("coord-client")) : null;
        executor = options.executor() == null ? ownExecutor : options.executor();
        backoff = new Backoff(options.firstBackoff(), options.longestBackoff(), options.random());
        servers = new Servers(options);
        calls = new Calls(servers, timer, executor, backoff, options.deadline());
        kv = new Kv(calls);
        flags = new Flags(calls);
        rollouts = new Rollouts(calls);
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    void open() {
        calls.askForMembers();
        ScheduledFuture<?> members = timer.scheduleWithFixedDelay(
                calls::askForMembers,
                options.membersInterval().toMillis(),
                options.membersInterval().toMillis(),
                TimeUnit.MILLISECONDS);
        ScheduledFuture<?> ticks = timer.scheduleWithFixedDelay(
                () -> watches.forEach(Watch::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        log.debug("Opened a client for {}: {} {}", servers, members, ticks);
    }

    /** Begins to make a client. */
    public static CoordClientBuilder builder() {
        return new CoordClientBuilder();
    }

    /** Keys and values. */
    public Kv kv() {
        return kv;
    }

    /** Feature flags, to write and to look at. */
    public Flags flags() {
        return flags;
    }

    /** The servers' own features on their way to another choice, in steps. */
    public Rollouts rollouts() {
        return rollouts;
    }

    Calls calls() {
        return calls;
    }

    /**
     * Registers an instance of a service on this client's node and keeps it alive until it is closed. Returns at once: the first
     * registration happens in the background, as soon as a server can be reached; see {@link Registration#awaitRegistered}.
     */
    public Registration register(ServiceRegistration what) {
        requireRoom();
        Registration[] self = new Registration[1];
        Registration registration =
                new Registration(what, options.nodeName(), options.nodeAddress(), calls, timer, backoff, () -> {
                    if (self[0] != null) {
                        registrations.remove(self[0]);
                    }
                });
        self[0] = registration;
        registrations.add(registration);
        registration.open();
        return registration;
    }

    /**
     * Removes an instance on this client's node from the catalog, with its checks, whoever registered it; to remove what is not
     * there succeeds. One that somebody still keeps alive, a {@link Registration} or a server's agent, comes back.
     */
    public void deregister(String serviceId) {
        DeregisterResponse unused = Waits.join(calls.call(
                Kind.IDEMPOTENT_WRITE,
                CatalogGrpc.getDeregisterMethod(),
                DeregisterRequest.newBuilder()
                        .setNode(options.nodeName())
                        .setServiceId(serviceId)
                        .build(),
                "Deregistration of service '" + serviceId + "' on node '" + options.nodeName() + "'"));
    }

    /**
     * Registers an instance whose checks belong to the cluster: the servers share them out, and go on with those of one that dies.
     * Nothing of it hangs on this client, which may be closed; registered again, it takes the place of what was there. Waits at
     * most for the deadline.
     *
     * @param what its TTL counts for nothing; its health stands until a server has tried
     * @param node a node of its own, made by this: none on which an agent lives, which would run the checks itself
     * @param nodeAddress where the instance is, unless {@code what} says so
     * @param checks at least one
     */
    public void registerHeld(ServiceRegistration what, String node, String nodeAddress, List<ClusterCheck> checks) {
        RegisterResponse unused = Waits.join(calls.call(
                Kind.IDEMPOTENT_WRITE,
                CatalogGrpc.getRegisterMethod(),
                HeldRegistration.request(what, node, nodeAddress, checks),
                "Registration of service '" + what.id() + "' on node '" + node + "'"));
    }

    /** Removes the node of a {@link #registerHeld}, with all that is on it; to remove what is not there succeeds. */
    public void deregisterHeld(String node) {
        DeregisterResponse unused = Waits.join(calls.call(
                Kind.IDEMPOTENT_WRITE,
                CatalogGrpc.getDeregisterMethod(),
                DeregisterRequest.newBuilder().setNode(node).build(),
                "Deregistration of node '" + node + "'"));
    }

    /**
     * The checks that belong to the cluster, by node and id, and which server runs each.
     *
     * @param service only those of this service; empty: all
     */
    public List<HeldCheck> heldChecks(String service) {
        return Waits.join(calls.call(
                        Kind.READ,
                        HealthGrpc.getHeldChecksMethod(),
                        HeldChecksRequest.newBuilder().setService(service).build(),
                        "List of the cluster's checks"))
                .getChecksList()
                .stream()
                .map(HeldCheck::of)
                .toList();
    }

    /** Follows the passing instances of a service. Returns at once; see {@link Discovery#awaitReady}. */
    public Discovery discovery(String service) {
        return discovery(service, Health.PASSING);
    }

    /**
     * Follows the instances of a service that are well enough.
     *
     * @param worst instances whose health is worse are left out
     */
    public Discovery discovery(String service, Health worst) {
        Discovery discovery = new Discovery(this, service, worst);
        discovery.open();
        return discovery;
    }

    /** Watches a target by stream; see {@link #watch(WatchTarget, WatchMode, ReadMode, WatchListener)}. */
    public <T> Watch<T> watch(WatchTarget<T> target, WatchListener<T> listener) {
        return watch(target, WatchMode.STREAM, ReadMode.LINEARIZABLE, listener);
    }

    /**
     * Watches a target until the watch is closed. Returns at once.
     *
     * @param reads how fresh the first picture is. A STALE watch begins without a leader; it never goes back behind what it
     *     has told.
     */
    public <T> Watch<T> watch(WatchTarget<T> target, WatchMode mode, ReadMode reads, WatchListener<T> listener) {
        Watch<T> watch = prepareWatch(target, mode, reads, listener);
        watch.open();
        return watch;
    }

    <T> Watch<T> prepareWatch(WatchTarget<T> target, WatchMode mode, ReadMode reads, WatchListener<T> listener) {
        requireRoom();
        List<Watch<T>> self = new ArrayList<>(1);
        Watch<T> watch = new Watch<>(
                target,
                mode,
                reads,
                listener,
                servers,
                calls,
                timer,
                executor,
                backoff,
                options.silenceMax(),
                () -> self.forEach(watches::remove));
        self.add(watch);
        watches.add(watch);
        return watch;
    }

    /**
     * Creates a session and renews it in the background until it is closed. Waits at most for the deadline.
     *
     * @throws CoordException when it can't be created
     */
    public Session openSession(SessionOptions what) {
        return Waits.join(openSessionAsync(what));
    }

    /** As {@link #openSession}. */
    public CompletableFuture<Session> openSessionAsync(SessionOptions what) {
        requireRoom();
        CreateSessionRequest request = CreateSessionRequest.newBuilder()
                .setSession(dev.coord.api.v1.Session.newBuilder()
                        .setName(what.name())
                        .setNode(what.node())
                        .setTtlMs(what.ttl().toMillis())
                        .setLockDelayMs(what.lockDelay().toMillis())
                        .setBehavior(
                                what.deleteKeys()
                                        ? SessionBehavior.SESSION_BEHAVIOR_DELETE
                                        : SessionBehavior.SESSION_BEHAVIOR_RELEASE))
                .build();
        long sentNanos = System.nanoTime();
        // A session created twice is one that nobody renews, and ends by itself: better than none.
        return calls.call(
                        Kind.IDEMPOTENT_WRITE,
                        SessionsGrpc.getCreateMethod(),
                        request,
                        "Creation of session '" + what.name() + "'")
                .thenApply(created -> {
                    List<Session> self = new ArrayList<>(1);
                    Session session = new Session(
                            created.getId(), what.ttl(), sentNanos, calls, timer, () -> self.forEach(sessions::remove));
                    self.add(session);
                    sessions.add(session);
                    session.open();
                    return session;
                });
    }

    /** A lock on a key, with a session of 15 s that is named for this client's node. Does nothing yet. */
    public Lock lock(String key) {
        return lock(key, SessionOptions.named("lock on " + key + " by " + options.nodeName()));
    }

    /** A lock on a key. Does nothing yet. */
    public Lock lock(String key, SessionOptions session) {
        return new Lock(this, key, session, ByteString.copyFromUtf8(options.nodeName()));
    }

    /** The servers of the cluster, as one of them sees it. Answered without a leader. */
    public List<ServerInfo> members() {
        return Waits.join(membersAsync());
    }

    /** As {@link #members}. */
    public CompletableFuture<List<ServerInfo>> membersAsync() {
        return calls.call(
                        Kind.READ,
                        ClusterGrpc.getMembersMethod(),
                        MembersRequest.getDefaultInstance(),
                        "List of the cluster's members")
                .thenApply(answer ->
                        answer.getMembersList().stream().map(ServerInfo::of).toList());
    }

    /**
     * What the hub of one server, the first that answers, holds and has done. Answered without a leader.
     *
     * @param busiestMax how many of the busiest subjects to name, from 1 to 1,000
     */
    public WatchStats watchStats(int busiestMax) {
        return WatchStats.of(Waits.join(calls.call(
                Kind.READ,
                WatchGrpc.getStatsMethod(),
                WatchStatsRequest.newBuilder().setBusiestMax(busiestMax).build(),
                "Counts of the watches")));
    }

    private void requireRoom() {
        if (closed) {
            throw new CoordException(CoordException.Reason.CLOSED, "The client is closed", null);
        }
        if (watches.size() + registrations.size() + sessions.size() >= OPEN_MAX) {
            throw new CoordException(
                    CoordException.Reason.OVERLOADED,
                    "The client has its limit of " + OPEN_MAX + " watches, registrations and sessions open: close some",
                    null);
        }
    }

    /**
     * Deregisters what was registered and ends sessions, all at once and at most for the deadline; then ends watches and
     * breaks the connections. Futures that are not complete fail. A second call does nothing.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        watches.forEach(Watch::close);
        List<CompletableFuture<Void>> endings = new ArrayList<>();
        registrations.forEach(registration -> endings.add(registration.closeAsync()));
        sessions.forEach(session -> endings.add(session.closeAsync()));
        try {
            Void unused = Waits.join(CompletableFuture.allOf(endings.toArray(CompletableFuture<?>[]::new))
                    .orTimeout(options.deadline().toMillis(), TimeUnit.MILLISECONDS));
        } catch (CoordException e) {
            log.warn(
                    "Not all registrations and sessions could be ended; they are left to their TTLs: {}",
                    e.getMessage());
        }
        timer.shutdownNow();
        servers.close();
        if (ownExecutor != null) {
            ownExecutor.shutdown();
        }
    }

    static Duration requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " is " + value + " and must be positive");
        }
        return value;
    }
}
