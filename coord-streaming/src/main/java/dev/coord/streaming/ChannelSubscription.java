package dev.coord.streaming;

import org.jspecify.annotations.Nullable;

/** A position in a channel's ring: all that a subscriber costs. */
final class ChannelSubscription extends Parked implements Subscription {

    private final Runnable ready;

    // The subscriber's thread alone, all of them:
    /** Index of the next entry to read. */
    private long cursor;

    private int epoch;

    /** Why the next poll gives a reset, or null when it need not. */
    private @Nullable String resetReason;

    /** A reset was given out, and {@link #resumeAfter} not yet called. */
    private boolean awaitsSnapshot;

    ChannelSubscription(Channel channel, long afterRevision, Runnable ready) {
        super(channel, IDLE, afterRevision);
        this.ready = ready;
        this.epoch = channel.epoch();
        resumeAfter(afterRevision);
        if (afterRevision == 0) {
            resetReason = "nothing is known to the subscriber";
        } else if (channel.shard.timeline.replacedSince(afterRevision)) {
            resetReason = "the state was replaced after revision " + afterRevision;
        }
    }

    @Override
    public @Nullable Signal poll() {
        if (awaitsSnapshot) {
            return null;
        }
        while (true) {
            Signal next = next();
            if (next != null) {
                return next;
            }
            if (!arm() || !hasNext()) {
                return null;
            }
            if (!move(ARMED, DORMANT)) {
                // The shard has seen the same and calls ready, or the subscription was closed.
                return null;
            }
        }
    }

    private boolean hasNext() {
        return epoch != channel.epoch() || cursor < channel.ring.tail();
    }

    private @Nullable Signal next() {
        if (state() == CLOSED) {
            return null;
        }
        checkEpoch();
        while (resetReason == null && cursor < channel.ring.tail()) {
            Entry entry = channel.ring.at(cursor);
            if (entry == null) {
                skipLost();
            } else {
                cursor++;
                long revision = entry.event.revision();
                if (revision > after) {
                    after = revision;
                    return entry.event;
                }
            }
        }
        return resetReason == null ? null : reset(resetReason);
    }

    /** What was overwritten matters only if it was not known already. */
    private void skipLost() {
        cursor = channel.ring.indexAfter(after);
        // Read after the ring: whatever was gone by then is not above it.
        long floor = channel.floor();
        if (after < floor) {
            resetReason = "events up to revision " + floor + " are no longer kept, and only those up to " + after
                    + " were read";
        }
        // Last: an older epoch's cursor would point into the new one's events.
        checkEpoch();
    }

    private void checkEpoch() {
        if (resetReason == null && epoch != channel.epoch()) {
            resetReason = "the state was replaced";
        }
    }

    private Reset reset(String reason) {
        // What the subscriber reads from the state after this is at least as new as this epoch.
        epoch = channel.epoch();
        resetReason = null;
        awaitsSnapshot = true;
        channel.countReset();
        return new Reset(reason);
    }

    /** Makes sure that this is on the stack and is to be called; false when closed. */
    private boolean arm() {
        while (true) {
            switch (state()) {
                case ARMED -> {
                    return true;
                }
                case DORMANT -> {
                    if (move(DORMANT, ARMED)) {
                        return true;
                    }
                }
                case IDLE -> {
                    if (move(IDLE, ARMED)) {
                        channel.push(this);
                        return true;
                    }
                }
                default -> {
                    return false;
                }
            }
        }
    }

    @Override
    public void resumeAfter(long revision) {
        awaitsSnapshot = false;
        after = revision;
        cursor = channel.ring.indexAfter(revision);
        // Read after the ring: whatever was gone by then is not above it.
        long floor = channel.floor();
        resetReason = revision < floor ? "events up to revision " + floor + " are not kept" : null;
    }

    @Override
    public long position() {
        // Read before the ring: all up to it is in the ring that is looked at next.
        long complete = channel.shard.complete();
        if (awaitsSnapshot || resetReason != null || epoch != channel.epoch()) {
            return 0;
        }
        if (cursor == channel.ring.tail() && complete > after) {
            after = complete;
        }
        return after;
    }

    @Override
    void wake() {
        ready.run();
    }

    @Override
    public void close() {
        int before = closeState();
        if (before == CLOSED) {
            return;
        }
        if (before != IDLE) {
            channel.closedWhileParked();
        }
        channel.shard.subscriptionClosed();
        channel.leave();
    }
}
