package dev.coord.streaming;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A part of the subjects, and the one thread that writes their rings and calls their subscribers. The publisher reaches
 * it through a bounded inbox, or, where that is full, by a mark that events were lost.
 */
final class Shard implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(Shard.class);

    final Timeline timeline;

    private final HubOptions options;
    private final long bytesMax;
    private final int unwatchedMax;
    private final long retentionNanos;
    private final PrefixIndex prefixes;
    private final Thread thread;

    private final ConcurrentHashMap<Subject, Channel> channels = new ConcurrentHashMap<>();
    /** Held to create a channel, and by the shard while all channels lose their events; never by the publisher. */
    private final Object creation = new Object();

    private final Inbox inbox;
    /** What the publisher could not put in the inbox. Set by the publisher, cleared by the shard once all are told. */
    private final AtomicReference<@Nullable Loss> loss = new AtomicReference<>();
    /** Channels that nobody is interested in any more, or that have closed parkers. Each at most once. */
    private final Queue<Channel> agenda = new ConcurrentLinkedQueue<>();

    /** True while the shard's thread sleeps or is about to. Set by it, cleared by it or who wakes it. */
    private volatile boolean asleep;

    private volatile boolean closed;
    /** Everybody is to be called. Set by anyone, cleared by the shard. */
    private volatile boolean callAll;
    /** Every revision up to this one is in the rings. Written by the shard's thread. */
    private volatile long handled;

    private final AtomicInteger subscriptions = new AtomicInteger();
    private final AtomicInteger waiters = new AtomicInteger();
    private final LongAdder resets = new LongAdder();
    private final LongAdder wakeups = new LongAdder();
    private final LongAdder events = new LongAdder();

    // The shard's thread alone:
    private final Retention retention = new Retention();
    /** Channels without subscribers, by the time since when, the longest first. */
    private final LinkedHashMap<Channel, Long> unwatched = new LinkedHashMap<>();

    private long nextUpkeepNanos;

    Shard(int number, HubOptions options, int shards, Timeline timeline, PrefixIndex prefixes) {
        this.options = options;
        this.timeline = timeline;
        this.prefixes = prefixes;
        this.bytesMax = Math.max(1, options.hubBytesMax() / shards);
        this.unwatchedMax = Math.max(1, options.unwatchedMax() / shards);
        this.retentionNanos = options.retention().toNanos();
        this.inbox = new Inbox(options.inboxEntriesMax(), bytesMax);
        this.nextUpkeepNanos = options.nanoClock().getAsLong() + upkeepNanos();
        this.thread = new Thread(this, "coord-shard-" + number);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    // ---- the publisher ----

    @Nullable
    Channel find(Subject subject) {
        return channels.get(subject);
    }

    /** Hands over one event. Never waits: what has no room is lost, and the subscribers will be told. */
    void offer(Channel channel, Event event) {
        // While a loss is pending nothing goes in: it would stand behind what is missing.
        if (loss.get() != null || !inbox.offer(channel, event)) {
            lose(event.revision(), false);
        }
        wakeUp();
    }

    void replace(long revision) {
        lose(revision, true);
        wakeUp();
    }

    private void lose(long revision, boolean replaced) {
        loss.accumulateAndGet(
                new Loss(revision, replaced),
                (before, now) ->
                        before == null || now == null ? now : new Loss(revision, before.replaced() || replaced));
    }

    // ---- subscribers ----

    /** The subject's channel, joined; made when there is none. */
    Channel join(Subject subject) {
        while (true) {
            Channel channel = channels.get(subject);
            if (channel == null || !channel.isOpen()) {
                channel = create(subject);
            }
            if (channel.join()) {
                return channel;
            }
            forget(channel);
        }
    }

    /** See {@link Timeline} for the order: findable first, then open. */
    private Channel create(Subject subject) {
        synchronized (creation) {
            Channel channel =
                    channels.computeIfAbsent(subject, missing -> new Channel(this, missing, options.ringEntriesMax()));
            if (!channel.isOpen()) {
                if (subject.prefix()) {
                    prefixes.put(channel);
                }
                channel.open(timeline.floorOfNewChannel());
            }
            return channel;
        }
    }

    private void forget(Channel channel) {
        if (channel.subject.prefix()) {
            prefixes.remove(channel);
        }
        channels.remove(channel.subject, channel);
    }

    /** Every revision up to this one is in this shard's rings. Read it before a ring. */
    long complete() {
        long published = timeline.published();
        return inbox.isEmpty() && loss.get() == null ? published : handled;
    }

    void callAll() {
        callAll = true;
        wakeUp();
    }

    void attend(Channel channel) {
        agenda.add(channel);
        wakeUp();
    }

    void subscriptionOpened() {
        subscriptions.getAndIncrement();
    }

    void subscriptionClosed() {
        subscriptions.getAndDecrement();
    }

    void waiterParked() {
        waiters.getAndIncrement();
    }

    void waiterDone() {
        waiters.getAndDecrement();
    }

    int subscriptions() {
        return subscriptions.get();
    }

    int waiters() {
        return waiters.get();
    }

    void countReset() {
        resets.increment();
    }

    void countWakeup() {
        wakeups.increment();
    }

    boolean isClosed() {
        return closed;
    }

    HubStats.Shard stats() {
        return new HubStats.Shard(
                channels.size(),
                subscriptions.get(),
                waiters.get(),
                events.sum(),
                wakeups.sum(),
                resets.sum(),
                retention.bytes(),
                inbox.size(),
                Math.max(0, timeline.published() - complete()));
    }

    void collectStats(Busiest into) {
        channels.values().forEach(channel -> channel.offerTo(into));
    }

    /** Ends the thread, once it has called the waiters. Returns at once. */
    void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    /** Waits for the thread to end, unless it is the one that asks. */
    void awaitEnd(long timeoutMillis) throws InterruptedException {
        if (Thread.currentThread() != thread) {
            thread.join(timeoutMillis);
        }
    }

    private void wakeUp() {
        if (asleep) {
            asleep = false;
            LockSupport.unpark(thread);
        }
    }

    // ---- the shard's thread ----

    @Override
    public void run() {
        while (!closed) {
            if (!step()) {
                sleep();
            }
        }
        wakeChannels();
    }

    /** Does what there is to do, a little of each; false when there was nothing. */
    boolean step() {
        try {
            boolean worked = inbox.take(this::handle);
            worked |= handleLoss();
            worked |= handleAgenda();
            worked |= handleCallAll();
            upkeep();
            return worked;
        } catch (RuntimeException | Error e) {
            // Never expected. Whatever was at hand is still there: try again.
            log.error("{}: failed; trying again", name(), e);
            return true;
        }
    }

    private void sleep() {
        asleep = true;
        if (inbox.isEmpty() && loss.get() == null && agenda.isEmpty() && !callAll && !closed) {
            LockSupport.parkNanos(this, upkeepNanos());
        }
        asleep = false;
    }

    private void handle(Channel channel, Event event) {
        try {
            handled = event.revision() - 1;
            append(channel, event);
        } catch (RuntimeException | Error e) {
            // Never expected. The event may not be in the ring: say so, and go on with the rest.
            log.error("{}: failed at revision {}; resetting {} subjects", name(), event.revision(), channels.size(), e);
            tell(new Loss(event.revision(), false));
        }
        events.increment();
    }

    private void append(Channel channel, Event event) {
        if (channel.isRetired()) {
            return;
        }
        channel.append(
                event, retention, options.ringBytesMax(), options.nanoClock().getAsLong());
        for (Entry oldest = retention.oldest();
                oldest != null && retention.bytes() > bytesMax;
                oldest = retention.oldest()) {
            oldest.channel.dropOldest(retention);
        }
    }

    /**
     * Tells all channels that events were lost. What still waits in the inbox is older than the loss and goes with it;
     * nothing newer comes in before the loss is cleared.
     */
    private boolean handleLoss() {
        Loss pending = loss.get();
        if (pending == null) {
            return false;
        }
        while (inbox.take((channel, event) -> {})) {
            // older than the loss
        }
        Loss told;
        do {
            told = pending;
            if (!channels.isEmpty()) {
                log.warn(
                        "{}: {} at revision {}; resetting {} subjects",
                        name(),
                        told.replaced() ? "the state was replaced" : "the inbox was full",
                        told.revision(),
                        channels.size());
            }
            tell(told);
            pending = loss.get();
        } while (!loss.compareAndSet(told, null));
        return true;
    }

    private void tell(Loss lost) {
        // A channel is opened either before this, and told, or after, and then it reads a floor that is not older.
        synchronized (creation) {
            for (Channel channel : channels.values()) {
                channel.lose(lost, retention);
            }
        }
        handled = lost.revision();
        wakeChannels();
    }

    private boolean handleCallAll() {
        if (!callAll) {
            return false;
        }
        callAll = false;
        wakeChannels();
        return true;
    }

    private void wakeChannels() {
        channels.values().forEach(channel -> channel.wake(Long.MAX_VALUE));
    }

    private boolean handleAgenda() {
        boolean worked = false;
        for (Channel channel = agenda.poll(); channel != null; channel = agenda.poll()) {
            worked = true;
            channel.attended();
            channel.sweep();
            if (channel.interested() == 0 && !channel.isRetired()) {
                unwatched.remove(channel);
                unwatched.put(channel, options.nanoClock().getAsLong());
            }
        }
        while (unwatched.size() > unwatchedMax) {
            Iterator<Channel> longest = unwatched.keySet().iterator();
            retire(longest.next());
            longest.remove();
        }
        return worked;
    }

    /** Drops what has been kept long enough. */
    private void upkeep() {
        long now = options.nanoClock().getAsLong();
        if (now - nextUpkeepNanos < 0) {
            return;
        }
        nextUpkeepNanos = now + upkeepNanos();
        for (Entry oldest = retention.oldest();
                oldest != null && now - oldest.addedNanos >= retentionNanos;
                oldest = retention.oldest()) {
            oldest.channel.dropOldest(retention);
        }
        Iterator<Map.Entry<Channel, Long>> longest = unwatched.entrySet().iterator();
        while (longest.hasNext()) {
            Map.Entry<Channel, Long> next = longest.next();
            if (now - next.getValue() < retentionNanos) {
                return;
            }
            retire(next.getKey());
            longest.remove();
        }
    }

    /** Removes a channel unless somebody has come back; then it comes here again when they leave. */
    private void retire(Channel channel) {
        if (channel.retire()) {
            forget(channel);
            channel.forgetEvents(retention);
        }
    }

    private String name() {
        return thread.getName();
    }

    private long upkeepNanos() {
        return Math.max(1_000_000, options.retention().toNanos() / 4);
    }

    /** A subscriber that fails is its own concern. */
    void call(Parked parker) {
        countWakeup();
        try {
            parker.wake();
        } catch (RuntimeException | Error e) {
            log.warn("{}: a subscriber of {} failed when called", name(), parker.channel.subject, e);
        }
    }
}
