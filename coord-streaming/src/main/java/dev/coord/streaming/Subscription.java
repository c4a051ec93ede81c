package dev.coord.streaming;

import org.jspecify.annotations.Nullable;

/** A position in a subject's ring. Used by one thread at a time; {@link #close()} may be called from any. */
public interface Subscription extends AutoCloseable {

    /**
     * The next thing to tell the subscriber; never blocks.
     *
     * @return an {@link Event}, a {@link Reset}, or null when there is nothing now: {@code ready} will be called. Between
     *     a reset and {@link #resumeAfter} always null, and {@code ready} is not called: read the state, resume, poll
     */
    @Nullable
    Signal poll();

    /**
     * Goes on from a snapshot: events up to and with this revision are left out. Called after a {@link Reset}, or before
     * the first poll, with the revision of the state read since. The next poll gives a reset again when so much has
     * happened meanwhile that the ring no longer goes back to the snapshot.
     */
    void resumeAfter(long revision);

    /**
     * The highest revision such that the subscriber, once it has consumed all polled so far, has missed nothing. Rises
     * for idle subscriptions as well, as revisions are published that don't touch the subject: a bookmark. 0 while a
     * reset is due or no snapshot was named since: there is nothing to resume from.
     */
    long position();

    @Override
    void close();
}
