package dev.coord.server.raft;

import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.command.LeaseChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Brings what only the leader's memory knows to the leader. Asking twice does no harm, so a question is tried again for
 * {@link CommandRouter#HOLD_MILLIS} while no leader answers. Safe from any thread, never blocks. At {@link #UNDER_WAY_MAX}
 * questions under way one more fails as overloaded.
 */
final class LeaseRouter {

    /** The most questions without an answer. */
    static final int UNDER_WAY_MAX = 16_384;

    private static final long ANSWER_MILLIS_MAX = 2_000;

    private final Leadership leadership;
    private final PeerConnections connections;
    private final LeaseChannel.@Nullable Handler handler;

    private final AtomicInteger underWay = new AtomicInteger();
    private final ConcurrentLinkedQueue<Question> held = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    LeaseRouter(Leadership leadership, PeerConnections connections, LeaseChannel.@Nullable Handler handler) {
        this.leadership = leadership;
        this.connections = connections;
        this.handler = handler;
    }

    CompletableFuture<LeaseResponse> ask(LeaseRequest request) {
        if (underWay.incrementAndGet() > UNDER_WAY_MAX) {
            underWay.decrementAndGet();
            return CompletableFuture.failedFuture(new ConsensusException(
                    Reason.OVERLOADED, "this server has " + UNDER_WAY_MAX + " renewals under way, no more are taken"));
        }
        Question question = new Question(request);
        attempt(question);
        return question.future;
    }

    /** Answers another server, or says that this one does not lead. */
    CompletableFuture<LeaseResponse> answer(LeaseRequest request) {
        LeaseChannel.Handler answering = handler;
        if (!leadership.view().leading() || answering == null) {
            return CompletableFuture.completedFuture(LeaseResponse.newBuilder()
                    .setError("this server does not lead")
                    .build());
        }
        return answering.handle(request);
    }

    private void attempt(Question question) {
        Leadership.View view = leadership.view();
        String leader = view.leaderAddress();
        if (closed) {
            question.future.completeExceptionally(new ConsensusException(Reason.STOPPED, "this server is stopping"));
        } else if (view.leading()) {
            CompletableFuture<LeaseResponse> unused = answer(question.request).whenComplete(question::answered);
        } else if (leader != null && connections.to(leader).isConnected()) {
            question.send(connections.to(leader));
        } else {
            question.hold();
        }
    }

    /** Tries again what is held. Called when the leader changes, and every few dozen milliseconds. */
    void retryHeld() {
        for (int left = held.size(); left > 0; left--) {
            Question question = held.poll();
            if (question == null) {
                return;
            }
            attempt(question);
        }
    }

    void close() {
        closed = true;
        retryHeld();
    }

    private final class Question {

        private final LeaseRequest request;
        private final long holdUntilNanos =
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CommandRouter.HOLD_MILLIS);
        private final CompletableFuture<LeaseResponse> future = new CompletableFuture<>();

        private Question(LeaseRequest request) {
            this.request = request;
        }

        private void fail(ConsensusException e) {
            underWay.decrementAndGet();
            future.completeExceptionally(e);
        }

        private void hold() {
            if (System.nanoTime() - holdUntilNanos >= 0) {
                fail(CommandRouter.noLeader());
            } else {
                held.add(this);
            }
        }

        private void answered(@Nullable LeaseResponse response, @Nullable Throwable error) {
            if (response != null && response.getError().isEmpty()) {
                underWay.decrementAndGet();
                future.complete(response);
            } else if (error instanceof ConsensusException known && known.reason() != Reason.NO_LEADER) {
                fail(known);
            } else {
                hold();
            }
        }

        private void send(PeerConnection leader) {
            PeerGrpc.newStub(leader.channel())
                    .withDeadlineAfter(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS)
                    .lease(request, new StreamObserver<>() {
                        /** Written and read by the call's one thread at a time. */
                        private @Nullable LeaseResponse response;

                        @Override
                        public void onNext(LeaseResponse value) {
                            response = value;
                        }

                        @Override
                        public void onError(Throwable t) {
                            answered(null, Status.fromThrowable(t).asException());
                        }

                        @Override
                        public void onCompleted() {
                            leader.heard();
                            answered(response, null);
                        }
                    });
        }
    }
}
