package dev.coord.streaming;

import org.jspecify.annotations.Nullable;

/**
 * An event in a ring. The links and the time belong to the shard's thread; readers see the event and its index.
 */
final class Entry {

    /** What an entry costs beside its event's changes: itself, the event, its list and its frames' holder. */
    static final int OVERHEAD_BYTES = 128;

    final Channel channel;
    final Event event;
    /** Position in the channel since its creation: how a reader knows that the slot was not overwritten. */
    final long index;

    final long addedNanos;

    /** Neighbours in the shard's {@link Retention}. */
    @Nullable
    Entry older;

    @Nullable
    Entry newer;

    Entry(Channel channel, Event event, long index, long addedNanos) {
        this.channel = channel;
        this.event = event;
        this.index = index;
        this.addedNanos = addedNanos;
    }

    long bytes() {
        return weigh(event);
    }

    static long weigh(Event event) {
        return (long) event.bytes() + OVERHEAD_BYTES;
    }
}
