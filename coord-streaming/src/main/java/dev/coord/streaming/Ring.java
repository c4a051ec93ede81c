package dev.coord.streaming;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The last events of one channel. One thread writes, any number read, none waits. A reader holds an index; it learns that
 * an entry was overwritten from the index in the entry. Starts empty and doubles up to its bound, so that the many
 * subjects on which nothing happens cost no slots.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // of fields that the owner alone writes
final class Ring {

    private static final int SLOTS_MIN = 4;

    private final int entriesMax;
    /** Written by the owner, before {@link #tail}; read by all. Grows; an old array stays good for who still reads it. */
    private volatile AtomicReferenceArray<@Nullable Entry> slots = new AtomicReferenceArray<>(0);
    /** Index that the next entry will have. Written by the owner after the entry, read by all. */
    private volatile long tail;
    /** Index of the oldest entry kept: the owner's. Between it and tail there are no holes. */
    private long head;
    /** Written by the owner, read by all. */
    private volatile long bytes;

    Ring(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    /** Any thread. */
    long tail() {
        return tail;
    }

    /** Any thread. */
    long bytes() {
        return bytes;
    }

    /** Any thread: the entry with this index below tail, or null when it is gone. */
    @Nullable
    Entry at(long index) {
        AtomicReferenceArray<@Nullable Entry> current = slots;
        if (current.length() == 0) {
            return null;
        }
        Entry entry = current.get((int) (index & (current.length() - 1)));
        return entry != null && entry.index == index ? entry : null;
    }

    /** Any thread: where the events begin that are newer than a revision, as far as they are kept. */
    long indexAfter(long revision) {
        long index = tail;
        while (index > 0) {
            Entry entry = at(index - 1);
            if (entry == null || entry.event.revision() <= revision) {
                return index;
            }
            index--;
        }
        return index;
    }

    /** Owner. The entry's index is {@link #tail()}; there is room: fewer than the bound are kept. */
    void append(Entry entry) {
        AtomicReferenceArray<@Nullable Entry> current = slots;
        if (tail - head == current.length()) {
            current = grown(current);
            slots = current;
        }
        current.set((int) (tail & (current.length() - 1)), entry);
        bytes = bytes + entry.bytes();
        tail = tail + 1;
    }

    private AtomicReferenceArray<@Nullable Entry> grown(AtomicReferenceArray<@Nullable Entry> from) {
        AtomicReferenceArray<@Nullable Entry> to = new AtomicReferenceArray<>(Math.max(SLOTS_MIN, from.length() * 2));
        for (long index = head; index < tail; index++) {
            to.set((int) (index & (to.length() - 1)), at(index));
        }
        return to;
    }

    /** Owner: the oldest entry, or null when none is kept. */
    @Nullable
    Entry oldest() {
        return head == tail ? null : at(head);
    }

    /** Owner: drops the oldest entry. */
    void dropOldest() {
        Entry entry = oldest();
        if (entry != null) {
            AtomicReferenceArray<@Nullable Entry> current = slots;
            current.set((int) (head & (current.length() - 1)), null);
            bytes = bytes - entry.bytes();
            head++;
        }
    }

    /** Owner, when empty: an index that no entry has, so that every reader who is at the end finds something lost. */
    void skip() {
        head = tail + 1;
        tail = head;
    }

    /** Owner: whether one more entry of so many bytes is over a bound. */
    boolean isFull(long entryBytes, int bytesMax) {
        return tail - head >= entriesMax || bytes + entryBytes > bytesMax;
    }
}
