package dev.coord.streaming;

import java.lang.invoke.VarHandle;

/**
 * Which revisions the publisher is at. Written by the publisher (one thread at a time), read by all.
 *
 * <p><b>Why no event is lost between a publisher that looks channels up and a subscriber that creates one.</b> The
 * publisher of revision R first sets {@code publishing} to R, then consults the channel map; a subscriber first inserts
 * its channel, then reads {@code publishing} as P. A full fence stands between the two steps on both sides, so at least
 * one of the two sees the other: a publisher of R &gt; P set {@code publishing} after P was read, hence consults the map
 * after the insertion and finds the channel. So a new channel may have missed revisions up to P and none beyond: P is
 * its floor, and who asks for events after an older revision gets a reset (or, waiting, is woken at once).
 */
final class Timeline {

    private volatile long publishing;
    private volatile long published;
    private volatile long retired;
    /** Where a hub that takes over begins; counts until something is published. Written by who switches. */
    private volatile long start;

    /** The publisher begins a revision; everything it does after comes after this. */
    void begin(long revision) {
        if (revision <= publishing) {
            throw new IllegalArgumentException(
                    "revisions must rise: " + revision + " published after " + publishing + "; use reset to go back");
        }
        publishing = revision;
        VarHandle.fullFence();
    }

    /**
     * The hub takes over from another one: it was told nothing up to this revision and is told everything after it. What
     * the publisher may have told it meanwhile counts for more.
     */
    void startAfter(long revision) {
        start = revision;
    }

    /** All of a revision is in the inboxes of the shards it touches. */
    void end(long revision) {
        published = revision;
    }

    /** The state was replaced by one of this revision. */
    void replace(long revision) {
        retired = Math.max(retired, Math.max(publishing, start));
        publishing = revision;
        VarHandle.fullFence();
    }

    /** What a channel that was inserted just before may have missed: revisions up to this one. */
    long floorOfNewChannel() {
        VarHandle.fullFence();
        return orStart(publishing);
    }

    /** The newest revision that is wholly in the inboxes. */
    long published() {
        return orStart(published);
    }

    private long orStart(long revision) {
        return revision == 0 ? start : revision;
    }

    /**
     * True when a revision is known to have been read from a state that was replaced since. A revision ahead of the
     * publisher is none: the state is readable before it is published, and a client may come from a server further on.
     */
    boolean replacedSince(long revision) {
        // retired is written before publishing goes back; so read publishing first.
        return revision > orStart(publishing) && revision <= retired;
    }
}
