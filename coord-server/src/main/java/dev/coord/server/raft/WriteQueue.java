package dev.coord.server.raft;

import dev.coord.server.command.Priority;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyRecorder;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Commands of the leader that wait for the log. The log is given only a window of them, for what it has been given it takes in
 * that order: who is urgent, or has asked for little, would stand behind all that somebody else has asked for. From those
 * that wait, the more urgent priority goes first, and within it one client after the other; but each eighth turn begins at the
 * other end, so that nothing waits for ever. A client has no more than its share of a part of the window, by how many were there
 * within the last second; a lone one has the window whole. Commands of one client and priority keep their order.
 *
 * <p>Unbounded: whoever adds holds to a bound. Safe from any thread; one at a time decides, and proposes for the others who
 * come meanwhile. No thread waits for another.
 */
final class WriteQueue {

    /** Two batches of the log, and some: more makes no commit larger, only later. */
    static final int WINDOW_COMMANDS = 512;
    /** Two of the largest appends; one command goes, however large. */
    static final long WINDOW_BYTES = 8L << 20;
    /**
     * What several clients have of it together at least: a batch of the log is nearly as good for that, and whoever asks for much
     * then takes less of the processors from those who ask for little.
     */
    static final int SHARED_COMMANDS_MIN = 64;
    /** What several clients can write together, however long a commit takes: with slow disks they have more of the window. */
    private static final long SHARED_PER_SECOND = 30_000;
    /** What a client has at least, however many there are. */
    static final int SHARE_MIN = 4;
    /** So many commands make an average of how long one is in the log's hands. */
    private static final int AVERAGED = 64;

    /** A command pays a turn for each of these, besides the one that it takes. */
    private static final int TURN_BYTES = 16 << 10;

    private static final int TURNS_FROM_THE_FRONT = 7;
    private static final long ACTIVE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Clients that are known at once; beyond, those that come share one place. */
    private static final int CLIENTS_MAX = 10_000;

    /** A command that waits. */
    abstract static class Item {
        private final Priority priority;
        private final String client;
        private final int bytes;
        /** Set by {@link #add}, then its thread's that decides. */
        private long addedNanos;
        /** Set when it is let go, as is the next one. */
        private long turnNanos;

        private Share share = Share.NOBODY;

        Item(Priority priority, String client, int bytes) {
            this.priority = priority;
            this.client = client;
            this.bytes = bytes;
        }

        Priority priority() {
            return priority;
        }

        int bytes() {
            return bytes;
        }

        /** Its turn has come: {@link WriteQueue#ended} must follow, once. Must neither block nor throw. */
        abstract void turn(long waitedNanos);
    }

    /** One client. */
    private static final class Share {
        static final Share NOBODY = new Share();
        /** By priority. The deciding thread's alone, as are the following two. */
        private final Map<Priority, ArrayDeque<Item>> waiting = new EnumMap<>(Priority.class);

        private int turnsOwed;
        private long seenNanos;
        /** In the log's hands. */
        private final AtomicInteger proposed = new AtomicInteger();

        private boolean isIdle(long now) {
            return proposed.get() == 0 && now - seenNanos > ACTIVE_NANOS && waiting.isEmpty();
        }
    }

    private final LongSupplier nanoTime;
    private final Queue<Item> arrivals = new ConcurrentLinkedQueue<>();
    /** Above 0: somebody decides, and will look once more. */
    private final AtomicInteger deciding = new AtomicInteger();

    private final AtomicInteger proposed = new AtomicInteger();
    private final AtomicLong proposedBytes = new AtomicLong();
    /** How long a command was in the log's hands of late. Any thread. */
    private volatile long averageNanos;

    private final Map<Priority, AtomicInteger> waiting = new EnumMap<>(Priority.class);
    private final LatencyRecorder waits = new LatencyRecorder();

    // The deciding thread's alone, handed on by `deciding`.
    private final Map<String, Share> clients = new HashMap<>();
    private final Map<Priority, ArrayDeque<Share>> lanes = new EnumMap<>(Priority.class);
    private int turns;
    private long sweptNanos;

    WriteQueue(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.sweptNanos = nanoTime.getAsLong();
        for (Priority priority : Priority.values()) {
            lanes.put(priority, new ArrayDeque<>());
            waiting.put(priority, new AtomicInteger());
        }
    }

    void add(Item item) {
        item.addedNanos = nanoTime.getAsLong();
        count(item.priority).incrementAndGet();
        arrivals.add(item);
        proposeOn();
    }

    /** What had its turn is in the log's hands no more. {@link #proposeOn} must follow, perhaps after several. */
    void ended(Item item) {
        // Two at once may lose one of many: it is an average.
        long average = averageNanos;
        averageNanos = average + (nanoTime.getAsLong() - item.turnNanos - average) / AVERAGED;
        item.share.proposed.decrementAndGet();
        proposedBytes.addAndGet(-item.bytes);
        proposed.decrementAndGet();
    }

    /** Lets go whatever fits. */
    void proposeOn() {
        if (deciding.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            long now = nanoTime.getAsLong();
            for (Item item = arrivals.poll(); item != null; item = arrivals.poll()) {
                line(item, now);
            }
            sweep(now);
            letGo(now);
            seen = deciding.addAndGet(-seen);
        } while (seen != 0);
    }

    private void line(Item item, long now) {
        String name = clients.size() < CLIENTS_MAX || clients.containsKey(item.client) ? item.client : "";
        Share share = clients.computeIfAbsent(name, unseen -> new Share());
        share.seenNanos = now;
        ArrayDeque<Item> line = share.waiting.get(item.priority);
        if (line == null) {
            line = new ArrayDeque<>();
            share.waiting.put(item.priority, line);
            lanes.get(item.priority).add(share);
        }
        line.add(item);
    }

    private void sweep(long now) {
        if (now - sweptNanos > ACTIVE_NANOS) {
            sweptNanos = now;
            clients.values().removeIf(share -> share.isIdle(now));
        }
    }

    private void letGo(long now) {
        while (proposed.get() < WINDOW_COMMANDS && proposedBytes.get() < WINDOW_BYTES) {
            Item next = next();
            if (next == null) {
                return;
            }
            count(next.priority).decrementAndGet();
            proposed.incrementAndGet();
            proposedBytes.addAndGet(next.bytes);
            next.share.proposed.incrementAndGet();
            next.turnNanos = now;
            long waited = Math.max(0, now - next.addedNanos);
            waits.record(waited);
            next.turn(waited);
        }
    }

    private @Nullable Item next() {
        Priority[] priorities = Priority.values();
        boolean fromTheBack = turns++ % (TURNS_FROM_THE_FRONT + 1) == TURNS_FROM_THE_FRONT;
        int shareMax = clients.size() <= 1 ? WINDOW_COMMANDS : Math.max(SHARE_MIN, shared() / clients.size());
        for (int i = 0; i < priorities.length; i++) {
            Priority priority = priorities[fromTheBack ? priorities.length - 1 - i : i];
            Item item = next(priority, shareMax);
            if (item != null) {
                return item;
            }
        }
        return null;
    }

    /** By Little's law: so many are under way where so many a second take so long. */
    private int shared() {
        long forRate = averageNanos * SHARED_PER_SECOND / TimeUnit.SECONDS.toNanos(1);
        return (int) Math.min(WINDOW_COMMANDS, Math.max(SHARED_COMMANDS_MIN, forRate));
    }

    private @Nullable Item next(Priority priority, int shareMax) {
        ArrayDeque<Share> lane = lanes.get(priority);
        int full = 0;
        while (full < lane.size()) {
            Share share = lane.remove();
            if (share.proposed.get() >= shareMax) {
                full++;
                lane.add(share);
                continue;
            }
            if (share.turnsOwed > 0 && lane.size() > full) {
                share.turnsOwed--;
                lane.add(share);
                continue;
            }
            ArrayDeque<Item> line = share.waiting.get(priority);
            Item item = line.remove();
            item.share = share;
            share.turnsOwed = item.bytes / TURN_BYTES;
            if (line.isEmpty()) {
                share.waiting.remove(priority);
            } else {
                lane.add(share);
            }
            return item;
        }
        return null;
    }

    private AtomicInteger count(Priority priority) {
        return Objects.requireNonNull(waiting.get(priority));
    }

    // ---- for metrics

    int proposed() {
        return proposed.get();
    }

    int waiting(Priority priority) {
        return count(priority).get();
    }

    LatencyHistogram waits() {
        return waits.picture();
    }
}
