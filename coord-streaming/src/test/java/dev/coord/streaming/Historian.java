package dev.coord.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A subscriber that keeps a view of its subject from snapshots and events, dawdles, hangs up and resumes at random, and
 * holds everything it is told against the published log. All but {@link #known()} belongs to its thread.
 */
final class Historian {

    private final Hub hub;
    private final PublishedLog log;
    private final Subject subject;
    private final Random random;
    /** Of a thousand polls, before how many it dawdles. */
    private final int dawdling;
    /** How often the hub's shape was changed: each change may call ready once more. */
    private final AtomicInteger shapeChanges;

    private final Semaphore ready = new Semaphore(0);
    private final AtomicInteger readyCalls = new AtomicInteger();
    private Subscription subscription;
    private final Map<String, Long> view = new TreeMap<>();
    private volatile long known;
    private int nullPolls;
    private int events;
    private int resets;
    private int resumes;

    Historian(Hub hub, PublishedLog log, Subject subject, Random random, int dawdling, AtomicInteger shapeChanges) {
        this.hub = hub;
        this.log = log;
        this.subject = subject;
        this.random = random;
        this.dawdling = dawdling;
        this.shapeChanges = shapeChanges;
        this.subscription = hub.subscribe(subject, 0, this::ready);
    }

    /** The revision up to which it has heard all. */
    long known() {
        return known;
    }

    int events() {
        return events;
    }

    int resets() {
        return resets;
    }

    int resumes() {
        return resumes;
    }

    private void ready() {
        readyCalls.incrementAndGet();
        ready.release();
    }

    /** Until interrupted. */
    void follow() {
        try {
            while (true) {
                step();
            }
        } catch (InterruptedException end) {
            subscription.close();
        }
    }

    private void step() throws InterruptedException {
        if (random.nextInt(1_000) < dawdling) {
            LockSupport.parkNanos(random.nextInt(3_000_000));
        }
        Signal signal = subscription.poll();
        if (signal instanceof Event event) {
            take(event);
        } else if (signal instanceof Reset) {
            resets++;
            takeSnapshot();
        } else {
            nullPolls++;
            assertThat(readyCalls.get()).as("calls of ready").isLessThanOrEqualTo(nullPolls + shapeChanges.get() + 1);
            takeBookmark();
            if (random.nextInt(10) == 0) {
                reconnect();
            } else {
                ready.acquire();
            }
        }
    }

    private void take(Event event) {
        events++;
        long revision = event.revision();
        assertThat(revision).as("ordered and unique").isGreaterThan(known);
        assertThat(log.revisionsOfNote(subject, known, revision - 1))
                .as("missed between %s and %s", known, revision)
                .isEmpty();
        assertThat(event.changes())
                .as("whole")
                .isEqualTo(log.changes(subject, revision))
                .isNotEmpty();
        for (Object change : event.changes()) {
            view.put(((PublishedLog.KeyChange) change).key(), revision);
        }
        assertThat(view).as("view at %s", revision).isEqualTo(log.at(revision).of(subject));
        known = revision;
        assertThat(subscription.position())
                .as("position, 0 when a reset is due")
                .satisfiesAnyOf(position -> assertThat(position).isZero(), position -> assertThat(position)
                        .isGreaterThanOrEqualTo(revision));
    }

    private void takeSnapshot() {
        PublishedLog.State state = log.read();
        view.clear();
        view.putAll(state.of(subject));
        subscription.resumeAfter(state.revision());
        known = state.revision();
    }

    private void takeBookmark() {
        long position = subscription.position();
        if (position > known) {
            assertThat(log.revisionsOfNote(subject, known, position))
                    .as("missed between %s and the bookmark %s", known, position)
                    .isEmpty();
            known = position;
        }
    }

    private void reconnect() {
        subscription.close();
        resumes++;
        subscription = hub.subscribe(subject, random.nextInt(8) == 0 ? 0 : known, this::ready);
    }
}
