package dev.coord.client;

import dev.coord.api.v1.DestroySessionRequest;
import dev.coord.api.v1.DestroySessionResponse;
import dev.coord.api.v1.RenewSessionRequest;
import dev.coord.api.v1.RenewSessionResponse;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.client.Calls.Kind;
import dev.coord.client.CoordException.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session, renewed in the background until it is closed or lost. It counts as lost when the cluster says so, or when it
 * could not be renewed for one TTL: the cluster ends it between one and two TTLs, so that this client always knows first.
 *
 * <p>Safe from any thread.
 */
public final class Session implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Session.class);
    private static final int RENEWALS_PER_TTL = 3;

    private final String id;
    private final Duration ttl;
    private final Calls calls;
    private final ScheduledExecutorService timer;
    private final Runnable onClose;
    private final CompletableFuture<CoordException> lost = new CompletableFuture<>();

    /** Guarded by this, as is the rest. When the renewal that last succeeded was sent. */
    private long renewedNanos;

    private @Nullable Future<?> next;
    private boolean over;

    Session(String id, Duration ttl, long createdNanos, Calls calls, ScheduledExecutorService timer, Runnable onClose) {
        this.id = id;
        this.ttl = ttl;
        this.calls = calls;
        this.timer = timer;
        this.onClose = onClose;
        renewedNanos = createdNanos;
    }

    void open() {
        soon();
    }

    /** A UUID, chosen by the cluster. */
    public String id() {
        return id;
    }

    /** False once it is closed or lost. */
    public synchronized boolean isAlive() {
        return !over;
    }

    /**
     * Calls back when the session is lost, and never when it is closed; at once when it is lost already. On the client's
     * executor, or on this thread.
     */
    public void onLost(java.util.function.Consumer<CoordException> callback) {
        CompletableFuture<Void> unused = lost.thenAccept(why -> {
            try {
                callback.accept(why);
            } catch (RuntimeException e) {
                log.error("What was to happen at the loss of session {} failed", id, e);
            }
        });
    }

    private void renew() {
        long leftNanos;
        synchronized (this) {
            leftNanos = renewedNanos + ttl.toNanos() - System.nanoTime();
            if (over) {
                return;
            }
        }
        if (leftNanos <= 0) {
            lose("it could not be renewed for " + ttl.toMillis() + " ms");
            return;
        }
        long sentNanos = System.nanoTime();
        Duration within = Duration.ofNanos(Math.min(leftNanos, ttl.toNanos() / RENEWALS_PER_TTL));
        CompletableFuture<RenewSessionResponse> unused = calls.call(
                        Kind.IDEMPOTENT_WRITE,
                        SessionsGrpc.getRenewMethod(),
                        RenewSessionRequest.newBuilder().setId(id).build(),
                        "Renewal of session " + id,
                        within)
                .whenComplete((renewed, failure) -> {
                    if (failure == null) {
                        synchronized (this) {
                            renewedNanos = sentNanos;
                        }
                    } else if (Waits.exception(failure).reason() == Reason.NOT_FOUND) {
                        lose("the cluster has ended it");
                        return;
                    } else {
                        log.warn("Session {} was not renewed; trying on: {}", id, failure.getMessage());
                    }
                    soon();
                });
    }

    private synchronized void soon() {
        if (over) {
            return;
        }
        long sinceNanos = System.nanoTime() - renewedNanos;
        long periodNanos = ttl.toNanos() / RENEWALS_PER_TTL;
        // After a failure the next try follows soon, and at the end of the TTL exactly.
        long delayNanos = sinceNanos < periodNanos
                ? periodNanos - sinceNanos
                : Math.min(periodNanos / RENEWALS_PER_TTL, Math.max(0, ttl.toNanos() - sinceNanos));
        try {
            next = timer.schedule(this::renew, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("Session {} is renewed no more: its client was closed", id, e);
        }
    }

    private void lose(String why) {
        if (end()) {
            log.warn("Session {} is lost: {}", id, why);
            onClose.run();
            lost.complete(new CoordException(Reason.REFUSED, "Session " + id + " is lost: " + why, null));
        }
    }

    private synchronized boolean end() {
        if (over) {
            return false;
        }
        over = true;
        if (next != null) {
            next.cancel(false);
        }
        return true;
    }

    CompletableFuture<Void> closeAsync() {
        if (!end()) {
            return CompletableFuture.completedFuture(null);
        }
        onClose.run();
        CompletableFuture<DestroySessionResponse> destroyed = calls.call(
                Kind.IDEMPOTENT_WRITE,
                SessionsGrpc.getDestroyMethod(),
                DestroySessionRequest.newBuilder().setId(id).build(),
                "End of session " + id);
        return destroyed.thenAccept(done -> {});
    }

    /** Ends the session, waiting at most for the client's deadline; keys that it holds are let go or deleted. */
    @Override
    public void close() {
        try {
            Void unused = Waits.join(closeAsync());
        } catch (CoordException e) {
            log.warn("Session {} could not be ended and is left to its TTL: {}", id, e.getMessage());
        }
    }
}
