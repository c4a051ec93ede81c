package dev.coord.streaming;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A state that changes at random, published through a hub in the order that the server keeps: log, readable state, hub.
 * Remembers every revision, so that a subscriber's history can be held against it. One thread writes.
 */
final class PublishedLog {

    static final List<String> KEYS =
            List.of("a", "a/a", "a/b", "a/b/c", "a/b/d", "b", "b/a", "b/b", "c/a", "c/b", "c/b/a", "d");

    /** A state: when each key was changed last. */
    record State(long revision, Map<String, Long> changedAt) {
        Map<String, Long> of(Subject subject) {
            Map<String, Long> part = new TreeMap<>(changedAt);
            part.keySet().removeIf(key -> !subject.covers(publication(key, revision)));
            return part;
        }
    }

    record KeyChange(String key, long revision) {}

    private final Hub hub;
    private final Random random;
    private final ConcurrentNavigableMap<Long, List<KeyChange>> changes = new ConcurrentSkipListMap<>();
    private final ConcurrentNavigableMap<Long, State> states = new ConcurrentSkipListMap<>();
    private final ConcurrentNavigableMap<Long, Boolean> replacements = new ConcurrentSkipListMap<>();
    private volatile State readable = new State(0, Map.of());

    PublishedLog(Hub hub, Random random) {
        this.hub = hub;
        this.random = random;
    }

    State read() {
        return readable;
    }

    void changeSome() {
        List<String> keys = new ArrayList<>();
        for (int n = random.nextInt(4); n > 0; n--) {
            keys.add(KEYS.get(random.nextInt(KEYS.size())));
        }
        change(keys);
    }

    long changeAll() {
        change(KEYS);
        return readable.revision();
    }

    private void change(List<String> keys) {
        long revision = readable.revision() + 1;
        Map<String, Long> next = new HashMap<>(readable.changedAt());
        keys.forEach(key -> next.put(key, revision));
        changes.put(
                revision, keys.stream().map(key -> new KeyChange(key, revision)).toList());
        makeReadable(new State(revision, next));
        hub.publish(
                revision, keys.stream().map(key -> publication(key, revision)).toList());
    }

    void replaceState() {
        long revision = readable.revision() + 1 + random.nextInt(3);
        Map<String, Long> next = new HashMap<>();
        KEYS.stream().filter(key -> random.nextBoolean()).forEach(key -> next.put(key, revision));
        replacements.put(revision, true);
        makeReadable(new State(revision, next));
        hub.reset(revision);
    }

    private void makeReadable(State state) {
        states.put(state.revision(), state);
        readable = state;
    }

    private static Publication publication(String key, long revision) {
        return new Publication("kv", key, new KeyChange(key, revision), 50);
    }

    State at(long revision) {
        return Objects.requireNonNull(states.get(revision));
    }

    /** The changes to a subject in one revision. */
    List<KeyChange> changes(Subject subject, long revision) {
        return changes.getOrDefault(revision, List.of()).stream()
                .filter(change -> subject.covers(publication(change.key(), change.revision())))
                .toList();
    }

    /** Revisions after one, up to and with another, that somebody who watches a subject must have heard of. */
    List<Long> revisionsOfNote(Subject subject, long after, long upTo) {
        NavigableMap<Long, List<KeyChange>> between = changes.subMap(after, false, upTo, true);
        List<Long> noted =
                new ArrayList<>(replacements.subMap(after, false, upTo, true).keySet());
        between.keySet().stream()
                .filter(revision -> !changes(subject, revision).isEmpty())
                .forEach(noted::add);
        return noted;
    }
}
