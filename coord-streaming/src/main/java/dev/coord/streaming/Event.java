package dev.coord.streaming;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All changes to one subject in one revision, with the frames that were made of them: each encoding is computed once, by
 * whoever needs it first, and shared by all subscribers. Immutable but for that memo; safe from any thread.
 */
public final class Event implements Signal {

    /** How many encodings an event can remember. */
    public static final int ENCODINGS_MAX = 4;

    private final long revision;
    private final List<Object> changes;
    private final int bytes;
    private final AtomicReferenceArray<@Nullable Object> frames = new AtomicReferenceArray<>(ENCODINGS_MAX);

    public Event(long revision, List<Object> changes, int bytes) {
        this.revision = revision;
        this.changes = List.copyOf(changes);
        this.bytes = bytes;
    }

    /** One event of all changes of a revision to a subject. */
    static Event of(long revision, List<Publication> publications) {
        long bytes = 0;
        List<Object> changes = new ArrayList<>(publications.size());
        for (Publication publication : publications) {
            bytes += publication.bytes();
            changes.add(publication.change());
        }
        return new Event(revision, changes, (int) Math.min(bytes, Integer.MAX_VALUE));
    }

    public long revision() {
        return revision;
    }

    /** In the order in which they were published; never empty. */
    public List<Object> changes() {
        return changes;
    }

    /** About how much memory the changes hold on to. */
    public int bytes() {
        return bytes;
    }

    /**
     * The event in one encoding, made at first need. Two threads that need it first at once may both make it; one wins.
     *
     * @param encoding a number below {@link #ENCODINGS_MAX} that always goes with the same encoder and result type
     */
    @SuppressWarnings("unchecked")
    public <T> T frame(int encoding, Function<Event, T> encoder) {
        Object frame = frames.get(encoding);
        if (frame == null) {
            T made = encoder.apply(this);
            frame = frames.compareAndSet(encoding, null, made) ? made : frames.get(encoding);
        }
        return (T) Objects.requireNonNull(frame);
    }
}
