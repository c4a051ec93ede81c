package dev.coord.server.state;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The flag sets, deleted ones with their history among them. Immutable.
 *
 * @param chars about what the definitions of all sets take
 * @param existing how many sets are not deleted
 * @param index revision of the last change; 0: none yet
 * @param floor newest change of a deleted set that was forgotten; 0: none was
 */
record FlagTable(TreePMap<String, FlagSetEntry> sets, long chars, int existing, long index, long floor) {

    static final FlagTable EMPTY = new FlagTable(TreePMap.empty(), 0, 0, 0, 0);

    /** A deleted one, too. */
    @Nullable
    FlagSetEntry get(String name) {
        return sets.get(name);
    }

    FlagTable with(FlagSetEntry set) {
        FlagSetEntry before = sets.get(set.name());
        FlagTable changed = new FlagTable(
                sets.plus(set.name(), set),
                chars + set.size() - (before == null ? 0 : before.size()),
                existing + (set.exists() ? 1 : 0) - (before != null && before.exists() ? 1 : 0),
                Math.max(index, set.modifyIndex()),
                floor);
        return changed.sets.size() - changed.existing > State.GONE_FLAG_SETS_MAX
                ? changed.withoutOldestGone()
                : changed;
    }

    private FlagTable withoutOldestGone() {
        FlagSetEntry oldest = sets.values().stream()
                .filter(set -> !set.exists())
                .min(Comparator.comparingLong(FlagSetEntry::modifyIndex))
                .orElseThrow();
        return new FlagTable(sets.minus(oldest.name()), chars, existing, index, Math.max(floor, oldest.modifyIndex()));
    }

    FlagTable withIndexes(long newest, long forgotten) {
        return new FlagTable(sets, chars, existing, newest, forgotten);
    }

    /** Of a set that there never was, or that was forgotten: the floor. */
    long index(String name) {
        FlagSetEntry set = sets.get(name);
        return Math.max(set == null ? floor : set.modifyIndex(), 1);
    }
}
