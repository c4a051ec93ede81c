package dev.coord.streaming;

import org.jspecify.annotations.Nullable;

/** A position in the list of a topic, and the subject to pick from it. Guarded by the topic. */
final class TopicSubscription implements Subscription {

    private final SingleHub hub;
    private final Topic topic;
    private final Subject subject;
    private final Runnable ready;

    private long after;
    private long cursor;
    private int epoch;
    private boolean armed;
    private boolean awaitsSnapshot;
    private @Nullable String resetReason;

    TopicSubscription(SingleHub hub, Topic topic, Subject subject, long afterRevision, Runnable ready) {
        this.hub = hub;
        this.topic = topic;
        this.subject = subject;
        this.ready = ready;
        synchronized (topic) {
            topic.add(this);
            epoch = topic.epoch();
            resumeAfter(afterRevision);
            if (afterRevision == 0) {
                resetReason = "nothing is known to the subscriber";
            } else if (hub.timeline().replacedSince(afterRevision)) {
                resetReason = "the state was replaced after revision " + afterRevision;
            }
        }
    }

    @Override
    public @Nullable Signal poll() {
        synchronized (topic) {
            if (awaitsSnapshot || !topic.holds(this)) {
                return null;
            }
            Event event = peek();
            if (resetReason != null) {
                return reset(resetReason);
            }
            if (event == null) {
                armed = true;
                return null;
            }
            cursor++;
            after = event.revision();
            return event;
        }
    }

    /** Goes over what is not for this subscription, up to an event or the end. */
    private @Nullable Event peek() {
        if (resetReason == null && epoch != topic.epoch()) {
            resetReason = "the state was replaced";
        }
        if (resetReason == null && cursor < topic.head()) {
            cursor = topic.indexAfter(after);
            if (after < topic.floor()) {
                resetReason = "events up to revision " + topic.floor() + " are no longer kept, and only those up to "
                        + after + " were read";
            }
        }
        while (resetReason == null && cursor < topic.tail()) {
            TopicEntry entry = topic.at(cursor);
            Event event = entry.revision > after ? entry.eventFor(subject) : null;
            if (event != null) {
                return event;
            }
            after = Math.max(after, entry.revision);
            cursor++;
        }
        return null;
    }

    private Reset reset(String reason) {
        epoch = topic.epoch();
        resetReason = null;
        awaitsSnapshot = true;
        hub.countReset();
        topic.countReset();
        return new Reset(reason);
    }

    @Override
    public void resumeAfter(long revision) {
        synchronized (topic) {
            awaitsSnapshot = false;
            after = revision;
            cursor = topic.indexAfter(revision);
            resetReason = revision < topic.floor() ? "events up to revision " + topic.floor() + " are not kept" : null;
        }
    }

    @Override
    public long position() {
        // Read before the list: all up to it is in the list that is looked at next.
        long complete = hub.timeline().published();
        synchronized (topic) {
            Event event = awaitsSnapshot ? null : peek();
            if (awaitsSnapshot || resetReason != null) {
                return 0;
            }
            if (event == null) {
                after = Math.max(after, complete);
            }
            return after;
        }
    }

    /** Under the lock: whether it is to be called, which it then is no longer. */
    boolean disarm() {
        boolean was = armed;
        armed = false;
        return was;
    }

    Runnable ready() {
        return ready;
    }

    @Override
    public void close() {
        if (topic.remove(this)) {
            hub.subscriptionClosed();
        }
    }
}
