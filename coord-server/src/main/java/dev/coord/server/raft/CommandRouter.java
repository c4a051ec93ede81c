package dev.coord.server.raft;

import dev.coord.api.raft.v1.Applied;
import dev.coord.api.raft.v1.Failed;
import dev.coord.api.raft.v1.ForwardRequest;
import dev.coord.api.raft.v1.ForwardResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.storage.v1.LoggedCommand;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.command.Priority;
import dev.coord.server.command.WriteGuard;
import dev.coord.server.jfr.WriteEvent;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings each command to the leader: into this server's log when it leads, else over the wire. While there is no leader, a
 * command that surely went into no log is held and tried again for {@link #HOLD_MILLIS}; one that may have gone into a log
 * is never tried again, for it could then happen twice.
 *
 * <p>On the leader they go to the log through a {@link WriteQueue}. Safe from any thread, never blocks. At the bound of
 * commands under way one more fails as overloaded; a client may have half of them.
 */
final class CommandRouter {

    /** How long a command or read waits for a leader. */
    static final long HOLD_MILLIS = 7_000;
    /** How long the leader may take for a forwarded command, and this server to apply it after that. */
    static final long ANSWER_MILLIS_MAX = 10_000;

    /** One place more for what is urgent for each so many for all. */
    private static final int URGENT_SHARE = 8;

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
    private final WriteGuard guard;
    private final WriteQueue queue = new WriteQueue(System::nanoTime);

    private final AtomicInteger underWay = new AtomicInteger();
    /** How many of them each client has; who has none is not in it. */
    private final ConcurrentHashMap<String, Integer> byClient = new ConcurrentHashMap<>();

    private final LongAdder refusedFull = new LongAdder();
    private final LongAdder refusedClient = new LongAdder();
    private final LongAdder refusedLate = new LongAdder();
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
            CommandFigures figures,
            WriteGuard guard) {
        this.underWayMax = underWayMax;
        this.leadership = leadership;
        this.connections = connections;
        this.waits = waits;
        this.reads = reads;
        this.failure = failure;
        this.clock = clock;
        this.appliedRevision = appliedRevision;
        this.figures = figures;
        this.guard = guard;
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

    /** As {@link CommandExecutor#execute(Command, String)}. */
    CompletableFuture<CommandResult> execute(Command command, String client) {
        return submit(new Request(command, CommandCodec.toMessage(command, clock.millis()), client, true));
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
        return submit(new Request(command, request.getCommand(), request.getClient(), false))
                .handle((result, error) -> {
                    if (error == null) {
                        return applied(result);
                    }
                    return failed(
                            error instanceof ConsensusException known
                                    ? known
                                    : new ConsensusException(Reason.UNKNOWN_OUTCOME, String.valueOf(error)));
                });
    }

    /** The answer to a command that its bringer may not bring, in place of {@link #executeForwarded}. */
    ForwardResponse refused(String why) {
        return leadership.view().leading()
                ? applied(CommandResult.rejected(appliedRevision.getAsLong(), CommandResult.Rejection.Kind.DENIED, why))
                // What this server has of tokens may be old.
                : failed(noLeader());
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
        ConsensusException refusal = take(request);
        if (refusal != null) {
            if (request.mayForward) {
                figures.failed();
            }
            return CompletableFuture.failedFuture(refusal);
        }
        attempt(request);
        return request.future;
    }

    /** Gives a command a place; why not, if there is none for it. What is more urgent than clients' writes has more places. */
    private @Nullable ConsensusException take(Request request) {
        boolean urgent = request.priority().compareTo(Priority.NORMAL) < 0;
        if (underWay.incrementAndGet() > (urgent ? underWayMax + underWayMax / URGENT_SHARE + 1 : underWayMax)) {
            underWay.decrementAndGet();
            refusedFull.increment();
            return overloaded();
        }
        int clientMax = Math.max(1, underWayMax / 2);
        if (!request.client.isEmpty() && byClient.merge(request.client, 1, Integer::sum) > clientMax && !urgent) {
            giveBack(request);
            refusedClient.increment();
            return new ConsensusException(
                    Reason.OVERLOADED,
                    request.client + " has " + clientMax + " commands under way here, as many as one client may");
        }
        return null;
    }

    private void giveBack(Request request) {
        underWay.decrementAndGet();
        if (!request.client.isEmpty()) {
            byClient.computeIfPresent(request.client, (client, count) -> count == 1 ? null : count - 1);
        }
    }

    private ConsensusException overloaded() {
        return new ConsensusException(
                Reason.OVERLOADED, "this server has " + underWayMax + " commands under way, no more are taken");
    }

    /** Proposes what there is room for, now that others were answered. */
    void proposeOn() {
        queue.proposeOn();
    }

    WriteQueueFigures queueFigures() {
        Map<Priority, Integer> waiting = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            waiting.put(priority, queue.waiting(priority));
        }
        return new WriteQueueFigures(
                waiting, queue.proposed(), refusedFull.sum(), refusedClient.sum(), refusedLate.sum(), queue.waits());
    }

    private void attempt(Request request) {
        Leadership.View view = leadership.view();
        if (failure.failed()) {
            request.fail(failure.exception());
        } else if (closed) {
            request.fail(stopping());
        } else if (view.leading() && node != null) {
            String refusal = guard.refusal(request.command);
            if (refusal == null) {
                queue.add(request);
            } else {
                request.fail(new ConsensusException(Reason.OVERLOADED, refusal));
            }
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
    private final class Request extends WriteQueue.Item implements Proposal.Outcome {

        private final Command command;
        private final LoggedCommand message;
        private final String client;
        private final boolean mayForward;
        private final long takenNanos = System.nanoTime();
        private final long holdUntilNanos = takenNanos + TimeUnit.MILLISECONDS.toNanos(HOLD_MILLIS);
        private final CompletableFuture<CommandResult> future = new CompletableFuture<>();
        private final @Nullable WriteEvent event;

        private Request(Command command, LoggedCommand message, String client, boolean mayForward) {
            super(Priority.of(command), client, message.getSerializedSize());
            this.command = command;
            this.message = message;
            this.client = client;
            this.mayForward = mayForward;
            this.event = WriteEvent.begun(
                    command.getClass().getSimpleName(), priority().name(), bytes());
        }

        private void complete(CommandResult result) {
            giveBack(this);
            // What another server forwarded is counted there: rollouts add up what all servers count.
            if (mayForward) {
                figures.committed(System.nanoTime() - takenNanos);
            }
            future.complete(result);
        }

        private void fail(ConsensusException e) {
            giveBack(this);
            if (mayForward && e.reason() != Reason.INVALID && e.reason() != Reason.STOPPED) {
                figures.failed();
            }
            future.completeExceptionally(e);
        }

        @Override
        void turn(long waitedNanos) {
            RaftNode proposer = node;
            if (proposer == null) {
                end();
                fail(stopping());
            } else if (waitedNanos > TimeUnit.MILLISECONDS.toNanos(HOLD_MILLIS)) {
                // Whoever asked has given up, or soon will: to write it would only make the others wait.
                end();
                refusedLate.increment();
                fail(new ConsensusException(
                        Reason.OVERLOADED,
                        "the command waited " + HOLD_MILLIS + " ms for its turn and was given up; nothing happened"));
            } else {
                propose(proposer);
            }
        }

        /** It is in the log's hands no more. */
        private void end() {
            queue.ended(this);
            queue.proposeOn();
        }

        private void propose(RaftNode proposer) {
            if (event != null) {
                event.proposed();
            }
            long timeMillis = clock.millis();
            LoggedCommand stamped = message.getTimeMs() == timeMillis
                    ? message
                    : message.toBuilder().setTimeMs(timeMillis).build();
            try {
                proposer.propose(stamped, new Proposal(command, timeMillis, this, event));
            } catch (IllegalStateException e) {
                // JRaft throws when it is shutting down, and tells the proposal so besides.
                LOG.debug("Not proposed: {}", e.getMessage());
            }
        }

        /** The state machine says when it has answered all of a batch: then others have their turn. */
        @Override
        public void applied(CommandResult result) {
            queue.ended(this);
            complete(result);
        }

        @Override
        public void notProposed() {
            end();
            hold(this);
        }

        @Override
        public void overloaded() {
            end();
            if (priority() == Priority.CONTROL) {
                hold(this);
            } else {
                fail(CommandRouter.this.overloaded());
            }
        }

        @Override
        public void unknown(String why) {
            end();
            fail(new ConsensusException(
                    Reason.UNKNOWN_OUTCOME, "leadership changed while the command was under way (" + why + ")"));
        }

        private void forward(PeerConnection leader) {
            ForwardRequest request = ForwardRequest.newBuilder()
                    .setCommand(message)
                    .setClient(client)
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
                                    "the leader at " + leader.address() + " did not answer: " + Membership.reason(t)));
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
