package dev.coord.wal;

/**
 * The range that readers of a store go by. One thread writes, any reads.
 *
 * <p>A store that shrinks its range shows the new one first and changes its data after that. A reader that does not find
 * an entry compares {@link #changes()} with what it saw before it began: if it differs, the range has changed under it
 * and it looks again; if not, the entry is lost.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
public final class LogRange {

    private volatile long first;
    private volatile long next;
    private volatile int changes;

    public LogRange(long first, long next) {
        this.first = first;
        this.next = next;
    }

    public long first() {
        return first;
    }

    public long next() {
        return next;
    }

    /** Counts calls of {@link #show}. */
    public int changes() {
        return changes;
    }

    /** Entries up to here can be read now. */
    public void extendTo(long newNext) {
        next = newNext;
    }

    /** Another range. Counted before and after, for a reader may see one bound of each. */
    public void show(long newFirst, long newNext) {
        show(newFirst, newNext, () -> {});
    }

    /** Another range, and what readers find it by. */
    public void show(long newFirst, long newNext, Runnable whatGoesWithIt) {
        changes++;
        first = newFirst;
        next = newNext;
        whatGoesWithIt.run();
        changes++;
    }
}
