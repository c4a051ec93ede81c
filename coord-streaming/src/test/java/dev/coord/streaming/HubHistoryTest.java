package dev.coord.streaming;

import static dev.coord.streaming.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random revisions over many subjects, and subscribers that are slow, hang up and resume; what each hears is checked
 * against the published log at every step. Rings, inboxes and retention are tiny, so that all bounds are met all the
 * time. After each burst everybody must catch up: a wakeup that is lost stops the test.
 */
class HubHistoryTest {

    private static final int ROUNDS = 60;
    private static final int BURST_MAX = 60;
    private static final int HISTORIANS = 12;
    private static final int LONG_POLLERS = 4;

    private static final HubOptions OPTIONS = HubOptions.defaults()
            .withShards(2)
            .withRing(8, 2_000, Duration.ofMillis(20))
            .withHubBytesMax(20_000)
            .withInboxEntriesMax(16)
            .withWatchersMax(1_000, 1_000, 4);

    private final AtomicInteger changes = new AtomicInteger();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void everySubscribersHistoryAgreesWithThePublishedLog(HubShape shape) throws InterruptedException {
        long seed = Long.getLong("coord.seed", System.nanoTime());
        System.out.println("HubHistoryTest " + shape + ": -Dcoord.seed=" + seed);
        Random random = new Random(seed);
        try (Hub hub = shape.open(OPTIONS)) {
            runAgainst(hub, random, seed);
        }
    }

    @Test
    void everySubscribersHistoryAgreesWithThePublishedLogWhileTheShapeIsChanged() throws InterruptedException {
        changeShapes();
    }

    @Tag("slow")
    @RepeatedTest(50)
    void everySubscribersHistoryAgreesWithThePublishedLogThroughManyMoreChangesOfShape() throws InterruptedException {
        changeShapes();
    }

    private void changeShapes() throws InterruptedException {
        long seed = Long.getLong("coord.seed", System.nanoTime());
        System.out.println("HubHistoryTest changing shapes: -Dcoord.seed=" + seed);
        Random random = new Random(seed);
        try (HubSwitch hub = new HubSwitch(HubShape.KEYED, OPTIONS)) {
            Random shapes = new Random(random.nextLong());
            start(() -> {
                HubShape[] all = HubShape.values();
                while (!Thread.currentThread().isInterrupted()) {
                    hub.changeTo(all[shapes.nextInt(all.length)]);
                    changes.incrementAndGet();
                    LockSupport.parkNanos(shapes.nextInt(5_000_000));
                }
            });
            runAgainst(hub, random, seed);
            assertThat(changes).as("changes of shape").hasValueGreaterThan(10);
        }
    }

    private void runAgainst(Hub hub, Random random, long seed) throws InterruptedException {
        PublishedLog log = new PublishedLog(hub, random);
        List<Historian> historians = new ArrayList<>();
        List<LongPoller> pollers = new ArrayList<>();
        for (int i = 0; i < HISTORIANS; i++) {
            Historian historian = new Historian(
                    hub, log, randomSubject(random), new Random(random.nextLong()), i % 3 == 0 ? 200 : 5, changes);
            historians.add(historian);
            start(historian::follow);
        }
        for (int i = 0; i < LONG_POLLERS; i++) {
            LongPoller poller = new LongPoller(hub, log, randomSubject(random), new Random(random.nextLong()));
            pollers.add(poller);
            start(poller::poll);
        }
        try {
            for (int round = 0; round < ROUNDS; round++) {
                burst(log, random);
                long last = log.changeAll();
                eventually()
                        .alias("everybody hears of revision " + last + " in round " + round + ", seed " + seed)
                        .until(() -> !failures.isEmpty()
                                || (historians.stream().allMatch(h -> h.known() >= last)
                                        && pollers.stream().allMatch(p -> p.known() >= last)));
                assertThat(failures).as("seed %s", seed).isEmpty();
            }
        } finally {
            stop();
        }
        assertThat(failures).as("seed %s", seed).isEmpty();
        assertThat(historians.stream().mapToInt(Historian::events).sum())
                .as("events")
                .isGreaterThan(ROUNDS);
        assertThat(historians.stream().mapToInt(Historian::resets).sum())
                .as("resets")
                .isGreaterThan(HISTORIANS);
        assertThat(historians.stream().mapToInt(Historian::resumes).sum())
                .as("resumes")
                .isGreaterThan(ROUNDS);
    }

    private static void burst(PublishedLog log, Random random) {
        for (int n = random.nextInt(BURST_MAX); n > 0; n--) {
            if (random.nextInt(200) == 0) {
                log.replaceState();
            } else {
                log.changeSome();
            }
            if (random.nextInt(4) == 0) {
                LockSupport.parkNanos(random.nextInt(200_000));
            }
        }
    }

    private static Subject randomSubject(Random random) {
        String key = PublishedLog.KEYS.get(random.nextInt(PublishedLog.KEYS.size()));
        return random.nextBoolean()
                ? Subject.exact("kv", key)
                : Subject.prefix("kv", key.substring(0, random.nextInt(key.length() + 1)));
    }

    private void start(Runnable body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (RuntimeException | Error e) {
                failures.add(e);
            }
        });
        threads.add(thread);
        thread.start();
    }

    private void stop() throws InterruptedException {
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
