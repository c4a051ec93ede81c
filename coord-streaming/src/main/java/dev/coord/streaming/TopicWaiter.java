package dev.coord.streaming;

/** A parked long-poll request on a topic of a {@link SingleHub}. */
final class TopicWaiter implements Waiter, Runnable {

    private final SingleHub hub;
    private final Topic topic;
    private final long after;
    private final Runnable wake;

    TopicWaiter(SingleHub hub, Topic topic, long after, Runnable wake) {
        this.hub = hub;
        this.topic = topic;
        this.after = after;
        this.wake = wake;
    }

    SingleHub hub() {
        return hub;
    }

    long after() {
        return after;
    }

    @Override
    public boolean cancel() {
        boolean cancelled = topic.unpark(this);
        if (cancelled) {
            hub.waiterDone();
        }
        return cancelled;
    }

    /** Called once, off the topic's list. */
    @Override
    public void run() {
        hub.waiterDone();
        wake.run();
    }
}
