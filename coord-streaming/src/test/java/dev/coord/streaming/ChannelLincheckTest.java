package dev.coord.streaming;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A channel is linearizable under all interleavings of its shard, a subscriber, and a second one: what a poll gives is
 * what it would give before or after the whole of each append. And no call is lost: who was told that there is nothing
 * has been called once there is.
 */
public class ChannelLincheckTest {

    private static final int RING_ENTRIES = 2;
    private static final long NOTHING = -1;
    private static final long RESET = -2;

    private final Channel channel;
    private final Retention retention = new Retention();
    private long appended;

    private final AtomicInteger calls = new AtomicInteger();
    private final Subscription subscription;
    private int nothings;
    private boolean lastPollGaveNothing;
    private int callsBeforeLastPoll;

    private final AtomicInteger wakeups = new AtomicInteger();
    private int waits;

    public ChannelLincheckTest() {
        HubOptions options = HubOptions.defaults()
                .withShards(1)
                .withRing(RING_ENTRIES, 1 << 20, Duration.ofHours(1))
                .withNanoClock(() -> 0);
        Shard shard = new Shard(0, options, 1, new Timeline(), new PrefixIndex());
        channel = shard.join(Subject.exact("kv", "key"));
        subscription = new ChannelSubscription(channel, 0, calls::incrementAndGet);
        subscription.resumeAfter(0);
    }

    /** A full ring forgets first, which readers may see before they see the new event; so that is a step of its own. */
    @Operation(nonParallelGroup = "shard")
    public void appendOrMakeRoom() {
        if (channel.ring.isFull(1, HubOptions.RING_BYTES_MAX)) {
            channel.dropOldest(retention);
        } else {
            appended++;
            channel.append(new Event(appended, List.of("change"), 1), retention, HubOptions.RING_BYTES_MAX, 0);
        }
    }

    /** A reset is answered with the oldest snapshot that the ring goes back to. */
    @Operation(nonParallelGroup = "subscriber")
    public long poll() {
        callsBeforeLastPoll = calls.get();
        Signal signal = subscription.poll();
        lastPollGaveNothing = signal == null;
        if (signal instanceof Event event) {
            return event.revision();
        }
        if (signal == null) {
            nothings++;
            return NOTHING;
        }
        subscription.resumeAfter(channel.floor());
        return RESET;
    }

    @Operation(nonParallelGroup = "waiter")
    public void await() {
        if (wakeups.get() == waits) {
            waits++;
            channel.join();
            new ChannelWaiter(channel, waits - 1, wakeups::incrementAndGet).park();
        }
    }

    /** When all is quiet. */
    @Validate
    public void nobodyWasForgotten() {
        require(calls.get() <= nothings, "called " + calls + " times for " + nothings + " polls that gave nothing");
        if (lastPollGaveNothing && subscription.poll() != null) {
            require(calls.get() > callsBeforeLastPoll, "subscriber forgotten");
        }
        if (wakeups.get() < waits) {
            require(!channel.changedAfter(waits - 1), "waiter forgotten");
        }
    }

    private static void require(boolean truth, String otherwise) {
        if (!truth) {
            throw new IllegalStateException(otherwise);
        }
    }

    @Test
    void everyInterleavingOfShardSubscriberAndWaiterIsCorrect() {
        check(3, 80);
    }

    @Tag("slow")
    @Test
    void everyInterleavingOfShardSubscriberAndWaiterIsCorrectInManyMoreScenarios() {
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
                .check(ChannelLincheckTest.class);
    }
}
