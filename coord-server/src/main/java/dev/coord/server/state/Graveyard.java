package dev.coord.server.state;

import java.util.Comparator;
import java.util.Map;

/**
 * Remembers the revision that removed each name, so that no index ever falls. Immutable.
 *
 * <p>Bounded: beyond its bound the oldest tombstones are reaped, and the floor rises to the newest reaped revision. Whatever
 * is not remembered counts as removed at the floor: an index may then rise without need, but never fall.
 *
 * @param floor 0 until something was reaped
 * @param tombstonesMax the bound
 */
record Graveyard(NumberedNames tombstones, long floor, int tombstonesMax) {

    static Graveyard empty(Comparator<String> order, int tombstonesMax) {
        return new Graveyard(NumberedNames.empty(order), 0, tombstonesMax);
    }

    Graveyard bury(String name, long revision) {
        Graveyard buried = new Graveyard(tombstones.with(name, revision), floor, tombstonesMax);
        return buried.size() > tombstonesMax ? buried.reapOldest() : buried;
    }

    /** Forgets a name that exists again: from now on its own, higher index counts. */
    Graveyard revive(String name) {
        return size() == 0 ? this : new Graveyard(tombstones.without(name), floor, tombstonesMax);
    }

    private Graveyard reapOldest() {
        NumberedNames.Numbered oldest = tombstones.lowest();
        return oldest == null
                ? this
                : new Graveyard(tombstones.without(oldest.name()), Math.max(floor, oldest.number()), tombstonesMax);
    }

    /** Index of a name that does not exist: when it went, at least the floor, at least 1. */
    long index(String name) {
        return Math.max(tombstones.get(name), Math.max(floor, 1));
    }

    /** Highest index of the removed names that start with a prefix; at least the floor, at least 1. */
    long prefixIndex(String prefix) {
        long highest = Math.max(floor, 1);
        for (Map.Entry<String, Long> tombstone : tombstones.from(prefix).entrySet()) {
            if (!tombstone.getKey().startsWith(prefix)) {
                break;
            }
            highest = Math.max(highest, tombstone.getValue());
        }
        return highest;
    }

    int size() {
        return tombstones.size();
    }
}
