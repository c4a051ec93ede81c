package dev.coord.server.watch;

import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;
import dev.coord.streaming.Subject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A read that waits until what it reads has changed: Consul's blocking query and gRPC's Poll. Safe from any thread. A wait
 * holds no thread: it is an entry at the hub and one at the timer, until either of them calls, or the client goes.
 */
public final class BlockingQuery {

    /** How long a query waits that does not say, milliseconds. */
    public static final long WAIT_MILLIS_DEFAULT = 300_000;
    /** The longest that a query waits before the jitter; one that asks for more gets this. */
    public static final long WAIT_MILLIS_MAX = 600_000;
    /** Up to one part in so many is added to a wait, so that clients who began together don't come back together. */
    public static final int WAIT_JITTER_DIVISOR = 16;

    private final StateReader reader;
    private final Hub hub;
    private final Timer timer;
    private final DoubleSupplier jitter;

    /** @param jitter from 0 to 1; safe from any thread */
    public BlockingQuery(StateReader reader, Hub hub, Timer timer, DoubleSupplier jitter) {
        this.reader = reader;
        this.hub = hub;
        this.timer = timer;
        this.jitter = jitter;
    }

    /** Makes an answer. */
    @FunctionalInterface
    public interface Query<T> {
        /** @param index of what is asked, in the state; never 0 */
        T answer(State state, long index);
    }

    /**
     * What is asked.
     *
     * @param subject changes whenever the index does
     * @param index of what is asked, in a state
     * @param query the answer, from a state; called once
     * @param afterIndex the index of the answer before, unsigned; 0: do not wait
     * @param waitMillis 0: {@link #WAIT_MILLIS_DEFAULT}
     * @param stale true: from what this server has; false: holds every write acknowledged before the call
     * @param anyOther true: the index is no count but a mark, and any other than the asked one is past it
     */
    public record Question<T>(
            Subject subject,
            ToLongFunction<State> index,
            Query<T> query,
            long afterIndex,
            long waitMillis,
            boolean stale,
            boolean anyOther) {

        /** With an index that counts. */
        public Question(
                Subject subject,
                ToLongFunction<State> index,
                Query<T> query,
                long afterIndex,
                long waitMillis,
                boolean stale) {
            this(subject, index, query, afterIndex, waitMillis, stale, false);
        }

        boolean isPast(long index) {
            return anyOther ? index != afterIndex : Long.compareUnsigned(index, afterIndex) > 0;
        }
    }

    /**
     * What was found.
     *
     * @param index to ask with next time; never 0
     * @param state that it was read from
     */
    public record Answer<T>(long index, State state, T value) {}

    /**
     * Answers at once when the index is past the asked one, or when nothing is to be waited for; else when it has changed,
     * when the state was restored or when the wait is over, whichever comes first. A change of something else ends no wait.
     * An index from the future is waited for, as Consul does; but any change of what is asked ends that wait, for such an
     * index is that of another cluster, and who holds it learns the right one.
     *
     * @param executor where the state is looked at again and the query is made, after a wait; the hub's and the timer's
     *     threads only hand over to it
     * @return completed on the caller's thread or on the executor; fails with {@link
     *     dev.coord.server.command.ConsensusException} or {@link dev.coord.streaming.HubFullException}. Cancelling it ends
     *     the wait: do that when the client goes away.
     */
    public <T> CompletableFuture<Answer<T>> ask(Question<T> question, Executor executor) {
        BlockingWait<T> wait = new BlockingWait<>(reader, hub, question, executor);
        CompletableFuture<State> first =
                question.stale() ? CompletableFuture.completedFuture(reader.latest()) : reader.linearizable();
        Executor here = first.isDone() ? Runnable::run : executor;
        CompletableFuture<State> unused = first.whenCompleteAsync(
                        (state, failure) -> begin(wait, question, state, failure), here)
                .whenComplete((state, failure) -> wait.failWith(failure));
        return wait.answer();
    }

    private <T> void begin(
            BlockingWait<T> wait, Question<T> question, @Nullable State state, @Nullable Throwable failure) {
        if (failure == null && state != null && !wait.begin(state)) {
            long waitMillis = question.waitMillis() == 0 ? WAIT_MILLIS_DEFAULT : question.waitMillis();
            long bounded = Math.min(waitMillis, WAIT_MILLIS_MAX);
            long delayMillis = bounded + (long) (jitter.getAsDouble() * bounded / WAIT_JITTER_DIVISOR);
            wait.endWith(timer.schedule(delayMillis, wait::timeOut));
        }
    }
}
