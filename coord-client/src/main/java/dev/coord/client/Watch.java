package dev.coord.client;

import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.PollResponse;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchMeans;
import dev.coord.api.v1.WatchRequest;
import dev.coord.client.CoordException.Reason;
import dev.coord.client.Servers.Server;
import dev.coord.client.WatchUpdate.ItemChange;
import io.grpc.ConnectivityState;
import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open watch: keeps a picture of its target and tells a listener how it changes, until it is closed.
 *
 * <p><b>Guarantees</b>, the same in both {@linkplain WatchMode modes} and across a switch between them: revisions rise from
 * update to update; every change of the target is in exactly one update, where several to the same item may come as one; a
 * revision is never split. When a server goes away, the watch goes on at another one, from where it was; when the servers can't
 * tell any more what happened since, it compares their state with its own and tells the difference.
 *
 * <p>The mode that it is opened in is a wish: servers may say, for a target, that it be watched by stream or by poll, and
 * change that while it is watched; they are obeyed, so that a fleet of clients can be moved from one place.
 *
 * <p>It holds every item of its target in memory. Safe from any thread.
 *
 * @param <T> the type of the items
 */
public final class Watch<T> implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Watch.class);
    /** A stream is broken when it is silent for so many times as long as the server said. */
    private static final int SILENCE_FACTOR = 4;

    private final WatchTarget<T> target;
    private final ReadMode reads;
    private final WatchListener<T> listener;
    private final Servers servers;
    private final Calls calls;
    private final ScheduledExecutorService timer;
    private final Backoff backoff;
    private final Duration silenceMax;
    private final Runnable onClose;
    /** Everything below without another word runs and is used there. */
    private final Executor thread;

    private final WatchItems<T> items = new WatchItems<>();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final StreamFeed.Receiver frames = new Frames();
    private final PollFeed.Receiver answers = new Answers();

    /** The call that is listened to; events of another one are late. */
    private @Nullable Feed feed;

    private @Nullable Server feedServer;
    /** When the feed at hand was begun or last gave something. */
    private long heardFromFeedNanos;

    private @Nullable ScheduledFuture<?> retry;
    /** Parts of a snapshot that is not complete. */
    private Map<String, T> snapshot = new LinkedHashMap<>();

    private int failures;

    /** How the caller would have it, where the server has no opinion. */
    private WatchMode preferred;
    /** How long the server may be silent by its own word; 0: it gave none. */
    private long promisedMillis;

    /** Written by the watch's thread, read by any; the following likewise. */
    private volatile WatchMode mode;

    private volatile long revision;
    private volatile boolean told;
    private volatile boolean live;
    /** When a server last said something, which was then the newest. */
    private volatile long heardNanos = System.nanoTime();

    private volatile @Nullable CoordException lastFailure;
    /** Written by any thread. */
    private volatile boolean closed;

    Watch(
            WatchTarget<T> target,
            WatchMode mode,
            ReadMode reads,
            WatchListener<T> listener,
            Servers servers,
            Calls calls,
            ScheduledExecutorService timer,
            Executor executor,
            Backoff backoff,
            Duration silenceMax,
            Runnable onClose) {
        this.target = target;
        this.preferred = mode;
        this.mode = mode;
        this.reads = reads;
        this.listener = listener;
        this.servers = servers;
        this.calls = calls;
        this.timer = timer;
        this.backoff = backoff;
        this.silenceMax = silenceMax;
        this.onClose = onClose;
        thread = new SerialExecutor(executor);
    }

    void open() {
        thread.execute(this::connect);
    }

    // ---- What callers see

    /** What is watched. */
    public WatchTarget<T> target() {
        return target;
    }

    /** A copy of what is known, by id; see {@link WatchTarget}. Empty until {@link #ready()}. */
    public Map<String, T> items() {
        return Collections.unmodifiableMap(items.copy());
    }

    /** All up to and with this revision is known; 0 before the first update. */
    public long revision() {
        return revision;
    }

    /** Completes after the first update; fails when the watch is refused or closed before. */
    public CompletableFuture<Void> ready() {
        return ready.copy();
    }

    /** Waits for {@link #ready()}. Throws {@link CoordException} with {@link Reason#TIMEOUT} when it takes longer. */
    public void awaitReady(Duration timeout) {
        CompletableFuture<Void> bounded = ready.copy()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(notReady(failure, timeout)));
        Void unused = Waits.join(bounded);
    }

    private Throwable notReady(Throwable failure, Duration timeout) {
        if (!(failure instanceof java.util.concurrent.TimeoutException)) {
            return failure;
        }
        CoordException last = lastFailure;
        return new CoordException(
                Reason.TIMEOUT,
                "The watch of " + target + " learned nothing within " + timeout.toMillis() + " ms from " + servers
                        + (last == null ? "" : "; last: " + last.getMessage()),
                last);
    }

    /** True while a server is being listened to; false while one is looked for. */
    public boolean isLive() {
        return live;
    }

    /** How long ago a server last confirmed that what is known is the newest. A few seconds while {@link #isLive()}. */
    public Duration age() {
        return Duration.ofNanos(System.nanoTime() - heardNanos);
    }

    /** Why the watch was last cut off; empty when it never was. */
    public Optional<CoordException> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    /** How it learns of changes now: as the servers would have it, else as it was asked to. */
    public WatchMode mode() {
        return mode;
    }

    /**
     * Goes on in another mode from the revision that it has reached. Returns at once. A server that has an opinion on how its
     * target is to be watched is obeyed nevertheless, as soon as it says so.
     */
    public void switchTo(WatchMode wanted) {
        thread.execute(() -> {
            preferred = wanted;
            if (!closed && wanted != mode) {
                mode = wanted;
                connect();
            }
        });
    }

    /** Ends the watch: the listener gets nothing more, but for an update that it may be handling. What is known stays. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        onClose.run();
        thread.execute(() -> {
            stopListening();
            ready.completeExceptionally(
                    new CoordException(Reason.CLOSED, "The watch of " + target + " was closed", null));
        });
    }

    // ---- How it works, all of it on the watch's thread

    private void connect() {
        stopListening();
        if (closed) {
            return;
        }
        Server server;
        try {
            server = servers.pick(false, 1);
        } catch (CoordException clientClosed) {
            return;
        }
        if (server.connection().getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            server.connection().resetConnectBackoff();
        }
        heardFromFeedNanos = System.nanoTime();
        promisedMillis = 0;
        Feed next = mode == WatchMode.STREAM
                ? new StreamFeed(
                        server,
                        WatchRequest.newBuilder()
                                .setSubject(target.subject())
                                .setAfterRevision(revision)
                                .setConsistency(reads.message())
                                .build(),
                        thread,
                        frames)
                : new PollFeed(
                        server,
                        PollRequest.newBuilder()
                                .setSubject(target.subject())
                                .setIndex(revision)
                                .setWaitMs(PollFeed.WAIT_MILLIS)
                                .setConsistency(reads.message())
                                .build(),
                        thread,
                        answers);
        feed = next;
        feedServer = server;
        next.start();
    }

    private void stopListening() {
        Feed old = feed;
        feed = null;
        snapshot = new LinkedHashMap<>();
        if (old != null) {
            old.cancel();
        }
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
    }

    /** A stream that is silent for long is broken, for idle ones send bookmarks. Called by the timer. */
    void tick() {
        thread.execute(() -> {
            long allowedMillis = Math.max(silenceMax.toMillis(), SILENCE_FACTOR * promisedMillis);
            boolean silent = System.nanoTime() - heardFromFeedNanos > TimeUnit.MILLISECONDS.toNanos(allowedMillis);
            if (feed instanceof StreamFeed && silent) {
                stopListening();
                interrupted(
                        feedServer,
                        Status.UNAVAILABLE.withDescription(
                                "the stream was silent for more than " + allowedMillis / 1_000 + " s"));
            }
        });
    }

    private final class Frames implements StreamFeed.Receiver {

        @Override
        public void frame(StreamFeed from, WatchFrame frame) {
            if (from != feed || closed) {
                return;
            }
            heard();
            switch (frame.getFrameCase()) {
                case RESET -> {
                    log.debug(
                            "The watch of {} starts over: {}",
                            target,
                            frame.getReset().getReason());
                    snapshot = new LinkedHashMap<>();
                }
                case SNAPSHOT -> {
                    target.items(frame.getSnapshot().getItems(), snapshot);
                    if (frame.getSnapshot().getLast()) {
                        Map<String, T> complete = snapshot;
                        snapshot = new LinkedHashMap<>();
                        tell(frame.getRevision(), items.replace(complete));
                    }
                }
                case CHANGES -> {
                    if (frame.getRevision() > revision) {
                        Map<String, @Nullable T> changed = new LinkedHashMap<>();
                        frame.getChanges().getChangesList().forEach(change -> target.change(change, changed::put));
                        tell(frame.getRevision(), items.change(changed));
                    }
                }
                case BOOKMARK -> {
                    revision = Math.max(revision, frame.getRevision());
                    promisedMillis = frame.getBookmark().getNextWithinMs();
                }
                case ADVICE -> {
                    mode = follow(frame.getAdvice().getMeans());
                    if (mode != WatchMode.STREAM) {
                        connect();
                    }
                }
                case FRAME_NOT_SET -> log.debug("A frame of a kind that this client does not know was left out");
            }
            if (from == feed) {
                from.more();
            }
        }

        @Override
        public void ended(Feed from, Server server, Status status, long comeAgainMillis) {
            feedEnded(from, server, status, comeAgainMillis);
        }
    }

    private final class Answers implements PollFeed.Receiver {

        @Override
        public void answer(PollFeed from, PollResponse answer) {
            if (from != feed || closed) {
                return;
            }
            if (reads == ReadMode.STALE && answer.getFreshness().getRevision() < revision) {
                feed = null;
                interrupted(
                        feedServer,
                        Status.UNAVAILABLE.withDescription("the asked server is behind revision " + revision));
                return;
            }
            heard();
            Map<String, T> picture = new LinkedHashMap<>();
            target.items(answer.getItems(), picture);
            mode = follow(answer.getMeans());
            tell(answer.getFreshness().getRevision(), items.replace(picture));
            if (from == feed) {
                connect();
            }
        }

        @Override
        public void ended(Feed from, Server server, Status status, long comeAgainMillis) {
            feedEnded(from, server, status, comeAgainMillis);
        }
    }

    private WatchMode follow(WatchMeans means) {
        return switch (means) {
            case WATCH_MEANS_STREAM -> WatchMode.STREAM;
            case WATCH_MEANS_POLL -> WatchMode.POLL;
            case WATCH_MEANS_UNSPECIFIED, UNRECOGNIZED -> preferred;
        };
    }

    private void heard() {
        heardNanos = System.nanoTime();
        heardFromFeedNanos = heardNanos;
        boolean resumed = failures > 0;
        failures = 0;
        live = true;
        if (resumed && told) {
            call(listener::resumed);
        }
    }

    private void tell(long newRevision, List<ItemChange<T>> changes) {
        revision = newRevision;
        if (told && changes.isEmpty()) {
            return;
        }
        boolean first = !told;
        told = true;
        try {
            listener.updated(new WatchUpdate<>(newRevision, first, changes));
        } catch (RuntimeException e) {
            log.error("The listener of the watch of {} failed", target, e);
        }
        ready.complete(null);
    }

    private void feedEnded(Feed from, Server server, Status status, long comeAgainMillis) {
        if (from == feed && !closed) {
            feed = null;
            interrupted(server, status.isOk() ? Status.UNAVAILABLE : status, comeAgainMillis);
        }
    }

    private void interrupted(@Nullable Server server, Status status) {
        interrupted(server, status, 0);
    }

    private void interrupted(@Nullable Server server, Status status, long comeAgainMillis) {
        live = false;
        snapshot = new LinkedHashMap<>();
        String address = server == null ? "a server" : server.address();
        CoordException why = new CoordException(
                status.getCode() == Status.Code.RESOURCE_EXHAUSTED ? Reason.OVERLOADED : Reason.UNAVAILABLE,
                "The watch of " + target + " was cut off from " + address + ": " + status.getCode()
                        + (status.getDescription() == null ? "" : ": " + status.getDescription()),
                status.getCause());
        if (server != null && !told && failures + 1 >= servers.count() && Failures.isOtherProtocol(status)) {
            end(Failures.otherProtocol("The watch of " + target, address, status));
            return;
        }
        lastFailure = why;
        if (isFinal(status)) {
            end(why);
            return;
        }
        if (server != null) {
            servers.failed(server);
        }
        calls.askForMembers();
        failures++;
        if (failures == 1) {
            call(() -> listener.interrupted(why));
        }
        // The first round over the servers is made at once.
        if (failures < servers.count()) {
            connect();
        } else {
            long delayMillis = backoff.delayMillis(failures - servers.count() + 1, comeAgainMillis);
            log.debug("{}; next try in {} ms", why.getMessage(), delayMillis);
            retry = timer.schedule(() -> thread.execute(this::connect), delayMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void end(CoordException why) {
        lastFailure = why;
        closed = true;
        onClose.run();
        ready.completeExceptionally(why);
        call(() -> listener.failed(why));
    }

    private static boolean isFinal(Status status) {
        return switch (status.getCode()) {
            case INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED, UNIMPLEMENTED -> true;
            default -> false;
        };
    }

    private void call(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException e) {
            log.error("The listener of the watch of {} failed", target, e);
        }
    }
}
