package dev.coord.streaming;

import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue from the publisher (one thread at a time) to the shard that owns it. Neither waits for the other.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // of fields that one side alone writes
final class Inbox {

    private final @Nullable Channel[] channels;
    private final @Nullable Event[] events;
    private final int mask;
    private final long bytesMax;

    /** Next slot to fill. Written by the publisher after the slot, read by all. */
    private volatile long tail;
    /** Next slot to handle. Written by the shard after it has handled the slot, read by all. */
    private volatile long head;
    /** Bytes ever put in: the publisher's own. */
    private long bytesIn;
    /** Bytes ever taken out. Written by the shard, read by the publisher. */
    private volatile long bytesOut;

    Inbox(int entriesMax, long bytesMax) {
        this.channels = new Channel[entriesMax];
        this.events = new Event[entriesMax];
        this.mask = entriesMax - 1;
        this.bytesMax = bytesMax;
    }

    /** Publisher: false when full, by entries or by bytes. An empty inbox takes an event of any size. */
    boolean offer(Channel channel, Event event) {
        long at = tail;
        long waiting = at - head;
        if (waiting > mask || (waiting > 0 && bytesIn - bytesOut + event.bytes() > bytesMax)) {
            return false;
        }
        int slot = (int) at & mask;
        channels[slot] = channel;
        events[slot] = event;
        bytesIn += event.bytes();
        tail = at + 1;
        return true;
    }

    /** Shard: handles one event, if there is one. It counts as waiting until it has been handled; if that fails, it stays. */
    boolean take(BiConsumer<Channel, Event> handler) {
        long at = head;
        if (at == tail) {
            return false;
        }
        int slot = (int) at & mask;
        Event event = Objects.requireNonNull(events[slot]);
        handler.accept(Objects.requireNonNull(channels[slot]), event);
        channels[slot] = null;
        events[slot] = null;
        bytesOut = bytesOut + event.bytes();
        head = at + 1;
        return true;
    }

    boolean isEmpty() {
        return head == tail;
    }

    int size() {
        return (int) Math.max(0, tail - head);
    }
}
