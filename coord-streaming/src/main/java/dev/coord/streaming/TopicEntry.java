package dev.coord.streaming;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All changes to a topic in one revision, in {@link SingleHub}. Used under the topic's lock. */
final class TopicEntry {

    final long revision;
    final long addedNanos;
    private final List<Publication> publications;
    /** The event of all of them: what everybody gets whom all of them concern. */
    private final Event whole;
    /** Where that is not so, the event for each subject, so that its frames are made once. */
    private final Map<Subject, Event> parts = new HashMap<>();

    TopicEntry(long revision, List<Publication> publications, long addedNanos) {
        this.revision = revision;
        this.publications = publications;
        this.addedNanos = addedNanos;
        this.whole = Event.of(revision, publications);
    }

    long bytes() {
        return Entry.weigh(whole);
    }

    @Nullable
    Event eventFor(Subject subject) {
        List<Publication> matching =
                publications.stream().filter(subject::covers).toList();
        if (matching.size() == publications.size()) {
            return whole;
        }
        return matching.isEmpty() ? null : parts.computeIfAbsent(subject, part -> Event.of(revision, matching));
    }
}
