package dev.coord.streaming;

import org.jspecify.annotations.Nullable;

/** A subscription of a {@link HubSwitch}: one at the hub of the moment, which it leaves when there is another. */
final class SwitchedSubscription implements Subscription {

    private final HubSwitch hubs;
    private final Subject subject;
    private final Runnable ready;

    /** Written by the subscriber's thread, read and closed by any. */
    private volatile Subscription at;

    private volatile boolean closed;

    // The subscriber's thread alone:
    private Hub hub;
    /** A reset was given out, and {@link #resumeAfter} not yet called. */
    private boolean awaitsSnapshot;

    SwitchedSubscription(HubSwitch hubs, Subject subject, long afterRevision, Runnable ready) {
        this.hubs = hubs;
        this.subject = subject;
        this.ready = ready;
        while (true) {
            hub = hubs.current();
            try {
                at = hub.subscribe(subject, afterRevision, ready);
                return;
            } catch (IllegalStateException e) {
                if (hub == hubs.current()) {
                    throw e;
                }
            }
        }
    }

    @Override
    public @Nullable Signal poll() {
        Signal signal = at.poll();
        // Drained: the moment to go over. Nothing was armed at the next one yet, so it is polled until it is.
        while (signal == null && !awaitsSnapshot && hub != hubs.current() && goOver()) {
            signal = at.poll();
        }
        awaitsSnapshot |= signal instanceof Reset;
        return signal;
    }

    /** False when this stays where it is, for now. */
    private boolean goOver() {
        long position = at.position();
        Hub next = hubs.current();
        boolean mayStay = hubs.isTold(hub);
        if (position == 0 && mayStay) {
            return false;
        }
        try {
            Subscription there = next.subscribe(subject, position, ready);
            if (there.position() == 0 && mayStay) {
                // Not all that the next hub was not told has been read here; it was only made to watch the subject.
                there.close();
                return false;
            }
            moveTo(next, there);
            return true;
        } catch (HubFullException e) {
            if (mayStay) {
                return false;
            }
            throw e;
        } catch (IllegalStateException closedMeanwhile) {
            return false;
        }
    }

    private void moveTo(Hub next, Subscription there) {
        Subscription left = at;
        at = there;
        hub = next;
        left.close();
        if (closed) {
            there.close();
        }
    }

    @Override
    public void resumeAfter(long revision) {
        awaitsSnapshot = false;
        Hub next = hubs.current();
        // With revision 0 a new subscription would ask for a snapshot again.
        if (hub != next && revision != 0 && !closed) {
            moveTo(next, next.subscribe(subject, revision, ready));
        } else {
            at.resumeAfter(revision);
        }
    }

    @Override
    public long position() {
        return at.position();
    }

    @Override
    public void close() {
        closed = true;
        at.close();
    }
}
