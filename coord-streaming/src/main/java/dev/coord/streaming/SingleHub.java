package dev.coord.streaming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shape that others are compared with: one list of events and one lock for a topic. The publisher takes the lock,
 * wakes all subscribers of the topic, and each looks, under the same lock, whether there is something for it. Kept
 * because it is what fails under load: not for a server with many subscribers.
 *
 * <p>Of {@link Hub}'s words it does not keep two: publishing takes a lock, and wakes subscribers of subjects that were
 * not touched. It has no thread: ready and wake are called by the publisher's, after it has let go of the lock. The
 * bounds by ring hold for a topic instead of a subject.
 */
final class SingleHub implements Hub {

    private static final Logger log = LoggerFactory.getLogger(SingleHub.class);

    private final HubOptions options;
    private final Timeline timeline = new Timeline();
    /** A few names in the program; they stay. */
    private final Map<String, Topic> topics = new ConcurrentHashMap<>();

    private final AtomicInteger subscriptions = new AtomicInteger();
    private final AtomicInteger waiters = new AtomicInteger();
    private final LongAdder events = new LongAdder();
    private final LongAdder wakeups = new LongAdder();
    private final LongAdder resets = new LongAdder();
    private volatile boolean closed;

    SingleHub(HubOptions options) {
        this.options = options;
    }

    @Override
    public void publish(long revision, List<Publication> publications) {
        timeline.begin(revision);
        Map<Topic, List<Publication>> byTopic = new LinkedHashMap<>();
        for (Publication publication : publications) {
            Topic topic = topics.get(publication.topic());
            if (topic != null) {
                byTopic.computeIfAbsent(topic, first -> new ArrayList<>()).add(publication);
            }
        }
        byTopic.forEach((topic, changes) -> {
            events.increment();
            topic.append(new TopicEntry(revision, changes, options.nanoClock().getAsLong()))
                    .forEach(this::call);
        });
        timeline.end(revision);
    }

    @Override
    public void reset(long revision) {
        timeline.replace(revision);
        topics.values().forEach(topic -> topic.replace(revision).forEach(this::call));
        timeline.end(revision);
    }

    @Override
    public Subscription subscribe(Subject subject, long afterRevision, Runnable ready) {
        requireOpen();
        if (subscriptions.incrementAndGet() > options.subscriptionsMax()) {
            subscriptions.decrementAndGet();
            throw HubFullException.ofSubscriptions(options);
        }
        return new TopicSubscription(this, topic(subject), subject, afterRevision, ready);
    }

    @Override
    public Waiter await(Subject subject, long afterRevision, Runnable wake) {
        requireOpen();
        if (waiters.incrementAndGet() > options.waitersMax()) {
            waiters.decrementAndGet();
            throw HubFullException.ofWaiters(options);
        }
        Topic topic = topic(subject);
        TopicWaiter waiter = new TopicWaiter(this, topic, afterRevision, wake);
        if (!topic.park(waiter)) {
            call(waiter);
        }
        return waiter;
    }

    private Topic topic(Subject subject) {
        Topic topic = topics.computeIfAbsent(subject.topic(), name -> new Topic(options));
        topic.open(timeline);
        return topic;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the hub is closed: nothing can be watched any more");
        }
    }

    boolean isClosed() {
        return closed;
    }

    Timeline timeline() {
        return timeline;
    }

    void call(Runnable readyOrWake) {
        wakeups.increment();
        try {
            readyOrWake.run();
        } catch (RuntimeException | Error e) {
            log.warn("a subscriber failed when called", e);
        }
    }

    void subscriptionClosed() {
        subscriptions.decrementAndGet();
    }

    void waiterDone() {
        waiters.decrementAndGet();
    }

    void countReset() {
        resets.increment();
    }

    @Override
    public void startAfter(long revision) {
        timeline.startAfter(revision);
    }

    @Override
    public void callAll() {
        topics.values().forEach(topic -> topic.takeAll().forEach(this::call));
    }

    @Override
    public HubStats stats(int busiestMax) {
        Busiest busiest = new Busiest(busiestMax);
        topics.forEach((name, topic) -> busiest.add(topic.stats(name)));
        long ringBytes = topics.values().stream().mapToLong(Topic::bytes).sum();
        return new HubStats(
                HubShape.SINGLE,
                List.of(new HubStats.Shard(
                        topics.size(),
                        subscriptions.get(),
                        waiters.get(),
                        events.sum(),
                        wakeups.sum(),
                        resets.sum(),
                        ringBytes,
                        0,
                        0)),
                busiest.inOrder());
    }

    @Override
    public void close() {
        closed = true;
        topics.values().forEach(topic -> topic.takeWaiters().forEach(this::call));
    }
}
