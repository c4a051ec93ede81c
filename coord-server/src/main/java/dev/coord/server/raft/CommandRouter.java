package dev.coord.server.raft;

import dev.coord.api.raft.v1.Applied;
import dev.coord.api.raft.v1.Failed;
import dev.coord.api.raft.v1.ForwardRequest;
import dev.coord.api.raft.v1.ForwardResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.storage.v1.LoggedCommand;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings each command to the leader: into this server's log when it leads, else over the wire. While there is no leader, a
 * command that surely went into no log is held and tried again for {@link #HOLD_MILLIS}; one that may have gone into a log
 * is never tried again, for it could then happen twice.
 *
 * <p>Safe from any thread, never blocks. At the bound of commands under way one more fails as overloaded.
 */
final class CommandRouter {

    /** How long a command or read waits for a leader. */
    static final long HOLD_MILLIS = 7_000;
    /** How long the leader may take for a forwarded command, and this server to apply it after that. */
    static final long ANSWER_MILLIS_MAX = 10_000;

    /** Changes of rollouts have places of their own, beyond the bound for all. */
    private static final int URGENT_MAX = 64;

    private static final Logger LOG = LoggerFactory.getLogger(CommandRouter.class);

    private final int underWayMax;
    private final Leadership leadership;
    private final PeerConnections connections;
    private final RevisionWaits waits;
    private final LinearizableReads reads;
    private final Failure failure;
    private final Clock clock;
    private final LongSupplier appliedRevision;
    private final CommandFigures figures;

    private final AtomicInteger underWay = new AtomicInteger();
    /** Commands that wait for a leader. */
    private final ConcurrentLinkedQueue<Request> held = new ConcurrentLinkedQueue<>();

    /** Set once when the node starts, then null again when it is closed; read by anybody. */
    private volatile @Nullable RaftNode node;

    private volatile boolean closed;

    CommandRouter(
            int underWayMax,
            Leadership leadership,
            PeerConnections connections,
            RevisionWaits waits,
            LinearizableReads reads,
            Failure failure,
            Clock clock,
            LongSupplier appliedRevision,
            CommandFigures figures) {
        this.underWayMax = underWayMax;
        this.leadership = leadership;
        this.connections = connections;
        this.waits = waits;
        this.reads = reads;
        this.failure = failure;
        this.clock = clock;
        this.appliedRevision = appliedRevision;
        this.figures = figures;
    }

    void start(RaftNode started) {
        node = started;
    }

    static ConsensusException noLeader() {
        return new ConsensusException(
                Reason.NO_LEADER,
                "no leader was found within " + HOLD_MILLIS + " ms: a majority of servers must be up");
    }

    private static ConsensusException stopping() {
        return new ConsensusException(Reason.STOPPED, "this server is stopping");
    }

    /** As {@link dev.coord.server.command.CommandExecutor#execute}. */
    CompletableFuture<CommandResult> execute(Command command) {
        return submit(new Request(command, true));
    }

    /** Proposes what another server forwarded; fails as without a leader when this one does not lead. */
    CompletableFuture<ForwardResponse> executeForwarded(ForwardRequest request) {
        Command command;
        try {
            command = CommandCodec.decode(request.getCommand()).command();
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(failed(
                    new ConsensusException(Reason.INVALID, "the leader can't read the command: " + e.getMessage())));
        }
        return submit(new Request(command, false)).handle((result, error) -> {
            if (error == null) {
                return applied(result);
            }
            return failed(
                    error instanceof ConsensusException known
                            ? known
                            : new ConsensusException(Reason.UNKNOWN_OUTCOME, String.valueOf(error)));
        });
    }

    private CompletableFuture<CommandResult> submit(Request request) {
        if (failure.failed()) {
            return CompletableFuture.failedFuture(failure.exception());
        }
        if (closed) {
            return CompletableFuture.failedFuture(stopping());
        }
        if (request.message.getSerializedSize() > CommandLimits.COMMAND_BYTES_MAX) {
            return CompletableFuture.failedFuture(new ConsensusException(
                    Reason.INVALID,
                    "the command takes " + request.message.getSerializedSize() + " bytes, at most "
                            + CommandLimits.COMMAND_BYTES_MAX + " are allowed"));
        }
        if (underWay.incrementAndGet() > request.lane()) {
            underWay.decrementAndGet();
            figures.failed();
            return CompletableFuture.failedFuture(overloaded());
        }
        attempt(request);
        return request.future;
    }

    private ConsensusException overloaded() {
        return new ConsensusException(
                Reason.OVERLOADED, "this server has " + underWayMax + " commands under way, no more are taken");
    }

    private void attempt(Request request) {
        Leadership.View view = leadership.view();
        RaftNode proposer = node;
        if (failure.failed()) {
            request.fail(failure.exception());
        } else if (closed) {
            request.fail(stopping());
        } else if (view.leading() && proposer != null) {
            request.propose(proposer);
        } else if (!request.mayForward) {
            request.fail(noLeader());
        } else if (view.leaderAddress() != null
                && connections.to(view.leaderAddress()).isConnected()) {
            request.forward(connections.to(view.leaderAddress()));
        } else {
            hold(request);
        }
    }

    private void hold(Request request) {
        if (!request.mayForward || System.nanoTime() - request.holdUntilNanos >= 0) {
            request.fail(noLeader());
        } else {
            held.add(request);
        }
    }

    /** Tries again what is held. Called when the leader changes, and every few dozen milliseconds. */
    void retryHeld() {
        for (int left = held.size(); left > 0; left--) {
            Request request = held.poll();
            if (request == null) {
                return;
            }
            attempt(request);
        }
    }

    void close() {
        closed = true;
        node = null;
        retryHeld();
    }

    private static ForwardResponse applied(CommandResult result) {
        Applied.Builder applied =
                Applied.newBuilder().setRevision(result.revision()).setOk(result.ok());
        CommandResult.Rejection rejection = result.rejection();
        if (rejection != null) {
            applied.setRejectionKind(rejection.kind().name()).setRejectionMessage(rejection.message());
        }
        if (result.txn() != null) {
            applied.setTxn(result.txn());
        }
        return ForwardResponse.newBuilder().setApplied(applied).build();
    }

    static CommandResult result(Applied applied) {
        return applied.getRejectionKind().isEmpty()
                ? new CommandResult(
                        applied.getRevision(), applied.getOk(), null, applied.hasTxn() ? applied.getTxn() : null)
                : CommandResult.rejected(
                        applied.getRevision(),
                        CommandResult.Rejection.Kind.valueOf(applied.getRejectionKind()),
                        applied.getRejectionMessage());
    }

    /** The leader may be of a newer build that knows more reasons. */
    static Reason reason(String name) {
        for (Reason reason : Reason.values()) {
            if (reason.name().equals(name)) {
                return reason;
            }
        }
        return Reason.UNKNOWN_OUTCOME;
    }

    private static ForwardResponse failed(ConsensusException e) {
        return ForwardResponse.newBuilder()
                .setFailed(Failed.newBuilder().setReason(e.reason().name()).setMessage(String.valueOf(e.getMessage())))
                .build();
    }

    /** One command on its way. */
    private final class Request implements Proposal.Outcome {

        private final Command command;
        private final LoggedCommand message;
        private final boolean mayForward;
        private final long takenNanos = System.nanoTime();
        private final long holdUntilNanos = takenNanos + TimeUnit.MILLISECONDS.toNanos(HOLD_MILLIS);
        private final CompletableFuture<CommandResult> future = new CompletableFuture<>();

        private Request(Command command, boolean mayForward) {
            this.command = command;
            this.mayForward = mayForward;
            this.message = CommandCodec.toMessage(command, clock.millis());
        }

        /** How much may be under way when it is taken: what takes a feature back is taken when nothing else is. */
        private int lane() {
            return isUrgent() ? underWayMax + URGENT_MAX : underWayMax;
        }

        private boolean isUrgent() {
            return command instanceof Command.ChangeRollout;
        }

        private void complete(CommandResult result) {
            underWay.decrementAndGet();
            figures.committed(System.nanoTime() - takenNanos);
            future.complete(result);
        }

        private void fail(ConsensusException e) {
            underWay.decrementAndGet();
            if (e.reason() != Reason.INVALID && e.reason() != Reason.STOPPED) {
                figures.failed();
            }
            future.completeExceptionally(e);
        }

        private void propose(RaftNode proposer) {
            long timeMillis = clock.millis();
            LoggedCommand stamped = message.getTimeMs() == timeMillis
                    ? message
                    : message.toBuilder().setTimeMs(timeMillis).build();
            try {
                proposer.propose(stamped, new Proposal(command, timeMillis, this));
            } catch (IllegalStateException e) {
                // JRaft throws when it is shutting down, and tells the proposal so besides.
                LOG.debug("Not proposed: {}", e.getMessage());
            }
        }

        @Override
        public void applied(CommandResult result) {
            complete(result);
        }

        @Override
        public void notProposed() {
            hold(this);
        }

        @Override
        public void overloaded() {
            if (isUrgent()) {
                hold(this);
            } else {
                fail(CommandRouter.this.overloaded());
            }
        }

        @Override
        public void unknown(String why) {
            fail(new ConsensusException(
                    Reason.UNKNOWN_OUTCOME, "leadership changed while the command was under way (" + why + ")"));
        }

        private void forward(PeerConnection leader) {
            ForwardRequest request = ForwardRequest.newBuilder()
                    .setCommand(message)
                    .setTimeoutMs(ANSWER_MILLIS_MAX)
                    .build();
            PeerGrpc.newStub(leader.channel())
                    .withDeadlineAfter(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS)
                    .forward(request, new StreamObserver<>() {
                        /** Written and read by the call's one thread at a time. */
                        private @Nullable ForwardResponse response;

                        @Override
                        public void onNext(ForwardResponse value) {
                            response = value;
                        }

                        @Override
                        public void onError(Throwable t) {
                            fail(new ConsensusException(
                                    Reason.UNKNOWN_OUTCOME,
                                    "the leader at " + leader.address() + " did not answer: "
                                            + Status.fromThrowable(t)));
                        }

                        @Override
                        public void onCompleted() {
                            ForwardResponse answer = response;
                            if (answer == null) {
                                onError(Status.INTERNAL.asException());
                                return;
                            }
                            leader.heard();
                            forwarded(answer);
                        }
                    });
        }

        private void forwarded(ForwardResponse answer) {
            if (answer.hasApplied()) {
                appliedByLeader(result(answer.getApplied()));
                return;
            }
            Reason reason = reason(answer.getFailed().getReason());
            if (reason == Reason.NO_LEADER) {
                hold(this);
            } else {
                fail(new ConsensusException(reason, answer.getFailed().getMessage()));
            }
        }

        /** A read on this server must see the write: waits until it is applied here, too. */
        private void appliedByLeader(CommandResult result) {
            if (appliedRevision.getAsLong() >= result.revision()) {
                complete(result);
                return;
            }
            CompletableFuture<Void> wait = waits.await(result.revision());
            // Left alone, this server would hear of the commit with the next heartbeat; a read asks at once.
            reads.nudge();
            CompletableFuture<Void> unused = wait.orTimeout(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS)
                    .whenComplete((done, late) -> {
                        if (late == null) {
                            complete(result);
                        } else {
                            waits.forget(wait);
                            fail(new ConsensusException(
                                    Reason.UNKNOWN_OUTCOME,
                                    "the leader has applied the command as revision " + result.revision()
                                            + ", but this server has not caught up with it in " + ANSWER_MILLIS_MAX
                                            + " ms"));
                        }
                    });
        }
    }
}
