package dev.coord.server.grpc;

import dev.coord.server.acl.Resource;
import dev.coord.server.state.State;
import dev.coord.server.watch.Timer;
import dev.coord.streaming.Subject;
import dev.coord.streaming.Waiter;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows one thing of the state: as it is at once, then again when it has changed. Changes that come quickly
 * are sent as one, and what a slow client did not take in time is left out; the newest never is.
 *
 * <p>Costs an entry at the hub, and one message that the client has not taken yet. Fields without a word on threads belong to
 * {@link #step()}.
 *
 * @param <T> what is followed; compared by equality
 * @param <M> the message that tells of it
 */
abstract class NewestStream<T, M> extends SteppedStream {

    /** The shortest time between two messages. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Subject subject;
    private final String flagSet;
    private final Caller caller;
    private final CompletableFuture<State> first;
    private final StreamSources sources;
    private final ServerCallStreamObserver<M> out;

    /** The client is gone. Written by gRPC, read by step. */
    private volatile boolean cancelled;
    /** The server is stopping. Written by who closes, read by step. */
    private volatile boolean stopping;
    /** The hub will call. Written by step before it asks to be called, and by the hub. */
    private volatile boolean armed;
    /** The timer will call. Written by step before it asks to be called, and by the timer. */
    private volatile boolean pausing;
    /** Written by step, cancelled by gRPC, too. */
    private volatile @Nullable Waiter waiter;

    private boolean ended;
    private boolean sent;
    private @Nullable T sentValue;
    private long sentNanos;

    /**
     * @param subject what the hub tells changes of
     * @param flagSet who may read it may follow
     * @param first what the stream begins with; nothing older is ever sent
     */
    NewestStream(
            Subject subject,
            String flagSet,
            Caller caller,
            CompletableFuture<State> first,
            StreamSources sources,
            ServerCallStreamObserver<M> out) {
        super(sources.pool());
        this.subject = subject;
        this.flagSet = flagSet;
        this.caller = caller;
        this.first = first;
        this.sources = sources;
        this.out = out;
    }

    /** What is followed; null: there is none. */
    abstract @Nullable T valueIn(State state);

    abstract M message(State state, @Nullable T value);

    /** Says the last word to a client whose server is stopping. */
    abstract void sayStopping(ServerCallStreamObserver<M> client);

    final void open() {
        Completion.of(first, (state, failure) -> wake());
    }

    /** The client is gone. Any thread. */
    final void cancel() {
        cancelled = true;
        Waiter waiting = waiter;
        if (waiting != null) {
            waiting.cancel();
        }
    }

    /** The server is stopping. Any thread. */
    final void stop() {
        stopping = true;
        wake();
    }

    @Override
    final void step() {
        if (ended || cancelled) {
            return;
        }
        if (stopping) {
            end(() -> sayStopping(out));
            return;
        }
        if (!first.isDone() || !out.isReady()) {
            return;
        }
        State state = newest();
        T now = valueIn(state);
        if (!sent || !Objects.equals(now, sentValue)) {
            long pauseNanos =
                    sent ? sentNanos + PAUSE_NANOS - sources.nanoClock().getAsLong() : 0;
            if (pauseNanos > 0) {
                lookAgainAfter(pauseNanos);
                return;
            }
            // A token that was good when the stream began may be so no more.
            caller.in(state).requireRead(Resource.FLAG, flagSet);
            out.onNext(message(state, now));
            sent = true;
            sentValue = now;
            sentNanos = sources.nanoClock().getAsLong();
        }
        await(state.revision());
    }

    /** At the start the state that was asked for may be newer than this server's, or the other way round. */
    private State newest() {
        State begun = first.join();
        State own = sources.reads().latest();
        return sent || own.revision() >= begun.revision() ? own : begun;
    }

    private void lookAgainAfter(long nanos) {
        if (!pausing) {
            pausing = true;
            Timer.Scheduled unused = sources.timer().schedule(TimeUnit.NANOSECONDS.toMillis(nanos) + 1, () -> {
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
        Waiter next = sources.hub().await(subject, revision, () -> {
            armed = false;
            wake();
        });
        waiter = next;
        if (cancelled) {
            next.cancel();
        }
    }

    @Override
    final void finish(StatusRuntimeException why) {
        end(() -> out.onError(why));
    }

    private void end(Runnable last) {
        if (!ended) {
            ended = true;
            cancel();
            last.run();
        }
    }
}
