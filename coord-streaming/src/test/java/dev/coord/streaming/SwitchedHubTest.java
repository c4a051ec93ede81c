package dev.coord.streaming;

import static dev.coord.streaming.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A hub that was changed to another shape keeps every promise, and those who were there before notice nothing. */
class SwitchedHubTest extends HubContract {

    private static final Subject WATCHED = Subject.exact("kv", "a");

    @Override
    HubShape shape() {
        return HubShape.SHARDED;
    }

    @Override
    Hub make(HubOptions with) {
        HubSwitch hub = new HubSwitch(HubShape.SINGLE, with);
        hub.changeTo(shape());
        return hub;
    }

    private static HubSwitch keyed() {
        HubSwitch hub = new HubSwitch(HubShape.KEYED, HubOptions.defaults().withShards(2));
        hub.publish(10, List.of());
        return hub;
    }

    @Test
    void aSubscriptionGoesOverWithoutAResetAndHearsEverythingOnce() {
        try (HubSwitch hub = keyed()) {
            Subscription[] opened = new Subscription[1];
            AtomicInteger resets = new AtomicInteger();
            List<Long> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
            Runnable drain = () -> drain(opened[0], heard, resets);
            opened[0] = hub.subscribe(WATCHED, 10, drain);
            drain.run();
            long revision = 10;
            for (HubShape shape :
                    List.of(HubShape.SHARDED, HubShape.SINGLE, HubShape.KEYED, HubShape.SINGLE, HubShape.SHARDED)) {
                put(hub, ++revision, "a");
                put(hub, ++revision, "b");
                hub.changeTo(shape);
                assertThat(hub.shape()).isEqualTo(shape);
                assertThat(hub.stats().shape()).isEqualTo(shape);
            }
            put(hub, ++revision, "a");

            eventually().until(() -> heard.size() == 6);
            assertThat(heard).containsExactly(11L, 13L, 15L, 17L, 19L, 21L);
            assertThat(resets).hasValue(0);
            assertThat(hub.stats().shards().stream()
                            .mapToInt(HubStats.Shard::subscriptions)
                            .sum())
                    .isEqualTo(1);
        }
    }

    private static synchronized void drain(Subscription subscription, List<Long> heard, AtomicInteger resets) {
        for (Signal signal = subscription.poll(); signal != null; signal = subscription.poll()) {
            if (signal instanceof Event event) {
                heard.add(event.revision());
            } else {
                resets.incrementAndGet();
            }
        }
    }

    @Test
    void aSubscriberThatReadsNothingDuringTheChangeGoesOnFromWhereItWas() {
        try (HubSwitch hub = keyed()) {
            Subscription slow = hub.subscribe(WATCHED, 10, () -> {});
            put(hub, 11, "a");
            Thread change = new Thread(() -> hub.changeTo(HubShape.SHARDED));
            change.start();
            eventually().until(() -> hub.shape() == HubShape.SHARDED);
            put(hub, 12, "a");

            assertThat(nextEvent(slow).revision()).isEqualTo(11);
            assertThat(nextEvent(slow).revision()).isEqualTo(12);
            eventually().until(() -> slow.poll() == null && !change.isAlive());
            put(hub, 13, "a");
            assertThat(nextEvent(slow).revision()).isEqualTo(13);
        }
    }

    @Test
    void aSubscriptionThatResumesAfterTheChangeNeedsNoSnapshot() {
        try (HubSwitch hub = keyed()) {
            hub.changeTo(HubShape.SINGLE);
            Subscription resumed = hub.subscribe(WATCHED, 10, () -> {});
            assertThat(resumed.poll()).isNull();
            put(hub, 11, "a");
            assertThat(nextEvent(resumed).revision()).isEqualTo(11);
            assertReset(hub.subscribe(WATCHED, 9, () -> {}));
        }
    }

    @Test
    void aWaiterIsWokenByTheChangeToWaitAtTheNewHub() {
        try (HubSwitch hub = keyed()) {
            AtomicInteger woken = new AtomicInteger();
            hub.await(WATCHED, 10, woken::incrementAndGet);
            hub.changeTo(HubShape.SHARDED);
            eventually().until(() -> woken.get() == 1);

            hub.await(WATCHED, 10, woken::incrementAndGet);
            assertThat(woken).hasValue(1);
            put(hub, 11, "a");
            eventually().until(() -> woken.get() == 2);
        }
    }

    @Test
    void aClosedHubIsNotChanged() {
        HubSwitch hub = keyed();
        hub.close();
        assertThatThrownBy(() -> hub.changeTo(HubShape.SINGLE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
