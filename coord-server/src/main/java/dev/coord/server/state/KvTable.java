package dev.coord.server.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * The keys, who holds them, which are closed by a lock delay, and which are gone. Immutable.
 *
 * @param entries in the order of the keys' UTF-8 bytes
 * @param heldBy the keys of each session that holds any
 * @param closedUntil end of the lock delay of each key that has one, milliseconds by the leader's clock
 * @param newest revision of the last change; 0: none yet
 */
record KvTable(
        TreePMap<String, KvEntry> entries,
        TreePMap<String, TreePSet<String>> heldBy,
        NumberedNames closedUntil,
        Graveyard graveyard,
        long newest) {

    static final KvTable EMPTY = new KvTable(
            TreePMap.empty(Utf8Order.INSTANCE),
            TreePMap.empty(),
            NumberedNames.empty(Utf8Order.INSTANCE),
            Graveyard.empty(Utf8Order.INSTANCE, State.TOMBSTONES_MAX),
            0);

    @Nullable
    KvEntry get(String key) {
        return entries.get(key);
    }

    /** Sets the entry of a key; its modify index is the revision. */
    KvTable with(KvEntry entry) {
        KvEntry before = entries.get(entry.key());
        return new KvTable(
                entries.plus(entry.key(), entry),
                held(before, entry),
                closedUntil,
                before == null ? graveyard.revive(entry.key()) : graveyard,
                Math.max(newest, entry.modifyIndex()));
    }

    KvTable without(KvEntry entry, long revision) {
        return new KvTable(
                entries.minus(entry.key()),
                held(entry, null),
                closedUntil,
                graveyard.bury(entry.key(), revision),
                revision);
    }

    private TreePMap<String, TreePSet<String>> held(@Nullable KvEntry before, @Nullable KvEntry after) {
        String from = before == null ? null : before.session();
        String to = after == null ? null : after.session();
        TreePMap<String, TreePSet<String>> held = heldBy;
        if (before != null && from != null && !from.equals(to)) {
            TreePSet<String> rest = keysHeldBy(from).minus(before.key());
            held = rest.isEmpty() ? held.minus(from) : held.plus(from, rest);
        }
        if (after != null && to != null && !to.equals(from)) {
            held = held.plus(to, keysHeldBy(to).plus(after.key()));
        }
        return held;
    }

    TreePSet<String> keysHeldBy(String session) {
        TreePSet<String> keys = heldBy.get(session);
        return keys == null ? TreePSet.empty(Utf8Order.INSTANCE) : keys;
    }

    KvTable close(String key, long untilMillis) {
        return withClosed(closedUntil.with(key, untilMillis));
    }

    /** Drops the lock delays that have ended. Costs nothing when none has. */
    KvTable open(long nowMillis) {
        NumberedNames left = closedUntil;
        for (var first = left.lowest(); first != null && first.number() <= nowMillis; first = left.lowest()) {
            left = left.without(first.name());
        }
        return left.size() == closedUntil.size() ? this : withClosed(left);
    }

    private KvTable withClosed(NumberedNames closed) {
        return new KvTable(entries, heldBy, closed, graveyard, newest);
    }

    KvTable withGraveyard(Graveyard other) {
        return new KvTable(entries, heldBy, closedUntil, other, newest);
    }

    KvTable withNewest(long revision) {
        return new KvTable(entries, heldBy, closedUntil, graveyard, revision);
    }

    void scan(String prefix, @Nullable String after, Predicate<KvEntry> visitor) {
        boolean fromPrefix = after == null || Utf8Order.INSTANCE.compare(after, prefix) < 0;
        for (KvEntry entry :
                entries.tailMap(fromPrefix ? prefix : after, fromPrefix).values()) {
            if (!entry.key().startsWith(prefix) || !visitor.test(entry)) {
                return;
            }
        }
    }

    List<KvEntry> under(String prefix) {
        List<KvEntry> found = new ArrayList<>();
        scan(prefix, null, found::add);
        return found;
    }

    long index(String key) {
        KvEntry entry = entries.get(key);
        return entry == null ? graveyard.index(key) : entry.modifyIndex();
    }

    long prefixIndex(String prefix) {
        if (prefix.isEmpty()) {
            return Math.max(newest, 1);
        }
        long highest = graveyard.prefixIndex(prefix);
        for (Map.Entry<String, KvEntry> entry : entries.tailMap(prefix, true).entrySet()) {
            if (highest == newest || !entry.getKey().startsWith(prefix)) {
                break;
            }
            highest = Math.max(highest, entry.getValue().modifyIndex());
        }
        return highest;
    }
}
