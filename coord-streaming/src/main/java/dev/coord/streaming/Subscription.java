package dev.coord.streaming;

import org.jspecify.annotations.Nullable;

/** A position in a subject's ring. Used by one thread at a time; {@link #close()} may be called from any. */
public interface Subscription extends AutoCloseable {

    /**
     * The next thing to tell the subscriber; never blocks.
     *
     * @return an {@link Event}, a {@link Reset}, or null when there is nothing now: {@code ready} will be called
     */
    @Nullable
    Signal poll();

    /**
     * Goes on from a snapshot: events up to and with this revision are left out. Called after a {@link Reset}, with the
     * revision of the state read after it.
     */
    void resumeAfter(long revision);

    /** The highest revision such that the subscriber, once it has consumed all polled so far, has missed nothing. */
    long position();

    @Override
    void close();
}
