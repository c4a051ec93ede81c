package dev.coord.streaming;

import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * The bounds of a hub. What happens at each is said there; none of them is ever met by waiting.
 *
 * @param shards threads that own channels; a power of two. The hub shapes without shards ignore it
 * @param ringEntriesMax events that a subject's ring keeps; beyond, the oldest goes
 * @param ringBytesMax bytes that a subject's ring keeps; beyond, the oldest goes. An event larger than this is not kept:
 *     the subject's subscribers get a reset instead
 * @param hubBytesMax bytes that all rings keep together, shared out evenly among the shards; beyond, the shard's oldest
 *     event goes. As much again may wait in the inboxes
 * @param retention how long an event stays in a ring, and a ring stays after its last subscriber has gone. Checked every
 *     quarter of it
 * @param inboxEntriesMax events that wait for a shard; beyond, all of the shard's subscribers get a reset
 * @param subscriptionsMax open subscriptions; beyond, {@link HubFullException}
 * @param waitersMax parked waiters; beyond, {@link HubFullException}
 * @param unwatchedMax rings kept with no subscriber; beyond, the one left first goes before its time
 * @param nanoClock monotonic nanoseconds, as {@link System#nanoTime()}
 */
public record HubOptions(
        int shards,
        int ringEntriesMax,
        int ringBytesMax,
        long hubBytesMax,
        Duration retention,
        int inboxEntriesMax,
        int subscriptionsMax,
        int waitersMax,
        int unwatchedMax,
        LongSupplier nanoClock) {

    public static final int RING_ENTRIES_MAX = 256;
    public static final int RING_BYTES_MAX = 1 << 20;
    public static final long HUB_BYTES_MAX = 64L << 20;
    public static final Duration RETENTION = Duration.ofMinutes(2);
    public static final int INBOX_ENTRIES_MAX = 8_192;
    public static final int SUBSCRIPTIONS_MAX = 200_000;
    public static final int WAITERS_MAX = 100_000;
    public static final int UNWATCHED_MAX = 50_000;

    public HubOptions {
        Objects.requireNonNull(retention, "retention");
        Objects.requireNonNull(nanoClock, "nanoClock");
        requirePowerOfTwo("shards", shards);
        requirePositive("ringEntriesMax", ringEntriesMax);
        requirePositive("ringBytesMax", ringBytesMax);
        requirePositive("hubBytesMax", hubBytesMax);
        requirePositive("retention in nanoseconds", retention.toNanos());
        requirePowerOfTwo("inboxEntriesMax", inboxEntriesMax);
        requirePositive("subscriptionsMax", subscriptionsMax);
        requirePositive("waitersMax", waitersMax);
        requirePositive("unwatchedMax", unwatchedMax);
    }

    /** Twice as many shards as there are processors, rounded up to a power of two, and the bounds named above. */
    public static HubOptions defaults() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new HubOptions(
                Integer.highestOneBit(processors * 4 - 1),
                RING_ENTRIES_MAX,
                RING_BYTES_MAX,
                HUB_BYTES_MAX,
                RETENTION,
                INBOX_ENTRIES_MAX,
                SUBSCRIPTIONS_MAX,
                WAITERS_MAX,
                UNWATCHED_MAX,
                System::nanoTime);
    }

    public HubOptions withShards(int shards) {
        return new HubOptions(
                shards,
                ringEntriesMax,
                ringBytesMax,
                hubBytesMax,
                retention,
                inboxEntriesMax,
                subscriptionsMax,
                waitersMax,
                unwatchedMax,
                nanoClock);
    }

    public HubOptions withRing(int entriesMax, int bytesMax, Duration retention) {
        return new HubOptions(
                shards,
                entriesMax,
                bytesMax,
                hubBytesMax,
                retention,
                inboxEntriesMax,
                subscriptionsMax,
                waitersMax,
                unwatchedMax,
                nanoClock);
    }

    public HubOptions withHubBytesMax(long hubBytesMax) {
        return new HubOptions(
                shards,
                ringEntriesMax,
                ringBytesMax,
                hubBytesMax,
                retention,
                inboxEntriesMax,
                subscriptionsMax,
                waitersMax,
                unwatchedMax,
                nanoClock);
    }

    public HubOptions withInboxEntriesMax(int inboxEntriesMax) {
        return new HubOptions(
                shards,
                ringEntriesMax,
                ringBytesMax,
                hubBytesMax,
                retention,
                inboxEntriesMax,
                subscriptionsMax,
                waitersMax,
                unwatchedMax,
                nanoClock);
    }

    public HubOptions withWatchersMax(int subscriptionsMax, int waitersMax, int unwatchedMax) {
        return new HubOptions(
                shards,
                ringEntriesMax,
                ringBytesMax,
                hubBytesMax,
                retention,
                inboxEntriesMax,
                subscriptionsMax,
                waitersMax,
                unwatchedMax,
                nanoClock);
    }

    public HubOptions withNanoClock(LongSupplier nanoClock) {
        return new HubOptions(
                shards,
                ringEntriesMax,
                ringBytesMax,
                hubBytesMax,
                retention,
                inboxEntriesMax,
                subscriptionsMax,
                waitersMax,
                unwatchedMax,
                nanoClock);
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive, got " + value);
        }
    }

    private static void requirePowerOfTwo(String name, int value) {
        if (value <= 0 || Integer.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + " must be a power of two, got " + value);
        }
    }
}
