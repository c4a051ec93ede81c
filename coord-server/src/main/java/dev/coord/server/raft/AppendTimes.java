package dev.coord.server.raft;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When the last batches became durable here, for flight recordings: a ring that the log's thread writes while one is made. A
 * reader that comes too late, or meanwhile, learns nothing rather than something wrong.
 */
final class AppendTimes {

    private static final int BATCHES = 1 << 10;

    /** For each batch: its last index, then when it was durable. */
    private final AtomicLongArray ring = new AtomicLongArray(2 * BATCHES);
    /** Batches recorded so far. Written by the log's thread. */
    private volatile long count;

    /** From the log's thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    void durable(long lastIndex, long nanos) {
        int place = place(count);
        ring.set(place, 0);
        ring.set(place + 1, nanos);
        ring.set(place, lastIndex);
        count++;
    }

    /** {@link System#nanoTime} when an entry was durable; 0: not known. From any thread. */
    long of(long index) {
        long newest = count;
        long found = 0;
        for (long batch = newest - 1; batch >= Math.max(0, newest - BATCHES); batch--) {
            int place = place(batch);
            long last = ring.get(place);
            if (last < index) {
                return found;
            }
            long nanos = ring.get(place + 1);
            found = ring.get(place) == last ? nanos : 0;
        }
        return 0;
    }

    private static int place(long batch) {
        return 2 * (int) (batch % BATCHES);
    }
}
