package dev.coord.server.grpc;

import dev.coord.api.flagd.sync.v1.SyncFlagsResponse;
import dev.coord.server.acl.Resource;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.State;
import dev.coord.server.watch.Timer;
import dev.coord.server.watch.Topics;
import dev.coord.streaming.Hub;
import dev.coord.streaming.Waiter;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows a flag set: the whole set at once, then again when it has changed. Changes that come quickly are
 * sent as one, for flagd's clients throw away what they can't take in time, and would stay with what is old.
 *
 * <p>Costs an entry at the hub, and one message that the client has not taken yet. Threads: {@link #step()} runs on the pool,
 * one at a time; everybody else only calls {@link #wake()}. Fields without a word on threads belong to step.
 */
final class FlagSyncStream {

    /** The shortest time between two messages. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String set;
    private final Caller caller;
    private final CompletableFuture<State> first;
    private final Hub hub;
    private final Reads reads;
    private final WorkPool pool;
    private final Timer timer;
    private final LongSupplier nanoClock;
    private final FlagDocuments documents;
    private final ServerCallStreamObserver<SyncFlagsResponse> out;

    /** Wakes not yet worked off; who raises it from 0 puts the task into the pool. Any thread. */
    private final AtomicInteger wakes = new AtomicInteger();
    /** The client is gone. Written by gRPC, read by step. */
    private volatile boolean cancelled;
    /** The server is stopping. Written by who closes, read by step. */
    private volatile boolean completing;
    /** The hub will call. Written by step before it asks to be called, and by the hub. */
    private volatile boolean armed;
    /** Written by step, cancelled by gRPC, too. */
    private volatile @Nullable Waiter waiter;

    private boolean ended;
    private boolean sent;
    private @Nullable FlagSetEntry sentSet;
    private long sentNanos;
    /** The timer will call. Written by step before it asks to be called, and by the timer. */
    private volatile boolean pausing;

    /** @param first what the stream begins with; nothing older is ever sent */
    FlagSyncStream(
            String set,
            Caller caller,
            CompletableFuture<State> first,
            Hub hub,
            Reads reads,
            WorkPool pool,
            Timer timer,
            LongSupplier nanoClock,
            FlagDocuments documents,
            ServerCallStreamObserver<SyncFlagsResponse> out) {
        this.set = set;
        this.caller = caller;
        this.first = first;
        this.hub = hub;
        this.reads = reads;
        this.pool = pool;
        this.timer = timer;
        this.nanoClock = nanoClock;
        this.documents = documents;
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

    /** Ends it without an error. */
    void complete() {
        completing = true;
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
                end(() -> out.onError(Statuses.of(e)));
            }
            seen = wakes.addAndGet(-seen);
        } while (seen != 0);
    }

    private void step() {
        if (ended || cancelled) {
            return;
        }
        if (completing) {
            end(out::onCompleted);
            return;
        }
        if (!first.isDone() || !out.isReady()) {
            return;
        }
        State state = newest();
        FlagSetEntry now = state.flagSet(set);
        if (!sent || !Objects.equals(now, sentSet)) {
            long pauseNanos = sent ? sentNanos + PAUSE_NANOS - nanoClock.getAsLong() : 0;
            if (pauseNanos > 0) {
                lookAgainAfter(pauseNanos);
                return;
            }
            // A token that was good when the stream began may be so no more.
            caller.in(state).requireRead(Resource.FLAG, set);
            out.onNext(documents.of(set, now));
            sent = true;
            sentSet = now;
            sentNanos = nanoClock.getAsLong();
        }
        await(state.revision());
    }

    /** At the start the state that was asked for may be newer than this server's, or the other way round. */
    private State newest() {
        State begun = first.join();
        State own = reads.latest();
        return sent || own.revision() >= begun.revision() ? own : begun;
    }

    private void lookAgainAfter(long nanos) {
        if (!pausing) {
            pausing = true;
            Timer.Scheduled unused = timer.schedule(TimeUnit.NANOSECONDS.toMillis(nanos) + 1, () -> {
                pausing = false;
                wake();
            });
        }
    }

    private void await(long revision) {
        if (armed) {
            return;
        }
        armed = true;
        Waiter next = hub.await(Topics.flagSet(set), revision, () -> {
            armed = false;
            wake();
        });
        waiter = next;
        if (cancelled) {
            next.cancel();
        }
    }

    private void end(Runnable last) {
        if (!ended) {
            ended = true;
            cancel();
            last.run();
        }
    }
}
