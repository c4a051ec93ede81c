package dev.coord.streaming;

import java.util.Random;
import java.util.concurrent.CountDownLatch;

/** Reads the state, waits for its subject to change, and reads again; sometimes gives up waiting. */
final class LongPoller {

    private final Hub hub;
    private final PublishedLog log;
    private final Subject subject;
    private final Random random;
    private volatile long known;

    LongPoller(Hub hub, PublishedLog log, Subject subject, Random random) {
        this.hub = hub;
        this.log = log;
        this.subject = subject;
        this.random = random;
    }

    /** The revision of the state that it has read last. */
    long known() {
        return known;
    }

    /** Until interrupted. */
    void poll() {
        try {
            while (true) {
                long revision = log.read().revision();
                known = revision;
                CountDownLatch woken = new CountDownLatch(1);
                Waiter waiter = hub.await(subject, revision, woken::countDown);
                if (random.nextInt(4) != 0 || !waiter.cancel()) {
                    woken.await();
                }
            }
        } catch (InterruptedException end) {
            // done
        }
    }
}
