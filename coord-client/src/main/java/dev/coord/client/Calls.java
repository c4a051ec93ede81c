package dev.coord.client;

import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.MembersRequest;
import dev.coord.client.CoordException.Reason;
import dev.coord.client.Failures.Verdict;
import dev.coord.client.Servers.Server;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Single calls: to the leader or to any server, tried again within the deadline where that is safe.
 *
 * <p>The first round over the servers is made at once; between rounds there is a pause. Nothing here blocks; futures complete
 * on the executor.
 */
final class Calls {

    /** Calls that wait for an answer at once; more fail. */
    static final int CALLS_MAX = 10_000;

    private static final Logger log = LoggerFactory.getLogger(Calls.class);

    private final Servers servers;
    private final ScheduledExecutorService timer;
    private final Executor executor;
    private final Backoff backoff;
    private final Duration deadline;
    private final AtomicInteger underWay = new AtomicInteger();
    /** One question about the members at a time. */
    private final AtomicBoolean asking = new AtomicBoolean();

    Calls(Servers servers, ScheduledExecutorService timer, Executor executor, Backoff backoff, Duration deadline) {
        this.servers = servers;
        this.timer = timer;
        this.executor = executor;
        this.backoff = backoff;
        this.deadline = deadline;
    }

    /** What makes a call one of its kind. */
    enum Kind {
        /** Changes nothing; any server will do. */
        READ,
        /** Doing it twice is as good as once; goes to the leader. */
        IDEMPOTENT_WRITE,
        /** Tried again only when it surely was not executed; goes to the leader. */
        WRITE
    }

    <Q, R> CompletableFuture<R> call(Kind kind, MethodDescriptor<Q, R> method, Q request, String what) {
        return call(kind, method, request, what, deadline);
    }

    /**
     * Makes a call.
     *
     * @param what is asked, for messages: "get of key 'a'"
     * @return fails with {@link CoordException}
     */
    <Q, R> CompletableFuture<R> call(
            Kind kind, MethodDescriptor<Q, R> method, Q request, String what, Duration within) {
        if (underWay.incrementAndGet() > CALLS_MAX) {
            underWay.decrementAndGet();
            return CompletableFuture.failedFuture(new CoordException(
                    Reason.OVERLOADED,
                    what + " was not begun: the limit of " + CALLS_MAX + " calls under way is reached",
                    null));
        }
        Attempts<Q, R> attempts = new Attempts<>(kind, method, request, what, within);
        attempts.next();
        return attempts.result;
    }

    /** One call with all of its tries; a try begins when the one before has ended, so that fields need no lock. */
    private final class Attempts<Q, R> {

        private final Kind kind;
        private final MethodDescriptor<Q, R> method;
        private final Q request;
        private final String what;
        private final long withinMillis;
        private final long endNanos;
        private final CompletableFuture<R> result = new CompletableFuture<>();
        private int tries;
        private boolean maybeExecuted;

        Attempts(Kind kind, MethodDescriptor<Q, R> method, Q request, String what, Duration within) {
            this.kind = kind;
            this.method = method;
            this.request = request;
            this.what = what;
            withinMillis = within.toMillis();
            endNanos = System.nanoTime() + within.toNanos();
        }

        void next() {
            Server server;
            try {
                server = servers.pick(kind != Kind.READ, tries);
            } catch (CoordException closed) {
                fail(closed);
                return;
            }
            if (server.connection().getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
                // gRPC alone would wait up to two minutes before it looks for the server again.
                server.connection().resetConnectBackoff();
            }
            SentProbe probe = new SentProbe();
            long leftNanos = Math.max(1, endNanos - System.nanoTime());
            // What may be repeated does not give all of its time to a server that hangs.
            long tryNanos =
                    kind == Kind.WRITE ? leftNanos : Math.min(leftNanos, Math.max(leftNanos / 2, MIN_TRY_NANOS));
            ClientCall<Q, R> call = server.channel()
                    .newCall(
                            method,
                            CallOptions.DEFAULT
                                    .withDeadlineAfter(tryNanos, TimeUnit.NANOSECONDS)
                                    .withStreamTracerFactory(probe));
            call.start(new Answer<>(this, server, probe), new Metadata());
            call.request(2);
            call.sendMessage(request);
            call.halfClose();
        }

        void failed(Server server, Status status, Metadata trailers, boolean sent) {
            Verdict verdict = Failures.verdict(status, trailers, sent);
            maybeExecuted |= verdict == Verdict.MAYBE_EXECUTED;
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
            boolean again =
                    verdict == Verdict.NOT_EXECUTED || (verdict == Verdict.MAYBE_EXECUTED && kind != Kind.WRITE);
            if (verdict != Verdict.FINAL) {
                servers.failed(server);
                askForMembers();
            }
            tries++;
            int rounds = tries / servers.count();
            boolean pause = tries % servers.count() == 0;
            if (pause && !maybeExecuted && Failures.isOtherProtocol(status)) {
                fail(Failures.otherProtocol(what, server.address(), status));
                return;
            }
            long delayMillis = pause ? backoff.delayMillis(rounds, Failures.comeAgainMillis(trailers)) : 0;
            if (!again || leftMillis <= delayMillis) {
                // An earlier try may have been executed even when the last one surely was not.
                Verdict overall = verdict == Verdict.NOT_EXECUTED && maybeExecuted ? Verdict.MAYBE_EXECUTED : verdict;
                fail(Failures.exception(what, server.address(), status, overall, servers.toString(), withinMillis));
            } else if (pause) {
                schedule(delayMillis);
            } else {
                next();
            }
        }

        private void schedule(long delayMillis) {
            try {
                ScheduledFuture<?> unused = timer.schedule(this::next, delayMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                fail(new CoordException(Reason.CLOSED, what + " failed: the client was closed", e));
            }
        }

        void succeeded(R answer) {
            underWay.decrementAndGet();
            complete(() -> result.complete(answer));
        }

        private void fail(CoordException failure) {
            underWay.decrementAndGet();
            complete(() -> result.completeExceptionally(failure));
        }

        private void complete(Runnable completion) {
            try {
                executor.execute(completion);
            } catch (RejectedExecutionException e) {
                // The executor ended before the client did: better on this thread than never.
                completion.run();
            }
        }
    }

    private static final long MIN_TRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Takes the one answer of one try. Called by gRPC, one method at a time. */
    private static final class Answer<Q, R> extends ClientCall.Listener<R> {

        private final Calls.Attempts<Q, R> attempts;
        private final Server server;
        private final SentProbe probe;
        private @Nullable R message;

        Answer(Calls.Attempts<Q, R> attempts, Server server, SentProbe probe) {
            this.attempts = attempts;
            this.server = server;
            this.probe = probe;
        }

        @Override
        public void onMessage(R answer) {
            message = answer;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            R answer = message;
            if (status.isOk() && answer != null) {
                attempts.succeeded(answer);
            } else if (status.isOk()) {
                attempts.failed(server, Status.INTERNAL.withDescription("no answer came"), trailers, probe.sent());
            } else {
                attempts.failed(server, status, trailers, probe.sent());
            }
        }
    }

    /** Finds out who leads and who is there, soon; for the timer and after a failure. */
    void askForMembers() {
        if (!asking.compareAndSet(false, true)) {
            return;
        }
        Server server;
        try {
            server = servers.pick(false, 1);
        } catch (CoordException closed) {
            return;
        }
        ClientCall<MembersRequest, dev.coord.api.v1.MembersResponse> call = server.channel()
                .newCall(
                        ClusterGrpc.getMembersMethod(),
                        CallOptions.DEFAULT.withDeadlineAfter(MIN_TRY_NANOS, TimeUnit.NANOSECONDS));
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(dev.coord.api.v1.MembersResponse answer) {
                        servers.learn(answer.getMembersList());
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        asking.set(false);
                        if (!status.isOk()) {
                            log.debug("{} did not say who the members are: {}", server.address(), status);
                        }
                    }
                },
                new Metadata());
        call.request(2);
        call.sendMessage(MembersRequest.getDefaultInstance());
        call.halfClose();
    }
}
