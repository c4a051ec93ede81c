package dev.coord.client;

import dev.coord.api.v1.Beat;
import dev.coord.api.v1.BeatResult;
import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.Check;
import dev.coord.api.v1.CheckDefinition;
import dev.coord.api.v1.DeregisterRequest;
import dev.coord.api.v1.DeregisterResponse;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.HeartbeatRequest;
import dev.coord.api.v1.HeartbeatResponse;
import dev.coord.api.v1.Node;
import dev.coord.api.v1.RegisterRequest;
import dev.coord.api.v1.RegisterResponse;
import dev.coord.client.Calls.Kind;
import dev.coord.client.CoordException.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance that is registered and kept alive in the background until it is closed.
 *
 * <p>It registers as soon as a server can be reached, sends heartbeats three times in a TTL, and registers again by itself when
 * the cluster has lost it, be it by an operator's hand or with its data. Safe from any thread.
 */
public final class Registration implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Registration.class);
    private static final int BEATS_PER_TTL = 3;
    private static final long CALL_MILLIS_MIN = 1_000;

    private final ServiceRegistration what;
    private final String node;
    private final String nodeAddress;
    private final Calls calls;
    private final ScheduledExecutorService timer;
    private final Backoff backoff;
    private final Runnable onClose;
    private final CompletableFuture<Void> registered = new CompletableFuture<>();

    /** Guarded by this, as is all that follows; never held during a call. */
    private Health health;

    private String output = "";
    private boolean isRegistered;
    private int failures;
    private @Nullable Future<?> next;
    /** Complete when no register or heartbeat is under way. */
    private CompletableFuture<?> underWay = CompletableFuture.completedFuture(null);

    private @Nullable CompletableFuture<Void> closing;

    Registration(
            ServiceRegistration what,
            String node,
            String nodeAddress,
            Calls calls,
            ScheduledExecutorService timer,
            Backoff backoff,
            Runnable onClose) {
        this.what = what;
        this.node = node;
        this.nodeAddress = nodeAddress;
        this.calls = calls;
        this.timer = timer;
        this.backoff = backoff;
        this.onClose = onClose;
        health = what.health();
    }

    /** The node that the instance is registered on. */
    public String node() {
        return node;
    }

    /** The instance's id, unique on its node. */
    public String id() {
        return what.id();
    }

    /** True from the first registration on, but for times when the cluster is known to have lost it. */
    public synchronized boolean isRegistered() {
        return isRegistered && closing == null;
    }

    /** Completes when the instance was registered for the first time; fails when it is refused or closed before. */
    public CompletableFuture<Void> registered() {
        return registered.copy();
    }

    /** Waits for {@link #registered()}. Throws {@link CoordException} with {@link Reason#TIMEOUT} when it takes longer. */
    public Registration awaitRegistered(Duration timeout) {
        Void unused = Waits.join(registered
                .copy()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        failure instanceof TimeoutException
                                ? new CoordException(
                                        Reason.TIMEOUT,
                                        this + " was not registered within " + timeout.toMillis()
                                                + " ms; it goes on trying",
                                        null)
                                : failure)));
        return this;
    }

    /**
     * Says how the instance is; told to the cluster at once, and with every heartbeat from now on.
     *
     * @param why for people, kept to 4 kB
     */
    public void report(Health newHealth, String why) {
        synchronized (this) {
            health = newHealth;
            output = why;
            if (!isRegistered || closing != null) {
                return;
            }
        }
        soon(0, this::beat);
    }

    void open() {
        register();
    }

    private void register() {
        RegisterRequest request;
        CompletableFuture<RegisterResponse> answer;
        synchronized (this) {
            if (closing != null) {
                return;
            }
            request = request();
            answer = calls.call(
                    Kind.IDEMPOTENT_WRITE, CatalogGrpc.getRegisterMethod(), request, "Registration of " + this);
            underWay = answer.handle((done, failure) -> null);
        }
        CompletableFuture<RegisterResponse> unused = answer.whenComplete((done, failure) -> {
            if (failure == null) {
                wasRegistered();
            } else {
                failed(failure, this::register);
            }
        });
    }

    private RegisterRequest request() {
        String checkId = checkId();
        return RegisterRequest.newBuilder()
                .setNode(Node.newBuilder().setName(node).setAddress(nodeAddress))
                // Others may share the node and know it better.
                .setSkipNodeUpdate(true)
                .setService(what.message(node))
                .addChecks(Check.newBuilder()
                        .setNode(node)
                        .setId(checkId)
                        .setName("Heartbeat of " + what.id())
                        .setStatus(health.message())
                        .setOutput(output)
                        .setServiceId(what.id())
                        .setType("ttl")
                        .setDefinition(CheckDefinition.newBuilder()
                                .setTtlMs(what.ttl().toMillis())
                                .setDeregisterCriticalServiceAfterMs(
                                        what.deregisterAfter().toMillis())))
                .build();
    }

    private String checkId() {
        return "service:" + what.id();
    }

    private void wasRegistered() {
        synchronized (this) {
            isRegistered = true;
            failures = 0;
        }
        log.info("Registered {}", this);
        registered.complete(null);
        soon(beatMillis(), this::beat);
    }

    private void beat() {
        CompletableFuture<HeartbeatResponse> answer;
        synchronized (this) {
            if (closing != null) {
                return;
            }
            HeartbeatRequest request = HeartbeatRequest.newBuilder()
                    .addBeats(Beat.newBuilder()
                            .setNode(node)
                            .setCheckId(checkId())
                            .setStatus(health.message())
                            .setOutput(output))
                    .build();
            answer = calls.call(
                    Kind.IDEMPOTENT_WRITE,
                    HealthGrpc.getHeartbeatMethod(),
                    request,
                    "Heartbeat of " + this,
                    Duration.ofMillis(Math.max(CALL_MILLIS_MIN, beatMillis())));
            underWay = answer.handle((done, failure) -> null);
        }
        CompletableFuture<HeartbeatResponse> unused = answer.whenComplete((done, failure) -> {
            if (failure != null) {
                failed(failure, this::beat);
            } else if (done.getResultsCount() == 1 && done.getResults(0) == BeatResult.BEAT_RESULT_OK) {
                synchronized (this) {
                    failures = 0;
                }
                soon(beatMillis(), this::beat);
            } else {
                log.warn("The cluster does not know the check of {} any more: registering again", this);
                synchronized (this) {
                    isRegistered = false;
                }
                register();
            }
        });
    }

    private void failed(Throwable failure, Runnable again) {
        CoordException why = Waits.exception(failure);
        int inARow;
        boolean refused;
        synchronized (this) {
            inARow = ++failures;
            refused = !isRegistered && why.reason() == Reason.INVALID;
        }
        if (refused) {
            log.error("{} was refused and is not tried again: {}", this, why.getMessage());
            registered.completeExceptionally(why);
            onClose.run();
            return;
        }
        if (inARow == 1) {
            log.warn("{} can't be kept alive for now; trying on: {}", this, why.getMessage());
        }
        soon(Math.min(beatMillis(), backoff.delayMillis(inARow)), again);
    }

    private long beatMillis() {
        return what.ttl().toMillis() / BEATS_PER_TTL;
    }

    private synchronized void soon(long delayMillis, Runnable step) {
        if (closing != null) {
            return;
        }
        if (next != null) {
            next.cancel(false);
        }
        try {
            next = timer.schedule(step, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("{} ends with its client", this, e);
        }
    }

    /** Begins to deregister; completes when done, fails when it could not be: then the TTL makes the instance critical. */
    CompletableFuture<Void> closeAsync() {
        CompletableFuture<?> last;
        synchronized (this) {
            if (closing != null) {
                return closing;
            }
            if (next != null) {
                next.cancel(false);
            }
            last = underWay;
            // A registration that is under way could come after the deregistration and undo it.
            closing = last.thenCompose(done -> deregister()).thenAccept(done -> {});
        }
        onClose.run();
        registered.completeExceptionally(
                new CoordException(Reason.CLOSED, this + " was closed before it was registered", null));
        return closing;
    }

    private CompletableFuture<DeregisterResponse> deregister() {
        return calls.call(
                Kind.IDEMPOTENT_WRITE,
                CatalogGrpc.getDeregisterMethod(),
                DeregisterRequest.newBuilder()
                        .setNode(node)
                        .setServiceId(what.id())
                        .build(),
                "Deregistration of " + this);
    }

    /**
     * Deregisters the instance, waiting at most for the client's deadline, and ends the heartbeats. Where no server can be
     * reached it is left to its TTL; that is logged.
     */
    @Override
    public void close() {
        try {
            Void unused = Waits.join(closeAsync());
        } catch (CoordException e) {
            log.warn("{} could not be deregistered and is left to its TTL: {}", this, e.getMessage());
        }
    }

    /** For messages. */
    @Override
    public String toString() {
        return "service '" + what.id() + "' on node '" + node + "'";
    }
}
