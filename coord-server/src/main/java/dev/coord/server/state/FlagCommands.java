package dev.coord.server.state;

import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult.Rejection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * What a change of flags does to a draft. It was made, and its definitions were checked, for one version of the set: it
 * applies to that version or not at all, so that the state need not understand definitions.
 */
final class FlagCommands {

    private FlagCommands() {}

    static boolean change(Draft draft, Command.ChangeFlags change) {
        FlagSetEntry before = draft.flags.get(change.set());
        if (change.expectedIndex() != (before == null ? 0 : before.modifyIndex())) {
            return false;
        }
        FlagSetEntry base = before == null ? FlagSetEntry.empty(change.set(), draft.revision) : before;
        TreePMap<String, FlagEntry> definitions = base.definitions();
        List<FlagVersion.Delta> deltas = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        for (String name : change.remove()) {
            FlagEntry old = definitions.get(name);
            if (old != null) {
                definitions = definitions.minus(name);
                deltas.add(new FlagVersion.Delta(name, old.definition(), null));
                changes.add(new Change.Flag(change.set(), name, old, null));
            }
        }
        for (Command.ChangeFlags.Definition put : change.put()) {
            FlagEntry old = definitions.get(put.name());
            FlagEntry made = new FlagEntry(
                    put.name(), put.json(), old == null ? draft.revision : old.createIndex(), draft.revision);
            definitions = definitions.plus(put.name(), made);
            deltas.add(new FlagVersion.Delta(put.name(), old == null ? null : old.definition(), put.json()));
            changes.add(new Change.Flag(change.set(), put.name(), old, made));
        }
        FlagVersion version =
                new FlagVersion(draft.revision, draft.timeMillis, change.author(), change.action(), deltas);
        FlagSetEntry after = base.next(!change.drop(), definitions, version);
        draft.flags = draft.flags.with(after);
        requireRoom(draft.flags, before, after);
        draft.changes.addAll(changes);
        draft.changes.add(new Change.FlagSet(change.set(), existing(before), existing(after)));
        return true;
    }

    private static @Nullable FlagSetEntry existing(@Nullable FlagSetEntry set) {
        return set == null || !set.exists() ? null : set;
    }

    private static void requireRoom(FlagTable table, @Nullable FlagSetEntry before, FlagSetEntry after) {
        boolean isNew = existing(before) == null && after.exists();
        if (isNew && table.existing() > CommandLimits.FLAG_SETS_MAX) {
            throw new Refusal(
                    Rejection.Kind.INVALID,
                    "there are " + CommandLimits.FLAG_SETS_MAX
                            + " flag sets already, the limit: delete one that nobody needs");
        }
        boolean grew = after.size() > (before == null ? 0 : before.size());
        if (grew && table.chars() > CommandLimits.FLAG_CHARS_MAX) {
            throw new Refusal(
                    Rejection.Kind.INVALID,
                    "the flag sets would take " + table.chars() + " characters all together, at most "
                            + CommandLimits.FLAG_CHARS_MAX);
        }
    }
}
