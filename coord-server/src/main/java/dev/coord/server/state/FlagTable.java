package dev.coord.server.state;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutPhase;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The flag sets, deleted ones with their history among them. Immutable.
 *
 * @param chars about what the definitions of all sets take
 * @param existing how many sets are not deleted
 * @param index revision of the last change; 0: none yet
 * @param floor newest change of a deleted set that was forgotten; 0: none was
 * @param rollouts by the revision that made them, those that have ended among them
 * @param rolloutsIndex revision of the last change of a rollout; 0: none yet
 */
record FlagTable(
        TreePMap<String, FlagSetEntry> sets,
        long chars,
        int existing,
        long index,
        long floor,
        TreePMap<Long, Rollout> rollouts,
        long rolloutsIndex) {

    static final FlagTable EMPTY = new FlagTable(TreePMap.empty(), 0, 0, 0, 0, TreePMap.empty(), 0);

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
                floor,
                rollouts,
                rolloutsIndex);
        return changed.sets.size() - changed.existing > State.GONE_FLAG_SETS_MAX
                ? changed.withoutOldestGone()
                : changed;
    }

    private FlagTable withoutOldestGone() {
        FlagSetEntry oldest = sets.values().stream()
                .filter(set -> !set.exists())
                .min(Comparator.comparingLong(FlagSetEntry::modifyIndex))
                .orElseThrow();
        return new FlagTable(
                sets.minus(oldest.name()),
                chars,
                existing,
                index,
                Math.max(floor, oldest.modifyIndex()),
                rollouts,
                rolloutsIndex);
    }

    FlagTable withIndexes(long newest, long forgotten) {
        return new FlagTable(sets, chars, existing, newest, forgotten, rollouts, rolloutsIndex);
    }

    /** With a rollout in its place; beyond {@link State#ROLLOUTS_MAX} the oldest goes that has ended. */
    FlagTable with(Rollout rollout) {
        TreePMap<Long, Rollout> more = rollouts.plus(rollout.getCreateRevision(), rollout);
        if (more.size() > State.ROLLOUTS_MAX) {
            Optional<Rollout> oldest =
                    more.values().stream().filter(State::hasEnded).findFirst();
            if (oldest.isPresent()) {
                more = more.minus(oldest.get().getCreateRevision());
            }
        }
        return new FlagTable(
                sets, chars, existing, index, floor, more, Math.max(rolloutsIndex, rollout.getModifyRevision()));
    }

    /** With all rollouts that have not ended at the beginning of what they measure or soak; a hold stays as it is. */
    FlagTable soakingAnew(long revision, long timeMillis) {
        FlagTable next = this;
        for (Rollout rollout : rollouts.values()) {
            boolean held = rollout.getPhase() == RolloutPhase.ROLLOUT_PHASE_HELD;
            if (!State.hasEnded(rollout)) {
                next = next.with(rollout.toBuilder()
                        .setSinceMs(held ? rollout.getSinceMs() : timeMillis)
                        .setModifyRevision(revision)
                        .build());
            }
        }
        return next;
    }

    /** Of a set that there never was, or that was forgotten: the floor. */
    long index(String name) {
        FlagSetEntry set = sets.get(name);
        return Math.max(set == null ? floor : set.modifyIndex(), 1);
    }
}
