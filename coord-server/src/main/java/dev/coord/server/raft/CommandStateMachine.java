package dev.coord.server.raft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.TimedCommand;
import dev.coord.server.jfr.ApplyEvent;
import dev.coord.server.jfr.PublishEvent;
import dev.coord.server.jfr.ReplicateEvent;
import dev.coord.server.jfr.WriteEvent;
import dev.coord.server.state.State;
import dev.coord.server.state.Transition;
import dev.coord.server.watch.Publications;
import dev.coord.streaming.Hub;
import dev.coord.streaming.Publication;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Applies what the group has agreed on. JRaft calls every method by one thread, and that thread alone writes the state: it
 * applies a batch, makes the new state readable in one volatile write, then tells the hub, then answers who proposed. So a
 * watcher who is told of a revision can read it, and a proposer who is answered can, too.
 */
final class CommandStateMachine extends StateMachineAdapter {

    /** What others want to know, told by the state machine's thread; must not block. */
    interface Observer {
        /** The state has moved on. */
        void applied(State state);

        /** All who had proposed what was applied were told. */
        void answered();

        /** This server leads and has applied all that was committed before its term. */
        void leading(long term);

        /**
         * Another server leads.
         *
         * @param leaderAddress null: none that is known
         * @param why this server leads no more, if it did
         */
        void following(@Nullable String leaderAddress, long term, String why);
    }

    /** The most commands applied before the new state is made readable. */
    private static final int BATCH_MAX = 512;

    private final Hub hub;
    private final Failure failure;
    private final SnapshotFiles snapshots;
    private final Executor snapshotExecutor;
    private final Observer observer;
    /** When entries became durable here, for flight recordings. */
    private final LongUnaryOperator durableNanos;

    private final CommandFigures figures;

    /** Written by the state machine's thread, read by anybody. */
    private volatile State state;

    CommandStateMachine(
            State initial,
            Hub hub,
            Failure failure,
            SnapshotFiles snapshots,
            Executor snapshotExecutor,
            Observer observer,
            LongUnaryOperator durableNanos,
            CommandFigures figures) {
        this.state = initial;
        this.hub = hub;
        this.failure = failure;
        this.snapshots = snapshots;
        this.snapshotExecutor = snapshotExecutor;
        this.observer = observer;
        this.durableNanos = durableNanos;
        this.figures = figures;
    }

    State state() {
        return state;
    }

    @Override
    public void onApply(Iterator entries) {
        try {
            applyAll(entries);
        } catch (RuntimeException | Error e) {
            stop(entries, e);
        }
    }

    private void applyAll(Iterator entries) {
        Batch batch = new Batch();
        while (entries.hasNext()) {
            batch.apply(entries);
            if (batch.size() == BATCH_MAX) {
                batch.publish();
                batch = new Batch();
            }
            entries.next();
        }
        batch.publish();
    }

    /** An exception out of {@link #onApply} would leave JRaft standing still without a word. */
    private void stop(Iterator entries, Throwable cause) {
        String message =
                "log entry " + entries.getIndex() + " (term " + entries.getTerm() + ") could not be applied: " + cause;
        failure.fail(message, cause);
        entries.setErrorAndRollback(1, new Status(RaftError.ESTATEMACHINE, "%s", message));
    }

    /** Commands applied, not readable yet. */
    private final class Batch {

        private final ApplyEvent applying = new ApplyEvent();
        private long beganNanos;
        private State next = state;
        private final List<Transition> transitions = new ArrayList<>();
        private final List<@Nullable Proposal> proposals = new ArrayList<>();

        private void apply(Iterator entry) {
            if (transitions.isEmpty()) {
                begin(entry.getIndex());
            }
            Proposal proposal = (Proposal) entry.done();
            Command command;
            long timeMillis;
            if (proposal != null) {
                command = proposal.command();
                WriteEvent event = proposal.event();
                if (event != null) {
                    event.at(entry.getIndex());
                }
                timeMillis = proposal.timeMillis();
            } else {
                ByteBuffer bytes = entry.getData().duplicate();
                bytes.get();
                TimedCommand timed = CommandCodec.decode(bytes);
                command = timed.command();
                timeMillis = timed.timeMillis();
            }
            Transition transition = next.apply(command, timeMillis);
            next = transition.state();
            transitions.add(transition);
            proposals.add(proposal);
        }

        private void begin(long index) {
            ReplicateEvent agreed = new ReplicateEvent();
            beganNanos = System.nanoTime();
            if (agreed.isEnabled() || applying.isEnabled()) {
                long durable = durableNanos.applyAsLong(index);
                agreed.agreed(index, durable == 0 ? 0 : Math.max(0, beganNanos - durable));
                applying.begin();
            }
        }

        private int size() {
            return transitions.size();
        }

        private void publish() {
            if (transitions.isEmpty()) {
                return;
            }
            state = next;
            long readableNanos = System.nanoTime();
            figures.appliedBatch(readableNanos - beganNanos);
            if (applying.isEnabled()) {
                applying.applied(next.revision(), transitions.size());
            }
            tellHub();
            observer.applied(next);
            for (int i = 0; i < proposals.size(); i++) {
                Proposal proposal = proposals.get(i);
                if (proposal != null) {
                    CommandResult result = transitions.get(i).result();
                    record(proposal.event(), readableNanos);
                    proposal.applied(result);
                }
            }
            observer.answered();
        }

        private void tellHub() {
            PublishEvent publishing = new PublishEvent();
            publishing.begin();
            int events = 0;
            for (Transition transition : transitions) {
                long revision = transition.result().revision();
                if (transition.replaced()) {
                    hub.reset(revision);
                } else {
                    List<Publication> told = Publications.of(transition.changes());
                    events += told.size();
                    hub.publish(revision, told);
                }
            }
            publishing.end();
            if (publishing.shouldCommit()) {
                publishing.published(next.revision(), events);
            }
        }

        private void record(@Nullable WriteEvent event, long readableNanos) {
            if (event != null) {
                event.answered(
                        durableNanos.applyAsLong(event.index()),
                        beganNanos == 0 ? readableNanos : beganNanos,
                        readableNanos);
            }
        }
    }

    /** The state is immutable: it is written in the background while the next commands are applied. */
    @Override
    public void onSnapshotSave(SnapshotWriter writer, Closure done) {
        State saved = state;
        snapshotExecutor.execute(() -> {
            Status status = Status.OK();
            try {
                snapshots.save(saved, writer);
            } catch (IOException | RuntimeException e) {
                // Not fatal: the log still holds everything. JRaft tries again at the next interval.
                status = new Status(RaftError.ECANCELED, "snapshot at revision %d failed: %s", saved.revision(), e);
            }
            done.run(status);
        });
    }

    @Override
    public boolean onSnapshotLoad(SnapshotReader reader) {
        try {
            State loaded = snapshots.load(reader);
            state = loaded;
            hub.reset(loaded.revision());
            observer.applied(loaded);
            return true;
        } catch (IOException | RuntimeException e) {
            failure.fail(
                    "the snapshot in " + reader.getPath() + " could not be loaded: " + e.getMessage()
                            + ". Remove this server's data directory and let it join the cluster anew",
                    e);
            return false;
        }
    }

    @Override
    public void onLeaderStart(long term) {
        observer.leading(term);
    }

    @Override
    public void onLeaderStop(Status status) {
        observer.following(null, 0, String.valueOf(status.getErrorMsg()));
    }

    @Override
    public void onStartFollowing(LeaderChangeContext context) {
        PeerId leader = context.getLeaderId();
        observer.following(
                leader == null || leader.isEmpty() ? null : address(leader), context.getTerm(), "another server leads");
    }

    @Override
    public void onStopFollowing(LeaderChangeContext context) {
        observer.following(
                null, context.getTerm(), String.valueOf(context.getStatus().getErrorMsg()));
    }

    static String address(PeerId peer) {
        return peer.getEndpoint().toString();
    }

    @Override
    public void onError(RaftException e) {
        failure.fail("Raft has stopped: " + e.getStatus(), e);
    }

    @Override
    public void onShutdown() {}
}
