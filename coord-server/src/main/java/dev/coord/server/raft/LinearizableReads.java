package dev.coord.server.raft;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.state.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads that see every write acknowledged before them. One question to the group answers all reads that came while the
 * question before was under way: the number of questions does not grow with the number of reads.
 *
 * <p>Safe from any thread, never blocks. A read without a leader waits {@link CommandRouter#HOLD_MILLIS} for one. At {@link
 * #WAITING_MAX} waiting reads, one more fails as overloaded.
 */
final class LinearizableReads {

    /** The most reads that wait for an answer. */
    static final int WAITING_MAX = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(LinearizableReads.class);

    private record Read(CompletableFuture<State> future, long deadlineNanos) {}

    private final Supplier<State> latest;
    private final Failure failure;
    private final BooleanSupplier byLease;

    /** Guarded by this: came after the question under way was asked. */
    private Deque<Read> next = new ArrayDeque<>();
    /** Guarded by this. */
    private boolean asking;
    /** Guarded by this: the last question failed; the next is asked by {@link #tick}. */
    private boolean pausing;
    /** Guarded by this: a question is wanted even without a read. */
    private boolean nudged;
    /** Guarded by this: null before the node has started and after it was closed. */
    private @Nullable RaftNode node;
    /** Guarded by this. */
    private boolean closed;

    /** @param byLease whether the leader may answer by its lease; asked for each question, by any thread */
    LinearizableReads(Supplier<State> latest, Failure failure, BooleanSupplier byLease) {
        this.latest = latest;
        this.failure = failure;
        this.byLease = byLease;
    }

    synchronized void start(RaftNode started) {
        node = started;
    }

    CompletableFuture<State> read() {
        CompletableFuture<State> future = new CompletableFuture<>();
        synchronized (this) {
            if (failure.failed()) {
                return CompletableFuture.failedFuture(failure.exception());
            }
            if (closed) {
                return CompletableFuture.failedFuture(
                        new ConsensusException(Reason.STOPPED, "this server is stopping"));
            }
            if (next.size() >= WAITING_MAX) {
                return CompletableFuture.failedFuture(new ConsensusException(
                        Reason.OVERLOADED, WAITING_MAX + " reads wait already, no more are taken"));
            }
            next.add(new Read(future, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CommandRouter.HOLD_MILLIS)));
        }
        ask();
        return future;
    }

    /** Makes this server ask the group how far it is, which brings it up to there. */
    void nudge() {
        synchronized (this) {
            nudged = true;
        }
        ask();
    }

    private void ask() {
        RaftNode asked;
        Deque<Read> round;
        synchronized (this) {
            if (asking || pausing || node == null || (next.isEmpty() && !nudged)) {
                return;
            }
            asking = true;
            nudged = false;
            asked = node;
            round = next;
            next = new ArrayDeque<>();
        }
        try {
            asked.readIndex(byLease.getAsBoolean(), new Question(round));
        } catch (IllegalStateException e) {
            // JRaft throws when it is shutting down, and tells the closure so besides.
            LOG.debug("Not asked: {}", e.getMessage());
        }
    }

    /** One question to the group. JRaft answers a failed one once more when its time is up, so only the first counts. */
    private final class Question extends ReadIndexClosure {

        private final Deque<Read> round;
        private final AtomicBoolean answered = new AtomicBoolean();

        private Question(Deque<Read> round) {
            this.round = round;
        }

        @Override
        public void run(Status status, long index, byte @Nullable [] context) {
            if (answered.compareAndSet(false, true)) {
                answered(round, status);
            }
        }
    }

    private void answered(Deque<Read> round, Status status) {
        State state = latest.get();
        synchronized (this) {
            asking = false;
            if (!status.isOk()) {
                pausing = true;
                round.addAll(next);
                next = round;
            }
        }
        if (status.isOk()) {
            ask();
            round.forEach(read -> read.future.complete(state));
        }
    }

    /** Asks again where a question failed, and lets reads that waited too long fail. */
    void tick() {
        List<Read> expired = new ArrayList<>();
        synchronized (this) {
            pausing = false;
            long now = System.nanoTime();
            if (!asking) {
                next.removeIf(read -> now - read.deadlineNanos >= 0 && expired.add(read));
            }
        }
        expired.forEach(read ->
                read.future.completeExceptionally(failure.failed() ? failure.exception() : CommandRouter.noLeader()));
        ask();
    }

    void close() {
        Deque<Read> left;
        synchronized (this) {
            closed = true;
            node = null;
            left = next;
            next = new ArrayDeque<>();
        }
        left.forEach(read ->
                read.future.completeExceptionally(new ConsensusException(Reason.STOPPED, "this server is stopping")));
    }
}
