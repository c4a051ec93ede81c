package dev.coord.server.history;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One key of the store: a register with compare-and-swap by ModifyIndex that sessions may hold as a lock, fenced by LockIndex.
 * The index that an unanswered write gave it is open until somebody reads it.
 */
public final class KeyModel implements Model<KeyModel.Key, KeyModel.Asked, KeyModel.Answer> {

    /** What a client may ask of a key. */
    public sealed interface Asked {}

    /** A linearizable read. */
    public record Get() implements Asked {}

    /** Sets it, whatever there is. */
    public record Put(String value) implements Asked {}

    /** Sets it if its ModifyIndex is this one; 0: if it is not there. */
    public record Swap(String value, long ifIndex) implements Asked {}

    /** Removes it. */
    public record Delete() implements Asked {}

    /** Takes the lock. */
    public record Acquire(String session, String value) implements Asked {}

    /** Lets the lock go. */
    public record Release(String session, String value) implements Asked {}

    /** What came back. */
    public sealed interface Answer {
        /** Of the store. */
        long revision();
    }

    /**
     * A write took its place in the order, and its condition held or did not.
     *
     * @param revision 0: not told, as Consul's HTTP does not
     */
    public record Wrote(boolean ok, long revision) implements Answer {}

    /** A read found this; null: no such key. */
    public record Found(@Nullable Entry entry, long revision) implements Answer {}

    /** A key as a client sees it. */
    public record Entry(
            String value,
            long modifyIndex,
            long lockIndex,
            @Nullable String session) {}

    /**
     * A key.
     *
     * @param value null: not there
     * @param index its ModifyIndex, or of its removal
     * @param exact false: the index is not known but above {@code index}
     */
    public record Key(
            @Nullable String value,
            long index,
            boolean exact,
            long lockIndex,
            @Nullable String session) {

        private boolean mayHave(long modifyIndex) {
            if (modifyIndex == 0 || value == null) {
                return modifyIndex == 0 && value == null;
            }
            return exact ? modifyIndex == index : modifyIndex > index;
        }

        private boolean mayNotHave(long modifyIndex) {
            return !mayHave(modifyIndex) || (value != null && !exact);
        }
    }

    @Override
    public Key initial() {
        return new Key(null, 0, true, 0, null);
    }

    @Override
    public Set<Key> step(Key key, Asked asked, @Nullable Answer answer) {
        if (asked instanceof Get) {
            return answer instanceof Found found ? read(key, found) : Set.of(key);
        }
        if (asked instanceof Put put) {
            return written(key, new Key(put.value, 0, true, 0, key.session), answer, true, false);
        }
        if (asked instanceof Delete) {
            return written(key, new Key(null, 0, true, 0, null), answer, true, false);
        }
        if (asked instanceof Swap swap) {
            Key after = new Key(swap.value, 0, true, 0, key.session);
            return written(key, after, answer, key.mayHave(swap.ifIndex), key.mayNotHave(swap.ifIndex));
        }
        if (asked instanceof Acquire acquire) {
            boolean free = key.session == null;
            boolean may = free || acquire.session.equals(key.session);
            Key after = new Key(acquire.value, 0, true, key.lockIndex + (free ? 1 : 0), acquire.session);
            return written(key, after, answer, may, !may);
        }
        Release release = (Release) asked;
        boolean holds = key.value != null && release.session.equals(key.session);
        return written(key, new Key(release.value, 0, true, key.lockIndex, null), answer, holds, !holds);
    }

    private static Set<Key> read(Key key, Found found) {
        Entry entry = found.entry;
        if (entry == null) {
            return key.value == null ? Set.of(key) : Set.of();
        }
        boolean same = entry.value.equals(key.value)
                && Objects.equals(entry.session, key.session)
                && entry.lockIndex == key.lockIndex
                && key.mayHave(entry.modifyIndex);
        return same ? Set.of(new Key(key.value, entry.modifyIndex, true, key.lockIndex, key.session)) : Set.of();
    }

    private static Set<Key> written(Key before, Key after, @Nullable Answer answer, boolean mayHold, boolean mayNot) {
        if (!(answer instanceof Wrote wrote)) {
            Key open = new Key(after.value, before.index, false, after.lockIndex, after.session);
            return mayHold && mayNot ? Set.of(open, before) : Set.of(mayHold ? open : before);
        }
        if (!wrote.ok) {
            return mayNot ? Set.of(before) : Set.of();
        }
        if (wrote.revision == 0) {
            return mayHold
                    ? Set.of(new Key(after.value, before.index, false, after.lockIndex, after.session))
                    : Set.of();
        }
        return mayHold && wrote.revision > before.index
                ? Set.of(new Key(after.value, wrote.revision, true, after.lockIndex, after.session))
                : Set.of();
    }
}
