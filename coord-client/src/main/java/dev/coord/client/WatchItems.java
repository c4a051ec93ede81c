package dev.coord.client;

import dev.coord.client.WatchUpdate.ItemChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a watch knows: every item, and how a newer picture differs from it. That makes updates exactly-once whatever they
 * come from: a snapshot after a reset, a change, a poll. Changed by the watch's thread, read by any: guarded by this.
 */
final class WatchItems<T> {

    private final Map<String, T> byId = new LinkedHashMap<>();

    /** Takes a whole picture; gives what differs. */
    synchronized List<ItemChange<T>> replace(Map<String, T> picture) {
        List<ItemChange<T>> changes = new ArrayList<>();
        byId.forEach((id, before) -> {
            if (!picture.containsKey(id)) {
                changes.add(new ItemChange<>(id, before, null));
            }
        });
        picture.forEach((id, after) -> {
            T before = byId.get(id);
            if (!after.equals(before)) {
                changes.add(new ItemChange<>(id, before, after));
            }
        });
        byId.clear();
        byId.putAll(picture);
        return changes;
    }

    /** Takes items that may have changed, null: gone; gives what differs. */
    synchronized List<ItemChange<T>> change(Map<String, @Nullable T> changed) {
        List<ItemChange<T>> changes = new ArrayList<>();
        changed.forEach((id, after) -> {
            T before = after == null ? byId.remove(id) : byId.put(id, after);
            if (!Objects.equals(before, after)) {
                changes.add(new ItemChange<>(id, before, after));
            }
        });
        return changes;
    }

    synchronized Map<String, T> copy() {
        return new LinkedHashMap<>(byId);
    }
}
