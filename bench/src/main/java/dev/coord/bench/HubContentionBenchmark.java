package dev.coord.bench;

import dev.coord.streaming.Event;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubShape;
import dev.coord.streaming.Publication;
import dev.coord.streaming.Signal;
import dev.coord.streaming.Subject;
import dev.coord.streaming.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * P10: what publishing and delivering costs in the three shapes of the hub, 1,000 subjects with 10 subscribers each.
 *
 * <p>A hub has one publisher at a time (the thread that applies the log), so the threads that vary are the subscribers':
 * 1 to 8 of them share the subscriptions as event loops do. One operation is one event, handed to the hub and, some time
 * later, to all of its subscribers: at most {@link #WINDOW} are under way, so the score is the rate at which events are
 * delivered. How long the publisher is held up is recorded for the call of publish alone, and printed with the wakeups
 * for each iteration. A subscriber that is still busy when the next event comes needs no wakeup for it, so there are
 * fewer than subscribers in a fast run; more than those only where strangers are woken.
 *
 * <p>Each iteration proves what it measured: every subscriber of a subject got every event, none a reset.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Threads(1)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class HubContentionBenchmark {

    private static final int SUBJECTS = 1_000;
    private static final long WINDOW = 256;
    private static final long DELIVERY_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

    @Param({"single", "keyed", "sharded"})
    public String shape = "sharded";

    @Param({"1", "2", "4", "8"})
    public int subscriberThreads = 1;

    @Param({"10"})
    public int subscribersPerSubject = 10;

    private final LongAdder delivered = new LongAdder();
    private final LongAdder resets = new LongAdder();
    private final LongAdder wakeups = new LongAdder();
    private final List<Subscriber> subscribers = new ArrayList<>();
    private final Random random = new Random(42);
    private final String[] keys = new String[SUBJECTS];
    private @Nullable Hub hub;
    private long published;
    private final Histogram publishNanos = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    private long publishedBefore;
    private long wakeupsBefore;

    @Setup(Level.Iteration)
    public void beginIteration() {
        publishNanos.reset();
        publishedBefore = published;
        wakeupsBefore = wakeups.sum();
    }

    @Setup(Level.Trial)
    public void subscribeAll() {
        Hub opened =
                HubShape.named(shape).open(HubOptions.defaults().withRing(1 << 14, 16 << 20, Duration.ofMinutes(10)));
        hub = opened;
        opened.publish(1, List.of());
        for (int i = 0; i < subscriberThreads; i++) {
            subscribers.add(new Subscriber("subscriber-" + i));
        }
        for (int subject = 0; subject < SUBJECTS; subject++) {
            keys[subject] = "service/" + subject;
            for (int i = 0; i < subscribersPerSubject; i++) {
                subscribers
                        .get((subject * subscribersPerSubject + i) % subscriberThreads)
                        .follow(opened, Subject.exact("kv", keys[subject]));
            }
        }
        subscribers.forEach(Thread::start);
    }

    @Benchmark
    public void publishAndDeliver() {
        String key = keys[random.nextInt(SUBJECTS)];
        List<Publication> change = List.of(new Publication("kv", key, key, 256));
        long begin = System.nanoTime();
        openHub().publish(published + 2, change);
        publishNanos.recordValue(System.nanoTime() - begin);
        published++;
        while (undelivered() > WINDOW * subscribersPerSubject) {
            LockSupport.parkNanos(1_000);
        }
    }

    private long undelivered() {
        return published * subscribersPerSubject - delivered.sum();
    }

    /** What was published has arrived, whole, and nobody was woken who had nothing to hear, but in the single shape. */
    @TearDown(Level.Iteration)
    public void proveDelivery() {
        long deadline = System.nanoTime() + DELIVERY_TIMEOUT_NANOS;
        while (undelivered() > 0 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(100_000);
        }
        if (undelivered() != 0 || resets.sum() != 0) {
            throw new IllegalStateException(undelivered() + " events are missing, " + resets.sum() + " resets");
        }
        if (!shape.equals("single") && wakeups.sum() > delivered.sum()) {
            throw new IllegalStateException(wakeups.sum() + " wakeups for " + delivered.sum() + " events delivered");
        }
        System.out.printf(
                "publish p50 %.1f us, p99 %.1f us; %.1f wakeups for an event; ",
                publishNanos.getValueAtPercentile(50) / 1_000.0,
                publishNanos.getValueAtPercentile(99) / 1_000.0,
                (double) (wakeups.sum() - wakeupsBefore) / Math.max(1, published - publishedBefore));
    }

    @TearDown(Level.Trial)
    public void close() throws InterruptedException {
        for (Subscriber subscriber : subscribers) {
            subscriber.interrupt();
            subscriber.join();
        }
        subscribers.clear();
        openHub().close();
    }

    private Hub openHub() {
        return Objects.requireNonNull(hub, "hub");
    }

    /** A thread that serves many subscriptions, as an event loop does. */
    private final class Subscriber extends Thread {

        private final BlockingQueue<Subscription> ready = new LinkedBlockingQueue<>();

        Subscriber(String name) {
            super(name);
        }

        /** Before the thread starts. */
        void follow(Hub of, Subject subject) {
            AtomicReference<Subscription> self = new AtomicReference<>();
            self.set(of.subscribe(subject, 1, () -> {
                wakeups.increment();
                ready.add(self.get());
            }));
            // Drained at the start, like everybody who waits.
            drain(self.get());
        }

        @Override
        public void run() {
            try {
                while (true) {
                    drain(ready.take());
                }
            } catch (InterruptedException end) {
                ready.clear();
            }
        }

        private void drain(Subscription subscription) {
            for (Signal signal = subscription.poll(); signal != null; signal = subscription.poll()) {
                if (signal instanceof Event) {
                    delivered.increment();
                } else {
                    resets.increment();
                }
            }
        }
    }
}
