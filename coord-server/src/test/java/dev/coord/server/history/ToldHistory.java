package dev.coord.server.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What subscribers to one set of keys were told, held against each other and against what writers were answered, once all is over.
 * For servers that can't be looked into; {@link AppliedLog} is for those that can. One thread.
 *
 * <p>Whatever one subscriber was told of a revision, and whatever a writer was acknowledged at one, must be told to every subscriber
 * that went past it change by change. A snapshot is compared with the sum of the changes before it, as far as these are all known:
 * where every subscriber went past some revisions by a snapshot, the sum begins anew with it.
 */
public final class ToldHistory {

    /** One thing that a subscriber was told; in the order in which it was. */
    public sealed interface Told {
        /** All up to here is told with it. */
        long revision();
    }

    /** Everything that there was. */
    public record Snapshot(long revision, Map<String, String> values) implements Told {}

    /** What this revision changed, empty: is gone. Since what was told before there was nothing else. */
    public record Changes(long revision, Map<String, Optional<String>> changed) implements Told {}

    /** Since what was told before there was nothing. */
    public record Nothing(long revision) implements Told {}

    /** Acknowledged to a writer. */
    public record Written(long revision, String key, String value) {}

    private final NavigableMap<Long, Map<String, Optional<String>>> facts = new TreeMap<>();
    /** From after a revision to another one, all changes are known. Sorted, apart. */
    private final NavigableMap<Long, Long> covered = new TreeMap<>();

    private final List<String> violations = new ArrayList<>();
    private int compared;

    private ToldHistory() {}

    /** @param subscribers what each was told, by its name */
    public static ToldHistory of(Map<String, ? extends Collection<Told>> subscribers, Collection<Written> writes) {
        ToldHistory history = new ToldHistory();
        subscribers.forEach(history::gather);
        for (Written write : writes) {
            history.fact("a writer", write.revision, Map.of(write.key, Optional.of(write.value)));
        }
        subscribers.forEach(history::nothingLeftOut);
        history.compareSnapshots(subscribers);
        return history;
    }

    /** In words; empty: nothing is wrong. */
    public List<String> violations() {
        return List.copyOf(violations);
    }

    /** How many snapshots could be compared with the changes before them. */
    public int snapshotsCompared() {
        return compared;
    }

    private void gather(String name, Collection<Told> told) {
        Told before = null;
        for (Told one : told) {
            if (before == null && !(one instanceof Snapshot)) {
                violations.add(name + " was told of a change before there was a snapshot: " + one);
            } else if (before != null
                    && (one instanceof Changes
                            ? one.revision() <= before.revision()
                            : one.revision() < before.revision())) {
                violations.add(name + " was told of " + one + " after revision " + before.revision());
            } else if (before != null && !(one instanceof Snapshot)) {
                cover(before.revision(), one.revision());
            }
            if (one instanceof Changes changes) {
                fact(name, changes.revision, changes.changed);
            }
            before = one;
        }
    }

    private void fact(String whose, long revision, Map<String, Optional<String>> changed) {
        Map<String, Optional<String>> before = facts.putIfAbsent(revision, changed);
        if (before != null && !before.equals(changed)) {
            violations.add(whose + " was told that revision " + revision + " is " + changed + ", others: " + before);
        }
    }

    private void cover(long after, long upTo) {
        long from = after;
        long to = upTo;
        Map.Entry<Long, Long> lower = covered.floorEntry(from);
        if (lower != null && lower.getValue() >= from) {
            from = lower.getKey();
            to = Math.max(to, lower.getValue());
        }
        NavigableMap<Long, Long> within = covered.subMap(from, true, to, true);
        for (long end : List.copyOf(within.values())) {
            to = Math.max(to, end);
        }
        within.clear();
        covered.put(from, to);
    }

    private boolean isCovered(long after, long upTo) {
        Map.Entry<Long, Long> span = covered.floorEntry(after);
        return after == upTo || (span != null && span.getValue() >= upTo);
    }

    private void nothingLeftOut(String name, Collection<Told> told) {
        Told before = null;
        for (Told one : told) {
            if (before != null && !(one instanceof Snapshot) && one.revision() > before.revision()) {
                Map<Long, Map<String, Optional<String>>> missing =
                        facts.subMap(before.revision(), false, one.revision(), one instanceof Nothing);
                if (!missing.isEmpty()) {
                    violations.add(name + " was told of " + one + " after revision " + before.revision()
                            + ", and never of " + missing);
                }
            }
            before = one;
        }
    }

    private void compareSnapshots(Map<String, ? extends Collection<Told>> subscribers) {
        NavigableMap<Long, Map<String, Snapshot>> snapshots = new TreeMap<>();
        subscribers.forEach((name, told) -> {
            for (Told one : told) {
                if (one instanceof Snapshot snapshot) {
                    Map<String, Snapshot> there = snapshots.computeIfAbsent(snapshot.revision, at -> new TreeMap<>());
                    Snapshot other = there.putIfAbsent(name, snapshot);
                    if (other != null && !other.equals(snapshot)) {
                        violations.add(name + " was told of two states of one revision: " + other + ", " + snapshot);
                    }
                }
            }
        });
        NavigableMap<Long, Boolean> revisions = new TreeMap<>();
        facts.keySet().forEach(revision -> revisions.put(revision, true));
        snapshots.keySet().forEach(revision -> revisions.put(revision, true));
        Map<String, String> sum = null;
        long at = 0;
        for (long revision : revisions.keySet()) {
            if (sum != null && isCovered(at, revision)) {
                apply(sum, facts.getOrDefault(revision, Map.of()));
            } else {
                sum = null;
            }
            at = revision;
            for (Map.Entry<String, Snapshot> one :
                    snapshots.getOrDefault(revision, Map.of()).entrySet()) {
                sum = compare(one.getKey(), one.getValue(), sum);
            }
        }
    }

    private static void apply(Map<String, String> sum, Map<String, Optional<String>> changed) {
        changed.forEach((key, value) -> value.ifPresentOrElse(now -> sum.put(key, now), () -> sum.remove(key)));
    }

    /** Without a sum there is nothing to compare with, and the snapshot becomes it. */
    private Map<String, String> compare(String name, Snapshot snapshot, @Nullable Map<String, String> sum) {
        if (sum == null) {
            return new HashMap<>(snapshot.values);
        }
        compared++;
        if (!sum.equals(snapshot.values)) {
            Map<String, String> unexplained = new TreeMap<>(snapshot.values);
            unexplained.entrySet().removeAll(sum.entrySet());
            Map<String, String> lacking = new TreeMap<>(sum);
            lacking.entrySet().removeAll(snapshot.values.entrySet());
            violations.add(name + " was given a snapshot of revision " + snapshot.revision + " with " + unexplained
                    + " instead of " + lacking);
        }
        return sum;
    }
}
