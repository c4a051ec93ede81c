package dev.coord.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changed between two moments of a watched target. Immutable.
 *
 * @param revision all up to and with it is known once this update is handled; rises from update to update
 * @param first the first update of a watch: every item as it was found, as a change from nothing; may be empty. No later
 *     update is, whatever happens to servers and connections in between.
 * @param changes at most one for an item
 */
public record WatchUpdate<T>(long revision, boolean first, List<ItemChange<T>> changes) {

    public WatchUpdate {
        changes = List.copyOf(changes);
    }

    /**
     * One item.
     *
     * @param id see {@link WatchTarget}
     * @param before null: it is new
     * @param after null: it is gone
     */
    public record ItemChange<T>(
            String id, @Nullable T before, @Nullable T after) {}
}
