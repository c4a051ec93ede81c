package dev.coord.server.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * A flag set and how it came about. Immutable.
 *
 * @param exists false: it was deleted, and only its history is left
 * @param definitions by name; under {@link #SHARED} what the flags share, if they share anything
 * @param createIndex revision that made it
 * @param modifyIndex revision that changed it last, or deleted it
 * @param history the oldest kept version first; never empty
 */
public record FlagSetEntry(
        String name,
        boolean exists,
        TreePMap<String, FlagEntry> definitions,
        long createIndex,
        long modifyIndex,
        List<FlagVersion> history) {

    /** The name, which no flag can have, of an object with the set's {@code $evaluators}, {@code metadata} and {@code $schema}. */
    public static final String SHARED = "";
    /** The set of the servers' own features. */
    public static final String FEATURES = "coord";
    /** The most versions that are kept of a set; the oldest are forgotten. */
    public static final int HISTORY_MAX = 100;
    /** The most characters that the versions of a set take, all together; the newest is kept whatever it takes. */
    public static final int HISTORY_CHARS_MAX = 512 * 1024;

    public FlagSetEntry {
        history = List.copyOf(history);
    }

    static FlagSetEntry empty(String name, long revision) {
        return new FlagSetEntry(name, true, TreePMap.empty(), revision, revision, List.of());
    }

    /** A flag's definition; null when there is none. */
    public @Nullable FlagEntry flag(String flag) {
        return flag.equals(SHARED) ? null : definitions.get(flag);
    }

    /** How many flags it has. */
    public int flagCount() {
        return definitions.size() - (definitions.containsKey(SHARED) ? 1 : 0);
    }

    /** About what its definitions take, characters. */
    public long size() {
        long size = 0;
        for (Map.Entry<String, FlagEntry> entry : definitions.entrySet()) {
            size += entry.getValue().size();
        }
        return size;
    }

    /** The newest version. */
    public FlagVersion newest() {
        return history.get(history.size() - 1);
    }

    FlagSetEntry next(boolean stillExists, TreePMap<String, FlagEntry> changed, FlagVersion version) {
        return new FlagSetEntry(
                name,
                stillExists,
                changed,
                exists ? createIndex : version.revision(),
                version.revision(),
                remembered(version));
    }

    /** With another definition in the place of its own, for a reader of its own: not what the cluster has agreed on. */
    public FlagSetEntry overridden(FlagEntry definition) {
        return with(definition);
    }

    FlagSetEntry with(FlagEntry definition) {
        return new FlagSetEntry(
                name, exists, definitions.plus(definition.name(), definition), createIndex, modifyIndex, history);
    }

    FlagSetEntry with(FlagVersion older) {
        List<FlagVersion> more = new ArrayList<>(history);
        more.add(older);
        return new FlagSetEntry(name, exists, definitions, createIndex, modifyIndex, more);
    }

    private List<FlagVersion> remembered(FlagVersion newest) {
        int kept = 0;
        long chars = newest.size();
        for (int i = history.size() - 1; i >= 0 && kept < HISTORY_MAX - 1; i--) {
            chars += history.get(i).size();
            if (chars > HISTORY_CHARS_MAX) {
                break;
            }
            kept++;
        }
        List<FlagVersion> versions = new ArrayList<>(history.subList(history.size() - kept, history.size()));
        versions.add(newest);
        return versions;
    }
}
