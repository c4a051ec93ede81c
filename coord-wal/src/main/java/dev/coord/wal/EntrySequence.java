package dev.coord.wal;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link LogReader} of a page store has found, put in order for its visitor: each entry once, and a damage wherever
 * some are missing, one for what is missing next to each other for the same reason. For one thread.
 */
public final class EntrySequence {

    /** Where an entry lies that the store's own tree does not lead to any more. */
    public record Stray(LogEntry entry, String file, long offset) {}

    /** Looks an entry up among what the store's tree does not lead to; null if it is not there either. */
    public interface Strays {
        @Nullable
        Stray at(long index);
    }

    private final LogVisitor visitor;
    private final Strays strays;
    private long first;
    private long expected;

    /** Of the entry given last. Terms never fall, so what has a lower one is from before a truncation. */
    private long term;

    private @Nullable LogDamage pending;

    /** @param first index of the first entry; 0 if it is not known: then the first that is found is */
    public EntrySequence(LogVisitor visitor, long first, Strays strays) {
        this.visitor = visitor;
        this.strays = strays;
        this.first = first;
        this.expected = first;
    }

    /** Index of the first entry; 0 if none was found and it is not known. */
    public long first() {
        return first;
    }

    /** The index that must come next; 0 if it is not known. */
    public long expected() {
        return expected;
    }

    /** The next entry that is whole; what lies between it and the one before is lost. Those from before are passed over. */
    public void found(LogEntry entry, String file, long offset) {
        if (expected == 0) {
            first = entry.index();
            expected = first;
        }
        if (entry.index() < expected) {
            return;
        }
        lost(entry.index(), file, offset, "nothing leads to them");
        flush();
        visitor.entry(entry, file, offset);
        term = entry.term();
        expected = entry.index() + 1;
    }

    /** All that was not found below an index is lost, unless it is among the strays. */
    public void lost(long next, String file, long offset, String what) {
        if (expected == 0) {
            return;
        }
        long from = expected;
        boolean told = false;
        for (long index = expected; index < next; index++) {
            Stray stray = strays.at(index);
            if (stray != null && stray.entry.term() >= term) {
                if (!told && from == index) {
                    flush();
                    visitor.damage(LogDamage.ofBookkeeping(file, offset, what + "; entries were found without it"));
                }
                told = true;
                damage(file, offset, from, index, what);
                flush();
                visitor.entry(stray.entry, stray.file, stray.offset);
                term = stray.entry.term();
                from = index + 1;
            }
        }
        damage(file, offset, from, next, what);
        expected = Math.max(expected, next);
    }

    private void damage(String file, long offset, long from, long next, String what) {
        if (from >= next) {
            return;
        }
        LogDamage before = pending;
        if (before != null && before.nextIndex() == from && before.what().equals(what)) {
            pending = new LogDamage(before.file(), before.offset(), before.firstIndex(), next, what);
        } else {
            flush();
            pending = new LogDamage(file, offset, from, next, what);
        }
    }

    /** Tells of the last damage: call it at the end. */
    public void flush() {
        LogDamage last = pending;
        pending = null;
        if (last != null) {
            visitor.damage(last);
        }
    }
}
