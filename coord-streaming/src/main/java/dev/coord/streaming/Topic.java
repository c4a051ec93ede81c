package dev.coord.streaming;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One topic of a {@link SingleHub}: everything in it is guarded by the topic itself. */
final class Topic {

    private static final long NOT_OPEN = -1;

    private final HubOptions options;
    private final @Nullable TopicEntry[] slots;
    private final Set<TopicSubscription> subscriptions = new LinkedHashSet<>();
    private final Set<TopicWaiter> waiters = new LinkedHashSet<>();

    /** Index of the oldest entry kept, and the one that the next will have. */
    private long head;

    private long tail;
    private long bytes;
    /** Up to and with this revision entries may be missing. */
    private long floor = NOT_OPEN;

    private long changedAt = NOT_OPEN;
    private int epoch;
    private long events;
    private long wakeups;
    private long resets;

    Topic(HubOptions options) {
        this.options = options;
        this.slots = new TopicEntry[options.ringEntriesMax()];
    }

    /** The publisher can find the topic by now; see {@link Timeline}. */
    synchronized void open(Timeline timeline) {
        if (floor == NOT_OPEN) {
            floor = timeline.floorOfNewChannel();
        }
    }

    /** Returns whom to call: everyone on the topic. */
    synchronized List<Runnable> append(TopicEntry entry) {
        if (entry.bytes() > options.ringBytesMax()) {
            forgetAll();
            floor = Math.max(floor, entry.revision);
        } else {
            dropWhatIsInTheWay(entry);
            slots[slot(tail)] = entry;
            tail++;
            bytes += entry.bytes();
        }
        changedAt = entry.revision;
        events++;
        return takeAll();
    }

    private void dropWhatIsInTheWay(TopicEntry next) {
        while (head < tail
                && (tail - head == slots.length
                        || bytes + next.bytes() > options.ringBytesMax()
                        || next.addedNanos - at(head).addedNanos
                                >= options.retention().toNanos())) {
            TopicEntry oldest = at(head);
            floor = Math.max(floor, oldest.revision);
            bytes -= oldest.bytes();
            slots[slot(head)] = null;
            head++;
        }
    }

    synchronized List<Runnable> replace(long revision) {
        forgetAll();
        epoch++;
        floor = revision;
        changedAt = revision;
        return takeAll();
    }

    /** An index is left out, so that who was at the end finds something lost. */
    private void forgetAll() {
        for (long index = head; index < tail; index++) {
            slots[slot(index)] = null;
        }
        tail++;
        head = tail;
        bytes = 0;
    }

    /** Everyone on the topic who waits. */
    synchronized List<Runnable> takeAll() {
        List<Runnable> called = new ArrayList<>(waiters);
        waiters.clear();
        for (TopicSubscription subscription : subscriptions) {
            if (subscription.disarm()) {
                called.add(subscription.ready());
            }
        }
        wakeups += called.size();
        return called;
    }

    synchronized List<Runnable> takeWaiters() {
        List<Runnable> called = new ArrayList<>(waiters);
        waiters.clear();
        return called;
    }

    /** False when something may have happened already. */
    synchronized boolean park(TopicWaiter waiter) {
        if (waiter.hub().isClosed()
                || Math.max(changedAt, floor) > waiter.after()
                || waiter.hub().timeline().replacedSince(waiter.after())) {
            return false;
        }
        return waiters.add(waiter);
    }

    synchronized boolean unpark(TopicWaiter waiter) {
        return waiters.remove(waiter);
    }

    synchronized void add(TopicSubscription subscription) {
        subscriptions.add(subscription);
    }

    synchronized boolean remove(TopicSubscription subscription) {
        return subscriptions.remove(subscription);
    }

    synchronized long bytes() {
        return bytes;
    }

    /** Of this shape nothing finer is known than a topic: as if all of it were one prefix. */
    synchronized HubStats.Busy stats(String name) {
        return new HubStats.Busy(
                Subject.prefix(name, ""), subscriptions.size() + waiters.size(), events, wakeups, resets, bytes);
    }

    // ---- for subscriptions, which hold the lock ----

    void countReset() {
        resets++;
    }

    boolean holds(TopicSubscription subscription) {
        return subscriptions.contains(subscription);
    }

    long head() {
        return head;
    }

    long tail() {
        return tail;
    }

    TopicEntry at(long index) {
        TopicEntry entry = slots[slot(index)];
        if (entry == null) {
            throw new IllegalStateException("no entry at " + index + " between " + head + " and " + tail);
        }
        return entry;
    }

    long indexAfter(long revision) {
        long index = tail;
        while (index > head && at(index - 1).revision > revision) {
            index--;
        }
        return index;
    }

    long floor() {
        return floor;
    }

    int epoch() {
        return epoch;
    }

    private int slot(long index) {
        return (int) (index % slots.length);
    }
}
