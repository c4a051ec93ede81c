package dev.coord.streaming;

/** A parked long-poll request. */
final class ChannelWaiter extends Parked implements Waiter {

    private final Runnable wake;

    ChannelWaiter(Channel channel, long afterRevision, Runnable wake) {
        super(channel, ARMED, afterRevision);
        this.wake = wake;
    }

    /** Waits, unless something may have happened already: then calls at once. */
    void park() {
        if (mayHaveChanged()) {
            if (move(ARMED, CLOSED)) {
                wakeHere();
            }
            return;
        }
        channel.push(this);
        // Once more: what happened before the push has called nobody.
        if (mayHaveChanged() && move(ARMED, CLOSED)) {
            channel.closedWhileParked();
            wakeHere();
        }
    }

    private boolean mayHaveChanged() {
        return channel.changedAfter(after) || channel.shard.timeline.replacedSince(after) || channel.shard.isClosed();
    }

    private void wakeHere() {
        channel.shard.countWakeup();
        wake();
    }

    @Override
    public boolean cancel() {
        if (!move(ARMED, CLOSED)) {
            return false;
        }
        channel.closedWhileParked();
        done();
        return true;
    }

    @Override
    void wake() {
        done();
        wake.run();
    }

    private void done() {
        channel.shard.waiterDone();
        channel.leave();
    }
}
