package dev.coord.server.flags;

import dev.coord.server.command.Command;
import dev.coord.server.command.Command.ChangeFlags.Definition;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.command.FlagAction;
import dev.coord.server.flags.FlagWrites.Written;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.FlagVersion;
import dev.coord.server.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The next version of a flag set, worked out from one state. Used by one thread at a time. */
final class NextVersion {

    private final State state;
    private final String set;
    private final String author;
    private final FlagAction action;
    private final @Nullable FlagSetEntry before;
    /** What there was ever of that name, deleted or not. */
    private final @Nullable FlagSetEntry known;

    private final SortedMap<String, String> put = new TreeMap<>();
    private final List<String> remove = new ArrayList<>();
    private boolean drop;
    /** The set is to be there, with or without flags. */
    private boolean keep;

    private @Nullable String conflict;

    NextVersion(State state, String set, String author, FlagAction action) {
        this.state = state;
        this.set = set;
        this.author = author;
        this.action = action;
        before = state.flagSet(set);
        known = state.flagSetOrGone(set);
    }

    void requireSetIndex(@Nullable Long cas) {
        long found = before == null ? 0 : before.modifyIndex();
        if (cas != null && cas != found) {
            conflict = "flag set \"" + set + "\" is at index " + found + ", not at " + cas + lastChange();
        }
    }

    void requireFlagIndex(String flag, @Nullable Long cas) {
        FlagEntry definition = before == null ? null : before.flag(flag);
        long found = definition == null ? 0 : definition.modifyIndex();
        if (cas != null && cas != found) {
            conflict = "flag \"" + flag + "\" of set \"" + set + "\" is at index " + found + ", not at " + cas
                    + lastChange();
        }
    }

    private String lastChange() {
        if (known == null) {
            return "; nothing was changed";
        }
        FlagVersion newest = known.newest();
        return "; " + newest.author() + " changed the set at " + Instant.ofEpochMilli(newest.timeMillis())
                + "; nothing was changed by you";
    }

    /** Makes it this document, which was checked. */
    void next(FlagDocument document) {
        keep = true;
        SortedMap<String, String> texts = document.texts();
        if (before != null) {
            before.definitions().keySet().stream()
                    .filter(name -> !texts.containsKey(name))
                    .forEach(remove::add);
        }
        for (Map.Entry<String, String> text : texts.entrySet()) {
            FlagEntry old = before == null ? null : before.definitions().get(text.getKey());
            if (old == null || !old.definition().equals(text.getValue())) {
                put.put(text.getKey(), text.getValue());
            }
        }
    }

    void drop() {
        if (before != null) {
            drop = true;
            remove.addAll(before.definitions().keySet());
        }
    }

    void undo() {
        if (known == null) {
            throw new ConsensusException(Reason.INVALID, "there is no flag set \"" + set + "\": nothing can be undone");
        }
        FlagVersion newest = known.newest();
        boolean made = known.createIndex() == newest.revision();
        for (FlagVersion.Delta delta : newest.deltas()) {
            if (delta.from() == null) {
                remove.add(delta.name());
            } else {
                put.put(delta.name(), delta.from());
            }
        }
        drop = known.exists() && made;
        keep = !drop;
    }

    /** The difference as a command; null: there is none, or there is a conflict. */
    Command.@Nullable ChangeFlags command() {
        boolean comesToBe = keep && before == null;
        if (conflict != null || (put.isEmpty() && remove.isEmpty() && !drop && !comesToBe)) {
            return null;
        }
        List<Definition> definitions = new ArrayList<>();
        put.forEach((name, json) -> definitions.add(new Definition(name, json)));
        return new Command.ChangeFlags(
                set, definitions, remove, drop, known == null ? 0 : known.modifyIndex(), author, action);
    }

    Written nothingWritten() {
        return new Written(state.flagSetIndex(set), List.of(), conflict);
    }

    Written lostRace(int attempts) {
        return new Written(
                state.flagSetIndex(set),
                List.of(),
                "flag set \"" + set + "\" was changed by others " + attempts + " times while this was written: nothing"
                        + " was changed by you; try again");
    }

    List<String> changedFlags() {
        TreeSet<String> changed = new TreeSet<>(put.keySet());
        changed.addAll(remove);
        changed.remove(FlagSetEntry.SHARED);
        return List.copyOf(changed);
    }
}
