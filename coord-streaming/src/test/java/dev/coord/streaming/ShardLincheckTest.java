package dev.coord.streaming;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No interleaving of a publisher, a shard and a subscriber that comes, goes and comes back loses an event unnoticed: the
 * argument of {@link Timeline}, with rings and inboxes so small that all bounds are met.
 */
public class ShardLincheckTest {

    private static final Subject WATCHED = Subject.prefix("kv", "a");

    private final Timeline timeline = new Timeline();
    private final PrefixIndex prefixes = new PrefixIndex();
    private final Shard shard;

    /** The publisher's. */
    private long last;
    /** What can be read from the state: a bit for each revision that touched the watched subject, and the newest. */
    private final AtomicLong touching = new AtomicLong();

    private final AtomicLong readable = new AtomicLong();

    private final AtomicInteger calls = new AtomicInteger();
    private @Nullable Subscription subscription;
    private long known;
    private boolean lastPollGaveNothing;
    private int callsBeforeLastPoll;

    private final AtomicInteger wakeups = new AtomicInteger();
    private int waits;
    private long waitsAfter;

    public ShardLincheckTest() {
        HubOptions options = HubOptions.defaults()
                .withShards(1)
                .withRing(2, 1 << 20, Duration.ofHours(1))
                .withInboxEntriesMax(2)
                .withWatchersMax(10, 10, 1)
                .withNanoClock(() -> 0);
        shard = new Shard(0, options, 1, timeline, prefixes);
    }

    @Operation(nonParallelGroup = "publisher")
    public void change() {
        long revision = ++last;
        touching.accumulateAndGet(1L << revision, (bits, bit) -> bits | bit);
        readable.set(revision);
        timeline.begin(revision);
        List<Channel> found = new ArrayList<>();
        prefixes.collect("kv", "a/b", found);
        for (Channel channel : found) {
            shard.offer(channel, new Event(revision, List.of("change"), 1));
        }
        timeline.end(revision);
    }

    @Operation(nonParallelGroup = "publisher")
    public void changeElsewhere() {
        long revision = ++last;
        readable.set(revision);
        timeline.begin(revision);
        timeline.end(revision);
    }

    @Operation(nonParallelGroup = "shard")
    public void work() {
        shard.step();
    }

    @Operation(nonParallelGroup = "subscriber")
    public void poll() {
        Subscription open = subscription;
        if (open == null) {
            // With a snapshot, or with what it knew when it went.
            known = known == 0 ? readable.get() : known;
            open = new ChannelSubscription(shard.join(WATCHED), known, calls::incrementAndGet);
            if (known == 0) {
                open.resumeAfter(0);
            }
            subscription = open;
        }
        callsBeforeLastPoll = calls.get();
        Signal signal = open.poll();
        lastPollGaveNothing = signal == null;
        if (signal instanceof Event event) {
            require(event.revision() > known, "again or out of order: " + event.revision() + " after " + known);
            requireNothingMissed(event.revision() - 1);
            known = event.revision();
        } else if (signal == null) {
            long position = open.position();
            requireNothingMissed(position);
            known = Math.max(known, position);
        } else {
            known = readable.get();
            open.resumeAfter(known);
        }
    }

    @Operation(nonParallelGroup = "subscriber")
    public void hangUp() {
        if (subscription != null) {
            subscription.close();
            subscription = null;
            lastPollGaveNothing = false;
        }
    }

    @Operation(nonParallelGroup = "waiter")
    public void await() {
        if (wakeups.get() == waits) {
            waits++;
            waitsAfter = readable.get();
            new ChannelWaiter(shard.join(WATCHED), waitsAfter, wakeups::incrementAndGet).park();
        }
    }

    /** When all is quiet. */
    @Validate
    public void nobodyMissedAnything() {
        while (shard.step()) {
            // until nothing is left
        }
        if (wakeups.get() < waits) {
            require(touching.get() >>> (waitsAfter + 1) == 0, "waiter forgotten after " + waitsAfter);
        }
        if (subscription == null) {
            return;
        }
        boolean forgotten = lastPollGaveNothing && calls.get() == callsBeforeLastPoll;
        long knew = known;
        do {
            poll();
        } while (!lastPollGaveNothing);
        require(touching.get() >>> (known + 1) == 0, "the end is missing after " + known);
        require(!forgotten || touching.get() >>> (knew + 1) == 0, "subscriber forgotten after " + knew);
    }

    private void requireNothingMissed(long upTo) {
        for (long revision = known + 1; revision <= upTo; revision++) {
            require(
                    (touching.get() >>> revision & 1) == 0,
                    "missed " + revision + " between " + known + " and " + upTo);
        }
    }

    private static void require(boolean truth, String otherwise) {
        if (!truth) {
            throw new IllegalStateException(otherwise);
        }
    }

    @Test
    void noInterleavingOfPublisherShardAndSubscriberLosesAnEvent() {
        check(3, 60);
    }

    @Tag("slow")
    @Test
    void noInterleavingOfPublisherShardAndSubscriberLosesAnEventInManyMoreScenarios() {
        check(60, 2_000);
    }

    private static void check(int scenarios, int interleavings) {
        new ModelCheckingOptions()
                .threads(3)
                .iterations(scenarios)
                .invocationsPerIteration(interleavings)
                .actorsBefore(2)
                .actorsPerThread(3)
                .actorsAfter(2)
                .minimizeFailedScenario(false)
                .check(ShardLincheckTest.class);
    }
}
