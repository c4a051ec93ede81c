package dev.coord.server.watch;

import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import dev.coord.server.watch.BlockingQuery.Answer;
import dev.coord.server.watch.BlockingQuery.Question;
import dev.coord.streaming.Hub;
import dev.coord.streaming.Waiter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One blocking query under way. Its parts may be called from any thread; the answer is given once. */
final class BlockingWait<T> {

    private final StateReader reader;
    private final Hub hub;
    private final Question<T> question;
    private final Executor executor;
    private final CompletableFuture<Answer<T>> answer;

    /** Under the monitor, as is all that follows. Revision and index of the state looked at last. */
    private long revisionSeen;

    private long indexSeen;
    /** Counts the looks, so that a look that the hub asks for while it parks us is not undone by its caller. */
    private long looks;

    private @Nullable Waiter waiter;
    private Timer.@Nullable Scheduled timeout;

    BlockingWait(StateReader reader, Hub hub, Question<T> question, Executor executor) {
        this.reader = reader;
        this.hub = hub;
        this.question = question;
        this.executor = executor;
        this.answer = new CompletableFuture<>();
        CompletableFuture<Answer<T>> unused = answer.whenComplete((given, failure) -> release());
    }

    CompletableFuture<Answer<T>> answer() {
        return answer;
    }

    /** Does nothing when there is no failure, or an answer already. */
    void failWith(@Nullable Throwable failure) {
        if (failure != null) {
            boolean wrapped = failure instanceof CompletionException && failure.getCause() != null;
            answer.completeExceptionally(wrapped ? failure.getCause() : failure);
        }
    }

    /** Looks at the first state. True when it was answered, or has failed; false when it waits. */
    boolean begin(State state) {
        try {
            long index = indexIn(state);
            boolean past = question.isPast(index);
            if (question.afterIndex() == 0 || past) {
                give(state, index);
                return true;
            }
            park(state, index);
            return answer.isDone();
        } catch (RuntimeException e) {
            failWith(e);
            return true;
        }
    }

    /** Answers with what there is when the time is over. */
    void endWith(Timer.Scheduled newTimeout) {
        synchronized (this) {
            timeout = newTimeout;
        }
        if (answer.isDone()) {
            newTimeout.cancel();
        }
    }

    void timeOut() {
        handOver(() -> {
            State state = reader.latest();
            give(state, indexIn(state));
        });
    }

    private void lookAgain() {
        State state = reader.latest();
        long index = indexIn(state);
        boolean past = question.isPast(index);
        boolean wentBack;
        synchronized (this) {
            // An index that no state has had yet is another cluster's: it tells nothing, any change is news.
            boolean foreign = !question.stale()
                    && !question.anyOther()
                    && index != indexSeen
                    && Long.compareUnsigned(question.afterIndex(), state.revision()) > 0;
            wentBack = foreign
                    || state.revision() < revisionSeen
                    || Long.compareUnsigned(index, indexSeen) < 0
                    || state.restoredAt() > revisionSeen;
        }
        if (past || wentBack) {
            give(state, index);
        } else {
            park(state, index);
        }
    }

    private void park(State state, long index) {
        long look;
        synchronized (this) {
            revisionSeen = state.revision();
            indexSeen = index;
            look = ++looks;
        }
        Waiter parked = hub.await(question.subject(), state.revision(), () -> handOver(this::lookAgain));
        boolean newest;
        synchronized (this) {
            newest = look == looks;
            if (newest) {
                waiter = parked;
            }
        }
        if (!newest || answer.isDone()) {
            parked.cancel();
        }
    }

    /** Leaves the hub's or the timer's thread, which must not be held up by a query. */
    private void handOver(Runnable step) {
        try {
            executor.execute(() -> run(step));
        } catch (RejectedExecutionException e) {
            failWith(e);
        }
    }

    private void run(Runnable step) {
        if (!answer.isDone()) {
            try {
                step.run();
            } catch (RuntimeException e) {
                failWith(e);
            }
        }
    }

    private long indexIn(State state) {
        long index = question.index().applyAsLong(state);
        return index == 0 ? 1 : index;
    }

    private void give(State state, long index) {
        answer.complete(new Answer<>(index, state, question.query().answer(state, index)));
    }

    /** Once answered, failed or cancelled, nothing is left behind at the hub or the timer. */
    private void release() {
        Waiter parked;
        Timer.Scheduled scheduled;
        synchronized (this) {
            parked = waiter;
            scheduled = timeout;
        }
        if (parked != null) {
            parked.cancel();
        }
        if (scheduled != null) {
            scheduled.cancel();
        }
    }
}
