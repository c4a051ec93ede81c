package dev.coord.streaming;

import static dev.coord.streaming.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One more watcher costs its own few bytes and nothing else. */
@Tag("slow")
class HubMemoryTest {

    private static final int WATCHERS = 100_000;

    @Test
    void anIdleSubscriptionCostsLessThan100Bytes() {
        try (Hub hub = new ShardedHub(HubOptions.defaults())) {
            hub.publish(1, List.of());
            Subject subject = Subject.exact("service", "popular");
            hub.subscribe(subject, 1, HubMemoryTest::nothing);
            List<Subscription> open = new ArrayList<>(WATCHERS);
            long before = usedBytes();

            for (int i = 0; i < WATCHERS; i++) {
                Subscription subscription = hub.subscribe(subject, 1, HubMemoryTest::nothing);
                assertThat(subscription.poll()).isNull();
                open.add(subscription);
            }

            long each = (usedBytes() - before) / WATCHERS;
            System.out.println("an idle subscription costs " + each + " bytes");
            assertThat(each).isLessThan(100);
            assertThat(open).hasSize(WATCHERS);
        }
    }

    @Test
    void anIdleSubscriptionToASubjectOfItsOwnCostsLessThan600Bytes() {
        try (Hub hub = new ShardedHub(HubOptions.defaults())) {
            hub.publish(1, List.of());
            List<Subscription> open = new ArrayList<>(WATCHERS);
            long before = usedBytes();

            for (int i = 0; i < WATCHERS; i++) {
                Subscription subscription = hub.subscribe(Subject.exact("kv", "key/" + i), 1, HubMemoryTest::nothing);
                assertThat(subscription.poll()).isNull();
                open.add(subscription);
            }

            long each = (usedBytes() - before) / WATCHERS;
            System.out.println("an idle subscription to a subject of its own costs " + each + " bytes");
            assertThat(each).isLessThan(600);
            assertThat(open).hasSize(WATCHERS);
        }
    }

    @Test
    void stuckSubscribersKeepNothingBeyondTheRing() {
        HubOptions options = HubOptions.defaults();
        try (Hub hub = new ShardedHub(options)) {
            hub.publish(1, List.of());
            Subject subject = Subject.exact("kv", "busy");
            List<Subscription> stuck = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                stuck.add(hub.subscribe(subject, 1, HubMemoryTest::nothing));
            }
            long before = usedBytes();

            for (long revision = 2; revision < 20_000; revision++) {
                hub.publish(revision, List.of(new Publication("kv", "busy", new byte[10_000], 10_000)));
            }
            eventually().until(() -> hub.stats().shards().stream().allMatch(shard -> shard.inboxDepth() == 0));

            assertThat(usedBytes() - before).isLessThan(2L * options.ringBytesMax());
            assertThat(stuck).allMatch(subscription -> subscription.poll() instanceof Reset);
        }
    }

    private static void nothing() {}

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
