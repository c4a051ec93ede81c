package dev.coord.streaming;

import java.util.List;

/**
 * Carries events from one publisher to many subscribers.
 *
 * <p><b>Guarantees</b> to every subscription: <i>ordered</i> (revisions rise), <i>unique</i> (none comes twice),
 * <i>atomic</i> (a revision is one event, never split), <i>resumable</i> (from any revision still in the subject's ring;
 * else one reset), <i>bounded</i> (a subscription costs a position in a ring that all subscribers of the subject share;
 * one that falls behind the ring gets a reset, others notice nothing).
 *
 * <p><b>The order that makes it gapless.</b> The publisher makes a revision readable in the state <i>before</i> it calls
 * {@link #publish}; a subscriber opens its subscription or waiter <i>before</i> it reads the state for its snapshot, or
 * gives the revision that it has read. Then every change is in the snapshot or arrives as an event.
 */
public interface Hub extends AutoCloseable {

    /**
     * Tells of one revision. Takes no lock, never waits for a subscriber, wakes only the subscribers of the subjects
     * touched. Called by one thread at a time, with rising revisions.
     *
     * @param revision greater than that of every call before
     * @param publications all changes of that revision, in order; may be empty
     */
    void publish(long revision, List<Publication> publications);

    /**
     * The state was replaced (a snapshot was loaded, installed or restored): every subscription gets a reset, every
     * waiter wakes. Called by the publisher's thread, after the new state is readable; also when a server starts on a
     * state that is not empty, for else the hub would take it that nothing happened before its first revision.
     *
     * @param revision of the new state; may be lower than the last one published
     */
    void reset(long revision);

    /**
     * Follows a subject from after a revision on.
     *
     * @param afterRevision the last revision known to the subscriber; 0 or one no longer in the ring: the subscription
     *     starts with a reset
     * @param ready called, by a thread of the hub, when {@link Subscription#poll()} may have something again after it
     *     returned null; so begin with a poll. Must not block, should hand over to the subscriber's own thread. Called at
     *     most once for each poll that returned null, and may come just before that poll returns.
     * @throws HubFullException at the bound of subscriptions
     */
    Subscription subscribe(Subject subject, long afterRevision, Runnable ready);

    /**
     * Waits once for a change to a subject after a revision.
     *
     * @param afterRevision of the state that the caller has read and found unchanged
     * @param wake called once, by a thread of the hub or, when something may have happened already, by the caller's
     *     before this returns. Means "look again", not "it changed". Must not block.
     * @throws HubFullException at the bound of waiters
     */
    Waiter await(Subject subject, long afterRevision, Runnable wake);

    /**
     * Begins where another hub was: this one was told of nothing up to a revision, and is told of everything after it. So
     * who resumes from that revision needs no reset. Called at most once, by any thread, while nobody subscribes yet.
     *
     * @param revision newest one that this hub may not have been told of
     */
    void startAfter(long revision);

    /**
     * Calls everybody who waits, though nothing happened: subscribers poll, waiters look again. For whoever wants them to
     * move to another hub. Returns at once.
     */
    void callAll();

    /** The counts of {@link #stats(int)} with the {@link HubStats#BUSIEST_DEFAULT} busiest subjects. */
    default HubStats stats() {
        return stats(HubStats.BUSIEST_DEFAULT);
    }

    /**
     * Counts for metrics and operators, made by a walk over all subjects. A moment's picture.
     *
     * @param busiestMax how many of the busiest subjects to name; from 0 to {@link HubStats#BUSIEST_MAX}
     */
    HubStats stats(int busiestMax);

    /** Ends the shards' threads. Subscriptions get nothing more; waiters are woken. */
    @Override
    void close();
}
