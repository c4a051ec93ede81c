package dev.coord.streaming;

import static dev.coord.streaming.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every hub must do, a test for each sentence of {@link Hub}. */
abstract class HubContract {

    private static final Subject KEY = Subject.exact("kv", "a/b");
    private static final Subject OTHER = Subject.exact("kv", "other");
    /** Where the state of most scenarios stands when they begin. */
    private static final long START = 10;

    final AtomicLong nanos = new AtomicLong();
    final HubOptions options = HubOptions.defaults().withShards(2).withNanoClock(nanos::get);

    private @Nullable Hub hub;

    abstract HubShape shape();

    Hub make(HubOptions with) {
        return shape().open(with);
    }

    private static void nothing() {}

    /** A hub that has published {@link #START}. */
    final Hub open(HubOptions with) {
        Hub opened = make(with);
        hub = opened;
        opened.publish(START, List.of());
        return opened;
    }

    @AfterEach
    void closeHub() {
        if (hub != null) {
            hub.close();
        }
    }

    static void put(Hub hub, long revision, String... keys) {
        hub.publish(
                revision,
                Arrays.stream(keys)
                        .map(key -> new Publication("kv", key, key + "@" + revision, 100))
                        .toList());
    }

    static Signal next(Subscription subscription) {
        return Objects.requireNonNull(eventually().until(subscription::poll, Objects::nonNull));
    }

    static Event nextEvent(Subscription subscription) {
        Signal signal = next(subscription);
        assertThat(signal).isInstanceOf(Event.class);
        return (Event) signal;
    }

    static void assertReset(Subscription subscription) {
        assertThat(next(subscription)).isInstanceOf(Reset.class);
    }

    /** Until all that was published is in the rings and everybody has been called. */
    static void settle(Hub hub) {
        eventually()
                .until(() -> hub.stats().shards().stream().allMatch(s -> s.inboxDepth() == 0 && s.lagRevisions() == 0));
    }

    // ---- ordered, unique, atomic ----

    @Test
    void eventsComeOnceAndInTheOrderOfTheirRevisions() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, START, HubContract::nothing);

        for (long revision = 11; revision <= 60; revision++) {
            put(hub, revision, "a/b");
        }

        for (long revision = 11; revision <= 60; revision++) {
            assertThat(nextEvent(subscription).revision()).isEqualTo(revision);
        }
        assertThat(subscription.poll()).isNull();
    }

    @Test
    void allChangesOfARevisionToASubjectAreOneEvent() {
        Hub hub = open(options);
        Subscription prefix = hub.subscribe(Subject.prefix("kv", "a/"), START, HubContract::nothing);

        put(hub, 11, "a/z", "b/x", "a/b", "a/z");

        assertThat(nextEvent(prefix).changes()).containsExactly("a/z@11", "a/b@11", "a/z@11");
        settle(hub);
        assertThat(prefix.poll()).isNull();
    }

    @Test
    void aSubscriptionGetsOnlyWhatConcernsItsSubject() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, START, HubContract::nothing);

        put(hub, 11, "a/bc", "a/", "a");
        hub.publish(12, List.of(new Publication("service", "a/b", "another topic", 1)));
        put(hub, 13, "a/b");

        assertThat(nextEvent(subscription).revision()).isEqualTo(13);
    }

    @Test
    void aPrefixSubscriptionGetsEveryKeyThatStartsWithIt() {
        Hub hub = open(options);
        List<Subscription> subscriptions = new ArrayList<>();
        for (String prefix : List.of("", "a", "a/", "a/b", "a/b/c")) {
            subscriptions.add(hub.subscribe(Subject.prefix("kv", prefix), START, HubContract::nothing));
        }
        Subscription stranger = hub.subscribe(Subject.prefix("kv", "a/a"), START, HubContract::nothing);

        put(hub, 11, "a/b/c");
        put(hub, 12, "a/a/x");

        for (Subscription subscription : subscriptions) {
            assertThat(nextEvent(subscription).changes()).containsExactly("a/b/c@11");
        }
        assertThat(nextEvent(stranger).changes()).containsExactly("a/a/x@12");
    }

    @Test
    void aKeyThatDoesNotExistYetIsWatchedLikeAnyOther() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(Subject.exact("kv", "to come"), START, HubContract::nothing);
        assertThat(subscription.poll()).isNull();

        put(hub, 11, "to come");

        assertThat(nextEvent(subscription).revision()).isEqualTo(11);
    }

    @Test
    void anEncodingIsMadeOnceForAllSubscribersOfAnEvent() {
        Hub hub = open(options);
        Subscription first = hub.subscribe(KEY, START, HubContract::nothing);
        Subscription second = hub.subscribe(KEY, START, HubContract::nothing);
        Subscription prefix = hub.subscribe(Subject.prefix("kv", "a"), START, HubContract::nothing);
        AtomicInteger made = new AtomicInteger();

        put(hub, 11, "a/b");

        for (Subscription subscription : List.of(first, second, prefix)) {
            String frame = nextEvent(subscription).frame(0, event -> "frame " + made.incrementAndGet());
            assertThat(frame).isEqualTo("frame 1");
        }
    }

    @Test
    void revisionsThatDoNotRiseAreRefused() {
        Hub hub = open(options);

        assertThatThrownBy(() -> put(hub, START, "a/b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10 published after 10");
    }

    // ---- resumable ----

    @Test
    void aResumeFromARevisionInTheRingNeedsNoSnapshot() {
        Hub hub = open(options);
        Subscription before = hub.subscribe(KEY, START, HubContract::nothing);
        put(hub, 11, "a/b");
        put(hub, 12, "other");
        put(hub, 13, "a/b");
        assertThat(nextEvent(before).revision()).isEqualTo(11);
        long bookmark = before.position();
        before.close();

        Subscription after = hub.subscribe(KEY, bookmark, HubContract::nothing);

        assertThat(nextEvent(after).revision()).isEqualTo(13);
    }

    @Test
    void theRingOutlivesItsLastSubscriberForTheRetention() {
        Hub hub = open(options);
        hub.subscribe(KEY, START, HubContract::nothing).close();
        put(hub, 11, "a/b");
        settle(hub);
        nanos.addAndGet(options.retention().toNanos() / 2);
        put(hub, 12, "a/b");

        Subscription back = hub.subscribe(KEY, START, HubContract::nothing);

        assertThat(nextEvent(back).revision()).isEqualTo(11);
        assertThat(nextEvent(back).revision()).isEqualTo(12);
    }

    @Test
    void anEventOlderThanTheRetentionIsForgotten() {
        Hub hub = open(options);
        Subscription slow = hub.subscribe(KEY, START, HubContract::nothing);
        put(hub, 11, "a/b");
        settle(hub);
        nanos.addAndGet(options.retention().toNanos() * 2);
        put(hub, 12, "a/b");
        put(hub, 13, "a/b");
        settle(hub);

        assertReset(slow);
    }

    @Test
    void aResumeFromBeforeTheRingGetsOneReset() {
        Hub hub = open(options);
        put(hub, 11, "a/b");

        Subscription subscription = hub.subscribe(KEY, 5, HubContract::nothing);

        assertReset(subscription);
        assertThat(subscription.poll()).as("until the snapshot is there").isNull();
        subscription.resumeAfter(11);
        assertThat(subscription.poll()).isNull();
        put(hub, 12, "a/b");
        assertThat(nextEvent(subscription).revision()).isEqualTo(12);
    }

    @Test
    void aSubscriberThatKnowsNothingStartsWithAReset() {
        Hub hub = open(options);

        assertReset(hub.subscribe(KEY, 0, HubContract::nothing));
    }

    @Test
    void aSnapshotReadBeforeTheFirstPollSavesTheReset() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, 0, HubContract::nothing);
        put(hub, 11, "a/b");
        put(hub, 12, "a/b");

        subscription.resumeAfter(11);

        assertThat(nextEvent(subscription).revision()).isEqualTo(12);
    }

    @Test
    void eventsThatAreInTheSnapshotAreLeftOut() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, 0, HubContract::nothing);
        assertReset(subscription);
        for (long revision = 11; revision <= 20; revision++) {
            put(hub, revision, "a/b");
        }

        subscription.resumeAfter(18);

        assertThat(nextEvent(subscription).revision()).isEqualTo(19);
        assertThat(nextEvent(subscription).revision()).isEqualTo(20);
    }

    @Test
    void aSubscriberFromAServerFurtherOnWaitsForTheHubToCatchUp() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, 12, HubContract::nothing);

        put(hub, 11, "a/b");
        put(hub, 12, "a/b");
        put(hub, 13, "a/b");

        assertThat(nextEvent(subscription).revision()).isEqualTo(13);
    }

    // ---- bounded ----

    @Test
    void aSubscriberThatFallsBehindTheRingGetsAResetAndOthersNoticeNothing() {
        Hub hub = open(options.withRing(4, 1 << 20, Duration.ofMinutes(1)));
        Subscription slow = hub.subscribe(KEY, START, HubContract::nothing);
        Subscription fast = hub.subscribe(KEY, START, HubContract::nothing);

        for (long revision = 11; revision <= 30; revision++) {
            put(hub, revision, "a/b");
            assertThat(nextEvent(fast).revision()).isEqualTo(revision);
        }

        assertReset(slow);
        slow.resumeAfter(28);
        assertThat(nextEvent(slow).revision()).isEqualTo(29);
        assertThat(nextEvent(slow).revision()).isEqualTo(30);
        assertThat(fast.poll()).isNull();
    }

    @Test
    void aRingIsBoundedByBytes() {
        // Each change weighs 100 bytes and the overhead of an entry: four fit.
        Hub hub = open(options.withRing(1_000, 4 * (100 + Entry.OVERHEAD_BYTES), Duration.ofMinutes(1)));
        Subscription slow = hub.subscribe(KEY, START, HubContract::nothing);

        for (long revision = 11; revision <= 15; revision++) {
            put(hub, revision, "a/b");
        }
        settle(hub);

        assertThat(hub.stats().shards().stream()
                        .mapToLong(HubStats.Shard::ringBytes)
                        .sum())
                .isEqualTo(4 * (100 + Entry.OVERHEAD_BYTES));
        assertReset(slow);
    }

    @Test
    void anEventLargerThanARingGivesEverybodyThereAReset() {
        Hub hub = open(options.withRing(16, 1_000, Duration.ofMinutes(1)));
        Subscription drained = hub.subscribe(KEY, START, HubContract::nothing);
        Subscription behind = hub.subscribe(KEY, START, HubContract::nothing);
        put(hub, 11, "a/b");
        nextEvent(drained);

        hub.publish(12, List.of(new Publication("kv", "a/b", "large", 1_001)));

        assertReset(drained);
        settle(hub);
        assertReset(behind);
        drained.resumeAfter(12);
        put(hub, 13, "a/b");
        assertThat(nextEvent(drained).revision()).isEqualTo(13);
    }

    @Test
    void aResetThatComesTooLateForItsSnapshotIsFollowedByAnother() {
        Hub hub = open(options.withRing(2, 1 << 20, Duration.ofMinutes(1)));
        Subscription subscription = hub.subscribe(KEY, 0, HubContract::nothing);
        assertReset(subscription);
        for (long revision = 11; revision <= 14; revision++) {
            put(hub, revision, "a/b");
        }
        settle(hub);

        subscription.resumeAfter(11);

        assertReset(subscription);
    }

    @Test
    void subscriptionsAreBoundedAndTheErrorNamesTheLimit() {
        Hub hub = open(options.withWatchersMax(2, 2, 2));
        Subscription first = hub.subscribe(KEY, START, HubContract::nothing);
        hub.subscribe(OTHER, START, HubContract::nothing);

        assertThatThrownBy(() -> hub.subscribe(KEY, START, HubContract::nothing))
                .isInstanceOf(HubFullException.class)
                .hasMessageContaining("2 subscriptions (subscriptionsMax)");
        first.close();
        first.close();
        hub.subscribe(KEY, START, HubContract::nothing);
        assertThatThrownBy(() -> hub.subscribe(KEY, START, HubContract::nothing))
                .isInstanceOf(HubFullException.class);
    }

    @Test
    void waitersAreBoundedAndTheErrorNamesTheLimit() {
        Hub hub = open(options.withWatchersMax(2, 2, 2));
        Waiter first = hub.await(KEY, START, HubContract::nothing);
        hub.await(OTHER, START, HubContract::nothing);

        assertThatThrownBy(() -> hub.await(KEY, START, HubContract::nothing))
                .isInstanceOf(HubFullException.class)
                .hasMessageContaining("2 waiters (waitersMax)");
        assertThat(first.cancel()).isTrue();
        hub.await(KEY, START, HubContract::nothing);
    }

    @Test
    void cancelledWaitersAreLetGoOf() {
        Hub hub = open(options);
        List<WeakReference<Runnable>> callbacks = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            AtomicInteger own = new AtomicInteger();
            Runnable wake = own::incrementAndGet;
            callbacks.add(new WeakReference<>(wake));
            assertThat(hub.await(KEY, START, wake).cancel()).isTrue();
        }

        eventually().atMost(Duration.ofSeconds(30)).until(() -> {
            System.gc();
            return callbacks.stream().filter(callback -> callback.get() != null).count() <= 100;
        });
    }

    // ---- ready ----

    @Test
    void readyIsCalledOnceForEachTimeTheSubscriptionWasDrained() {
        Hub hub = open(options);
        AtomicInteger ready = new AtomicInteger();
        Subscription subscription = hub.subscribe(KEY, START, ready::incrementAndGet);
        put(hub, 11, "a/b");
        settle(hub);
        assertThat(ready).as("before the first poll").hasValue(0);
        nextEvent(subscription);
        assertThat(subscription.poll()).isNull();

        put(hub, 12, "a/b");
        put(hub, 13, "a/b");
        settle(hub);

        eventually().until(() -> ready.get() == 1);
        nextEvent(subscription);
        put(hub, 14, "a/b");
        settle(hub);
        nextEvent(subscription);
        nextEvent(subscription);
        assertThat(ready).as("not drained in between").hasValue(1);
        assertThat(subscription.poll()).isNull();
        put(hub, 15, "a/b");
        eventually().until(() -> ready.get() == 2);
    }

    @Test
    void readyIsCalledWhenAResetIsDue() {
        Hub hub = open(options);
        AtomicInteger ready = new AtomicInteger();
        Subscription subscription = hub.subscribe(KEY, START, ready::incrementAndGet);
        assertThat(subscription.poll()).isNull();

        hub.reset(11);

        eventually().until(() -> ready.get() == 1);
        assertReset(subscription);
    }

    @Test
    void aSubscriberThatThrowsHarmsNobody() {
        Hub hub = open(options);
        Subscription bad = hub.subscribe(KEY, START, () -> {
            throw new IllegalStateException("on purpose");
        });
        AtomicInteger ready = new AtomicInteger();
        Subscription good = hub.subscribe(KEY, START, ready::incrementAndGet);
        AtomicInteger woken = new AtomicInteger();
        hub.await(KEY, START, () -> {
            throw new AssertionError("on purpose");
        });
        hub.await(KEY, START, woken::incrementAndGet);
        assertThat(bad.poll()).isNull();
        assertThat(good.poll()).isNull();

        put(hub, 11, "a/b");

        eventually().until(() -> ready.get() == 1);
        eventually().until(() -> woken.get() == 1);
        assertThat(nextEvent(good).revision()).isEqualTo(11);
        assertThat(nextEvent(bad).revision()).isEqualTo(11);
    }

    @Test
    void onlySubscribersOfTheSubjectsTouchedAreWoken() {
        Hub hub = open(options);
        AtomicInteger strangers = new AtomicInteger();
        assertThat(hub.subscribe(OTHER, START, strangers::incrementAndGet).poll())
                .isNull();
        assertThat(hub.subscribe(Subject.prefix("kv", "a/c"), START, strangers::incrementAndGet)
                        .poll())
                .isNull();
        hub.await(OTHER, START, strangers::incrementAndGet);
        AtomicInteger ready = new AtomicInteger();
        assertThat(hub.subscribe(KEY, START, ready::incrementAndGet).poll()).isNull();

        put(hub, 11, "a/b");
        eventually().until(() -> ready.get() == 1);
        settle(hub);

        assertThat(strangers).hasValue(0);
    }

    @Test
    void aClosedSubscriptionIsNotCalledAndGivesNothing() {
        Hub hub = open(options);
        AtomicInteger ready = new AtomicInteger();
        Subscription closed = hub.subscribe(KEY, START, ready::incrementAndGet);
        Subscription open = hub.subscribe(KEY, START, HubContract::nothing);
        assertThat(closed.poll()).isNull();
        closed.close();

        put(hub, 11, "a/b");
        nextEvent(open);

        assertThat(closed.poll()).isNull();
        assertThat(ready).hasValue(0);
    }

    // ---- waiters ----

    @Test
    void aWaiterIsWokenOnceByAChangeToItsSubject() {
        Hub hub = open(options);
        AtomicInteger woken = new AtomicInteger();
        Waiter waiter = hub.await(KEY, START, woken::incrementAndGet);
        assertThat(woken).hasValue(0);

        put(hub, 11, "a/b");
        eventually().until(() -> woken.get() == 1);
        put(hub, 12, "a/b");
        settle(hub);

        assertThat(woken).hasValue(1);
        assertThat(waiter.cancel()).isFalse();
    }

    @Test
    void aWaiterOnAPrefixIsWokenByAnyKeyThatStartsWithIt() {
        Hub hub = open(options);
        AtomicInteger woken = new AtomicInteger();
        hub.await(Subject.prefix("kv", "a/"), START, woken::incrementAndGet);

        put(hub, 11, "a/new");

        eventually().until(() -> woken.get() == 1);
    }

    @Test
    void aWaiterIsWokenAtOnceWhenSomethingMayHaveHappenedAlready() {
        Hub hub = open(options);
        AtomicInteger woken = new AtomicInteger();

        hub.await(KEY, 9, woken::incrementAndGet);

        assertThat(woken).as("nobody watched between 9 and 10").hasValue(1);
    }

    @Test
    void aWaiterThatKnowsOfTheChangeAlreadyGoesOnWaiting() {
        Hub hub = open(options);
        AtomicInteger woken = new AtomicInteger();
        hub.await(KEY, 11, woken::incrementAndGet);
        AtomicInteger earlier = new AtomicInteger();
        hub.await(KEY, START, earlier::incrementAndGet);

        put(hub, 11, "a/b");
        eventually().until(() -> earlier.get() == 1);
        settle(hub);
        if (shape() != HubShape.SINGLE) {
            assertThat(woken).hasValue(0);
            put(hub, 12, "a/b");
        }

        eventually().until(() -> woken.get() == 1);
    }

    @Test
    void aCancelledWaiterIsNotWoken() {
        Hub hub = open(options);
        AtomicInteger woken = new AtomicInteger();
        Waiter waiter = hub.await(KEY, START, woken::incrementAndGet);
        Subscription other = hub.subscribe(KEY, START, HubContract::nothing);

        assertThat(waiter.cancel()).isTrue();
        put(hub, 11, "a/b");
        nextEvent(other);
        settle(hub);

        assertThat(woken).hasValue(0);
        assertThat(waiter.cancel()).isFalse();
    }

    // ---- the state is replaced ----

    @Test
    void replacingTheStateResetsEverySubscriptionAndWakesEveryWaiter() {
        Hub hub = open(options);
        List<Subscription> subscriptions = List.of(
                hub.subscribe(KEY, START, HubContract::nothing),
                hub.subscribe(OTHER, START, HubContract::nothing),
                hub.subscribe(Subject.prefix("kv", ""), START, HubContract::nothing));
        AtomicInteger woken = new AtomicInteger();
        hub.await(KEY, START, woken::incrementAndGet);
        hub.await(OTHER, 400, woken::incrementAndGet);

        hub.reset(500);

        eventually().until(() -> woken.get() == 2);
        subscriptions.forEach(HubContract::assertReset);
    }

    @Test
    void revisionsMayGoBackWhenTheStateIsReplaced() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, START, HubContract::nothing);
        put(hub, 500, "a/b");
        assertThat(nextEvent(subscription).revision()).isEqualTo(500);

        hub.reset(300);
        assertReset(subscription);
        subscription.resumeAfter(300);
        put(hub, 301, "a/b");

        assertThat(nextEvent(subscription).revision()).isEqualTo(301);
        assertReset(hub.subscribe(KEY, 500, HubContract::nothing));
        AtomicInteger woken = new AtomicInteger();
        hub.await(KEY, 500, woken::incrementAndGet);
        eventually().until(() -> woken.get() == 1);
    }

    @Test
    void aSnapshotReadBeforeTheStateWasReplacedIsNotResumedFrom() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, 0, HubContract::nothing);
        assertReset(subscription);

        hub.reset(300);
        AtomicBoolean told = new AtomicBoolean();
        Subscription witness = hub.subscribe(KEY, 0, () -> told.set(true));
        assertReset(witness);
        subscription.resumeAfter(450);

        assertReset(subscription);
    }

    // ---- bookmarks ----

    @Test
    void thePositionOfAnIdleSubscriptionRisesWithWhatIsPublishedElsewhere() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, START, HubContract::nothing);
        hub.subscribe(OTHER, START, HubContract::nothing);
        assertThat(subscription.poll()).isNull();

        put(hub, 11, "other");
        put(hub, 12, "unwatched");
        hub.publish(13, List.of());

        eventually().until(subscription::position, position -> position == 13);
    }

    @Test
    void thePositionIsThatOfTheLastEventPolledWhileMoreIsAtHand() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, START, HubContract::nothing);
        put(hub, 11, "a/b");
        put(hub, 12, "a/b");
        settle(hub);
        assertThat(subscription.position()).isEqualTo(START);

        nextEvent(subscription);

        assertThat(subscription.position()).isEqualTo(11);
    }

    @Test
    void thereIsNoPositionWhileASnapshotIsDue() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, 5, HubContract::nothing);
        assertThat(subscription.position()).isEqualTo(0);
        assertReset(subscription);
        assertThat(subscription.position()).isEqualTo(0);

        subscription.resumeAfter(START);

        assertThat(subscription.position()).isEqualTo(START);
    }

    // ---- publisher, stats, end ----

    @Test
    void publishingReturnsWhileASubscriberHangs() throws InterruptedException {
        Hub hub = open(options.withInboxEntriesMax(8));
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Subscription stuck = hub.subscribe(KEY, START, () -> {
            hanging.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        AtomicInteger woken = new AtomicInteger();
        hub.await(KEY, 11, woken::incrementAndGet);
        assertThat(stuck.poll()).isNull();
        put(hub, 11, "a/b");
        hanging.await();

        for (long revision = 12; revision <= 1_000; revision++) {
            put(hub, revision, "a/b");
        }

        assertThat(woken)
                .as("the shard is stuck, and the inbox has long been full")
                .hasValue(0);
        release.countDown();
        eventually().until(() -> woken.get() == 1);
        settle(hub);
        assertReset(stuck);
        stuck.resumeAfter(1_000);
        put(hub, 1_001, "a/b");
        assertThat(nextEvent(stuck).revision()).isEqualTo(1_001);
    }

    @Test
    void statsCountWhatTheHubHoldsAndHasDone() {
        Hub hub = open(options);
        Subscription subscription = hub.subscribe(KEY, START, HubContract::nothing);
        assertThat(subscription.poll()).isNull();
        Waiter waiter = hub.await(KEY, START, HubContract::nothing);
        put(hub, 11, "a/b");
        // Before the event is taken: who takes it first need not be called.
        eventually().until(() -> wakeups(hub) == 2);
        nextEvent(subscription);
        settle(hub);
        assertReset(hub.subscribe(KEY, 1, HubContract::nothing));

        HubStats stats = hub.stats();

        assertThat(waiter.cancel()).isFalse();
        assertThat(stats.shards().stream().mapToInt(HubStats.Shard::channels).sum())
                .isEqualTo(1);
        assertThat(stats.shards().stream()
                        .mapToInt(HubStats.Shard::subscriptions)
                        .sum())
                .isEqualTo(2);
        assertThat(stats.shards().stream().mapToInt(HubStats.Shard::waiters).sum())
                .isEqualTo(0);
        assertThat(stats.shards().stream().mapToLong(HubStats.Shard::events).sum())
                .isEqualTo(1);
        assertThat(wakeups(hub)).isEqualTo(2);
        assertThat(stats.shards().stream().mapToLong(HubStats.Shard::resets).sum())
                .isEqualTo(1);
    }

    private static long wakeups(Hub hub) {
        return hub.stats().shards().stream().mapToLong(HubStats.Shard::wakeups).sum();
    }

    @Test
    void closingWakesWaitersAndRefusesNewWatches() {
        Hub hub = open(options);
        AtomicInteger woken = new AtomicInteger();
        hub.await(KEY, START, woken::incrementAndGet);

        hub.close();

        assertThat(woken).hasValue(1);
        assertThatThrownBy(() -> hub.subscribe(KEY, START, HubContract::nothing))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> hub.await(KEY, START, HubContract::nothing)).isInstanceOf(IllegalStateException.class);
    }
}
