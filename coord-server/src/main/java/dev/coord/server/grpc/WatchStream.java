package dev.coord.server.grpc;

import dev.coord.api.v1.Advice;
import dev.coord.api.v1.Bookmark;
import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.Items;
import dev.coord.api.v1.Reset;
import dev.coord.api.v1.Snapshot;
import dev.coord.api.v1.WatchFrame;
import dev.coord.server.state.State;
import dev.coord.server.watch.WatchMeans;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.Event;
import dev.coord.streaming.Hub;
import dev.coord.streaming.Signal;
import dev.coord.streaming.Subscription;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One open watch: a subscription at one end, a stream of frames at the other.
 *
 * <p>It subscribes first and reads the state afterwards, so that every change is in the snapshot or arrives as an event. It
 * takes from the subscription only while the client takes frames: a slow client costs a position in the subject's ring, and
 * while it receives a snapshot the state that this is read from.
 *
 * <p>The hub, gRPC, the timer and futures only wake it. Fields without a word on threads belong to {@link #step()}.
 */
final class WatchStream extends SteppedStream {

    private static final int NEVER = -1;

    private final WatchedSubject subject;
    private final WatchRights rights;
    private final String client;
    /** Not null for the list of all services. */
    private final @Nullable ServiceListTail services;

    private final Consistency consistency;
    private final long resumeAfter;
    private final Hub hub;
    private final WatchSteering steering;
    private final Reads reads;
    private final GrpcOptions.Limits limits;
    private final LongSupplier nanoClock;
    private final ServerCallStreamObserver<EncodedFrame> out;

    /** Why the server ends this watch. Written by the timer or the closing thread, read by step. */
    private volatile @Nullable StatusRuntimeException end;
    /** The client is gone. Written by gRPC, read by step. */
    private volatile boolean cancelled;
    /** Written by step and, before it runs, by open; read and closed by gRPC's cancel. */
    private volatile @Nullable Subscription subscription;
    /** When a frame was last sent. Written by step, read by the timer. */
    private volatile long sentNanos;
    /** When the snapshot under way began; 0: there is none. Written by step, read by the timer. */
    private volatile long snapshotNanos;

    /** After how long a bookmark promises the next one. Written by the timer, read by step. */
    private volatile long bookmarkNanos;
    /** After how long the client was told that something comes. Written by step, read by the timer. */
    private volatile long promisedNanos;
    /** The epoch of the advice that the client has. Written by step, read by the timer. */
    private volatile int advisedEpoch = NEVER;

    private WatchMeans advised = WatchMeans.ANY;
    private @Nullable CompletableFuture<State> awaited;
    private @Nullable Cursor snapshot;
    /** The client knows of all up to here once it has what was sent. */
    private long toldRevision;
    /** This server's state was found to be no older than what the client has seen. */
    private boolean verified;
    /** The client holds something, by resuming or from a snapshot, that a new snapshot replaces. */
    private boolean holdsState;

    private boolean ended;

    WatchStream(
            WatchedSubject subject,
            WatchRights rights,
            String client,
            @Nullable ServiceListTail services,
            Consistency consistency,
            long resumeAfter,
            Hub hub,
            WatchSteering steering,
            Reads reads,
            WorkPool pool,
            GrpcOptions.Limits limits,
            LongSupplier nanoClock,
            ServerCallStreamObserver<EncodedFrame> out) {
        super(pool);
        this.subject = subject;
        this.rights = rights;
        this.client = client;
        this.services = services;
        this.consistency = consistency;
        this.resumeAfter = resumeAfter;
        this.hub = hub;
        this.steering = steering;
        this.reads = reads;
        this.limits = limits;
        this.nanoClock = nanoClock;
        this.out = out;
        toldRevision = resumeAfter;
        holdsState = resumeAfter > 0;
        sentNanos = nanoClock.getAsLong();
        bookmarkNanos = limits.bookmarkInterval().toNanos();
        promisedNanos = bookmarkNanos;
    }

    /** Begins. Throws HubFullException at the bound of watches. */
    void open() {
        subscription = hub.subscribe(subject.hub(), resumeAfter, this::wake);
        if (resumeAfter > 0) {
            awaitState(reads.state(consistency));
        } else {
            wake();
        }
    }

    /** The client is gone. Any thread. */
    void cancel() {
        cancelled = true;
        Subscription open = subscription;
        if (open != null) {
            open.close();
        }
    }

    /** The server wants no more of it. Any thread. */
    void end(StatusRuntimeException why) {
        end = why;
        wake();
    }

    /** Looks at the time; called by the timer. */
    void tick(long nowNanos, long newBookmarkNanos) {
        bookmarkNanos = newBookmarkNanos;
        long began = snapshotNanos;
        if (began != 0 && nowNanos - began > limits.snapshotTimeout().toNanos()) {
            end(Status.RESOURCE_EXHAUSTED
                    .withDescription("The snapshot was not received within the limit of "
                            + limits.snapshotTimeout().toSeconds()
                            + " s: read faster or watch less")
                    .asRuntimeException());
        } else if (bookmarkDue(nowNanos) || rights.needsLook(reads.latest())) {
            wake();
        }
    }

    private boolean bookmarkDue(long nowNanos) {
        return nowNanos - sentNanos >= promisedNanos;
    }

    /** True when the client may have to be told how to watch; then wake it. Any thread. */
    boolean needsAdvice() {
        return advisedEpoch != steering.epoch();
    }

    /** Sends what there is, as long as the client takes it. */
    @Override
    void step() {
        StatusRuntimeException why = end;
        if (why != null) {
            finish(why);
        }
        lookAtRights();
        while (!ended && !cancelled && out.isReady()) {
            if (needsAdvice()) {
                advise();
            } else if (awaited != null) {
                if (!awaited.isDone()) {
                    return;
                }
                State state = awaited.join();
                awaited = null;
                begin(state);
            } else if (snapshot != null) {
                sendPart(snapshot);
            } else if (!sendNext()) {
                return;
            }
        }
    }

    /** Ends the watch of one who may not see it any more; begins anew for one who may see something else. */
    private void lookAtRights() {
        State state = reads.latest();
        if (!ended && rights.needsLook(state) && rights.changedIn(state)) {
            snapshot = null;
            snapshotNanos = 0;
            holdsState = true;
            startOver("What the token may see has changed");
        }
    }

    private void advise() {
        // Before the policy is asked: if it changes meanwhile, it is asked again.
        advisedEpoch = steering.epoch();
        WatchMeans means = steering.meansFor(subject.hub(), client);
        if (means != advised) {
            advised = means;
            send(EncodedFrame.of(WatchFrame.newBuilder()
                    .setAdvice(Advice.newBuilder().setMeans(WatchStatsMapping.means(means)))
                    .build()));
        }
    }

    /** A state was read: the watch may resume, or sends it whole. */
    private void begin(State state) {
        if (!verified) {
            verified = true;
            verify(state);
            return;
        }
        subscribed().resumeAfter(state.revision());
        toldRevision = state.revision();
        snapshotNanos = nanoClock.getAsLong();
        snapshot = subject.items().apply(state, rights.may());
        if (services != null) {
            services.told(state, rights.may());
        }
    }

    /** A watch may only resume on a server that has come as far; from there on the ring decides: events or a reset. */
    private void verify(State state) {
        if (state.revision() >= resumeAfter) {
            if (services != null && state.servicesIndex() <= resumeAfter) {
                services.told(state, rights.may());
            } else if (services != null) {
                startOver("The list of services has changed since revision " + resumeAfter);
            }
            return;
        }
        if (consistency == Consistency.CONSISTENCY_STALE) {
            finish(Status.UNAVAILABLE
                    .withDescription("This server is at revision " + state.revision() + ", behind revision "
                            + resumeAfter + " that the watch resumes after: ask another one or later")
                    .asRuntimeException());
            return;
        }
        toldRevision = 0;
        sendReset("Revision " + resumeAfter + " is ahead of the cluster, which is at " + state.revision());
        subscribed().close();
        Subscription anew = hub.subscribe(subject.hub(), 0, this::wake);
        subscription = anew;
        if (cancelled) {
            anew.close();
        }
    }

    private void sendPart(Cursor cursor) {
        Items.Builder items = Items.newBuilder();
        boolean more = cursor.fill(items, limits.snapshotFrameBytesMax());
        send(EncodedFrame.of(WatchFrame.newBuilder()
                .setRevision(toldRevision)
                .setSnapshot(Snapshot.newBuilder().setItems(items).setLast(!more))
                .build()));
        holdsState = true;
        if (!more) {
            snapshot = null;
            snapshotNanos = 0;
        }
    }

    /** False when there is nothing to send now. */
    private boolean sendNext() {
        Subscription open = subscribed();
        Signal signal = open.poll();
        if (signal instanceof Event event) {
            EncodedFrame frame = services == null ? rights.frame(event) : listChanges(services);
            if (frame == EncodedFrame.TOO_LARGE) {
                startOver("Revision " + event.revision() + " changed more than the limit of "
                        + ChangeFrames.FRAME_BYTES_MAX + " bytes in a frame");
            } else if (frame != EncodedFrame.NOTHING) {
                send(frame);
            }
            return true;
        }
        if (signal instanceof dev.coord.streaming.Reset reset) {
            startOver(reset.reason());
            return true;
        }
        if (bookmarkDue(nanoClock.getAsLong())) {
            promisedNanos = bookmarkNanos;
            send(EncodedFrame.of(WatchFrame.newBuilder()
                    .setRevision(Math.max(open.position(), toldRevision))
                    .setBookmark(
                            Bookmark.newBuilder().setNextWithinMs((int) TimeUnit.NANOSECONDS.toMillis(promisedNanos)))
                    .build()));
        }
        return false;
    }

    /** The list is that of the newest state, so what led to it need not be told. */
    private EncodedFrame listChanges(ServiceListTail list) {
        State state = reads.latest();
        subscribed().resumeAfter(state.revision());
        toldRevision = state.revision();
        return list.next(state, rights.may());
    }

    private void startOver(String reason) {
        if (holdsState) {
            sendReset(reason);
        }
        // Once it was asked for this watch, what this server has applied is new enough: no need to ask the leader
        // again.
        awaitState(verified ? CompletableFuture.completedFuture(reads.latest()) : reads.state(consistency));
        verified = true;
    }

    private void awaitState(CompletableFuture<State> state) {
        awaited = state;
        Completion.of(state, (read, failure) -> wake());
    }

    private void sendReset(String reason) {
        send(EncodedFrame.of(WatchFrame.newBuilder()
                .setReset(Reset.newBuilder().setReason(reason))
                .build()));
        holdsState = false;
    }

    private void send(EncodedFrame frame) {
        sentNanos = nanoClock.getAsLong();
        out.onNext(frame);
    }

    private Subscription subscribed() {
        Subscription open = subscription;
        if (open == null) {
            throw new IllegalStateException("a watch took a step before it was opened");
        }
        return open;
    }

    @Override
    void finish(StatusRuntimeException why) {
        if (!ended) {
            ended = true;
            snapshot = null;
            subscribed().close();
            out.onError(why);
        }
    }
}
