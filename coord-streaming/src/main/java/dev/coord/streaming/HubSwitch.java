package dev.coord.streaming;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A hub whose {@linkplain HubShape shape} can be changed while it runs. Nobody loses or repeats anything: for the time of the
 * change the publisher tells both hubs, and each subscription goes over when it has read all of the old one up to where the new
 * one begins. Waiters are woken, look again, and wait at the new one.
 *
 * <p>Who has not gone over when the change has taken {@link #CHANGE_MILLIS_MAX} goes over later, from where it was, if the
 * new hub's ring still goes back so far, and else with a reset. For a moment a subscription's {@code ready} may be called once
 * more than it polled null. While the change lasts both hubs' bounds count separately.
 *
 * <p>Costs the publisher three volatile accesses and a subscription one object. Threads: as {@link Hub}; {@link #changeTo} by
 * any.
 */
public final class HubSwitch implements Hub {

    /** How long a change may take before the old hub is closed. */
    public static final long CHANGE_MILLIS_MAX = 10_000;

    private static final long STEP_NANOS = 10_000_000;

    private final HubOptions options;

    /** Written by who changes the shape, read by all. */
    private volatile Hubs hubs;

    // The publisher's; read by who changes the shape:
    /** Calls of publish and reset that have begun. */
    private volatile long begun;
    /** Calls that have ended. */
    private volatile long ended;
    /** The revision of the last one. */
    private volatile long last;

    /** Under this object's lock. */
    private boolean closed;

    /**
     * Which hubs there are.
     *
     * @param current where watches are opened
     * @param other is told everything, too: the one to come, then the one that goes
     */
    private record Hubs(
            HubShape shape, Hub current, @Nullable Hub other) {}

    public HubSwitch(HubShape shape, HubOptions options) {
        this.options = options;
        this.hubs = new Hubs(shape, shape.open(options), null);
    }

    /** The shape of the hub where watches are opened now. */
    public HubShape shape() {
        return hubs.shape();
    }

    /**
     * Changes the shape. Returns when everybody has gone over, or after {@link #CHANGE_MILLIS_MAX}; at once when the shape is
     * that already. Blocks: call it from a thread that has the time. One change at a time.
     *
     * @throws IllegalStateException when the hub is closed
     */
    public synchronized void changeTo(HubShape shape) {
        if (closed) {
            throw new IllegalStateException("the hub is closed: its shape can't be changed any more");
        }
        if (shape == hubs.shape()) {
            return;
        }
        Hub old = hubs.current();
        Hub next = shape.open(options);
        hubs = new Hubs(hubs.shape(), old, next);
        awaitPublisherKnows();
        next.startAfter(last);
        hubs = new Hubs(shape, next, old);
        bringOver(old);
        hubs = new Hubs(shape, next, null);
        // Only now, when the publisher tells it nothing any more. Wakes the waiters that are left.
        awaitPublisherKnows();
        old.close();
    }

    /** Until no call is under way that began before the hubs were changed. */
    private void awaitPublisherKnows() {
        long before = begun;
        while (ended < before) {
            LockSupport.parkNanos(STEP_NANOS / 100);
        }
    }

    private static void bringOver(Hub old) {
        long deadline = System.nanoTime() + CHANGE_MILLIS_MAX * 1_000_000;
        do {
            old.callAll();
            LockSupport.parkNanos(STEP_NANOS);
        } while (isWatched(old) && System.nanoTime() - deadline < 0);
    }

    private static boolean isWatched(Hub hub) {
        return hub.stats(0).shards().stream().anyMatch(shard -> shard.subscriptions() + shard.waiters() > 0);
    }

    @Override
    public void publish(long revision, List<Publication> publications) {
        begin();
        try {
            Hubs told = hubs;
            told.current().publish(revision, publications);
            if (told.other() != null) {
                told.other().publish(revision, publications);
            }
            last = revision;
        } finally {
            end();
        }
    }

    @Override
    public void reset(long revision) {
        begin();
        try {
            Hubs told = hubs;
            told.current().reset(revision);
            if (told.other() != null) {
                told.other().reset(revision);
            }
            last = revision;
        } finally {
            end();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the publisher alone writes
    private void begin() {
        begun = begun + 1;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the publisher alone writes
    private void end() {
        ended = ended + 1;
    }

    /** Where watches are opened now. */
    Hub current() {
        return hubs.current();
    }

    /** False when a hub is told nothing any more. */
    boolean isTold(Hub hub) {
        Hubs told = hubs;
        return hub == told.current() || hub == told.other();
    }

    @Override
    public Subscription subscribe(Subject subject, long afterRevision, Runnable ready) {
        return new SwitchedSubscription(this, subject, afterRevision, ready);
    }

    @Override
    public Waiter await(Subject subject, long afterRevision, Runnable wake) {
        while (true) {
            Hub hub = current();
            try {
                return hub.await(subject, afterRevision, wake);
            } catch (IllegalStateException e) {
                // Closed between the two lines by a change of the shape, or for good.
                if (hub == current()) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void startAfter(long revision) {
        current().startAfter(revision);
    }

    @Override
    public void callAll() {
        current().callAll();
    }

    /** Of the hub where watches are opened; for the time of a change, with the shards of the other one at the end. */
    @Override
    public HubStats stats(int busiestMax) {
        Hubs now = hubs;
        HubStats stats = now.current().stats(busiestMax);
        if (now.other() == null) {
            return stats;
        }
        List<HubStats.Shard> shards = new ArrayList<>(stats.shards());
        shards.addAll(now.other().stats(0).shards());
        return new HubStats(stats.shape(), shards, stats.busiest());
    }

    /** Waits for a change under way. */
    @Override
    public synchronized void close() {
        closed = true;
        current().close();
    }
}
