package dev.coord.server.grpc;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.v1.WatchRolloutResponse;
import dev.coord.server.acl.Resource;
import dev.coord.server.flags.Feature;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import dev.coord.streaming.Hub;
import dev.coord.streaming.Waiter;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows a feature's newest rollout: as it is at once, then again when it has changed. What a slow client did not
 * take in time is left out; the newest never is.
 *
 * <p>Costs an entry at the hub, and one message that the client has not taken yet. Threads: {@link #step()} runs on the pool, one at
 * a time; everybody else only calls {@link #wake()}. Fields without a word on threads belong to step.
 */
final class RolloutStream {

    private final String feature;
    private final Caller caller;
    private final CompletableFuture<State> first;
    private final RolloutEngine engine;
    private final Hub hub;
    private final Reads reads;
    private final WorkPool pool;
    private final ServerCallStreamObserver<WatchRolloutResponse> out;

    /** Wakes not yet worked off; who raises it from 0 puts the task into the pool. Any thread. */
    private final AtomicInteger wakes = new AtomicInteger();
    /** The client is gone. Written by gRPC, read by step. */
    private volatile boolean cancelled;
    /** Why the server ends it. Written by who closes, read by step. */
    private volatile @Nullable StatusRuntimeException end;
    /** The hub will call. Written by step before it asks to be called, and by the hub. */
    private volatile boolean armed;
    /** Written by step, cancelled by gRPC, too. */
    private volatile @Nullable Waiter waiter;

    private boolean ended;
    private boolean sent;
    private @Nullable Rollout sentRollout;

    /** @param first what the stream begins with; nothing older is ever sent */
    RolloutStream(
            String feature,
            Caller caller,
            CompletableFuture<State> first,
            RolloutEngine engine,
            Hub hub,
            Reads reads,
            WorkPool pool,
            ServerCallStreamObserver<WatchRolloutResponse> out) {
        this.feature = feature;
        this.caller = caller;
        this.first = first;
        this.engine = engine;
        this.hub = hub;
        this.reads = reads;
        this.pool = pool;
        this.out = out;
    }

    void open() {
        Completion.of(first, (state, failure) -> wake());
    }

    void cancel() {
        cancelled = true;
        Waiter waiting = waiter;
        if (waiting != null) {
            waiting.cancel();
        }
    }

    /** The server wants no more of it. Any thread. */
    void end(StatusRuntimeException why) {
        end = why;
        wake();
    }

    /** There may be something to do. Any thread, never blocks. */
    void wake() {
        if (wakes.getAndIncrement() == 0) {
            pool.execute(this::work);
        }
    }

    private void work() {
        int seen = wakes.get();
        do {
            try {
                step();
            } catch (RuntimeException e) {
                finish(Statuses.of(e));
            }
            seen = wakes.addAndGet(-seen);
        } while (seen != 0);
    }

    private void step() {
        StatusRuntimeException why = end;
        if (ended || cancelled) {
            return;
        }
        if (why != null) {
            finish(why);
            return;
        }
        if (!first.isDone() || !out.isReady()) {
            return;
        }
        State state = newest();
        Rollout now = state.rollout(feature);
        if (!sent || !Objects.equals(now, sentRollout)) {
            // A token that was good when the stream began may be so no more.
            caller.in(state).requireRead(Resource.FLAG, Feature.SET);
            WatchRolloutResponse.Builder message =
                    WatchRolloutResponse.newBuilder().setFreshness(reads.freshness(state));
            if (now != null) {
                message.setRollout(RolloutMapping.toMessage(now, engine));
            }
            out.onNext(message.build());
            sent = true;
            sentRollout = now;
        }
        await(state.revision());
    }

    /** At the start the state that was asked for may be newer than this server's, or the other way round. */
    private State newest() {
        State begun = first.join();
        State own = reads.latest();
        return own.revision() >= begun.revision() ? own : begun;
    }

    private void await(long revision) {
        if (armed) {
            return;
        }
        armed = true;
        Waiter next = hub.await(Topics.rollouts(), revision, () -> {
            armed = false;
            wake();
        });
        waiter = next;
        if (cancelled) {
            next.cancel();
        }
    }

    private void finish(StatusRuntimeException why) {
        if (!ended) {
            ended = true;
            cancel();
            out.onError(why);
        }
    }
}
