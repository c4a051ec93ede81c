package dev.coord.server.loop;

/** A moment at which something is due. Used by the loop's thread alone. */
public final class Deadline {

    /** Not waiting for anything. */
    static final int OUT = -1;

    private final Deadlines deadlines;
    private final Runnable due;

    /** When it is due. May be later than {@link #sortedMillis}: then it is put back when that comes. */
    long millis;
    /** What the heap is ordered by. */
    long sortedMillis;
    /** Place in the heap; {@link #OUT} when it is not in there. */
    int place = OUT;

    Deadline(Deadlines deadlines, long millis, Runnable due) {
        this.deadlines = deadlines;
        this.millis = millis;
        this.due = due;
    }

    /** Makes it due at another time; sets it again if it was over or cancelled. Later is O(1), sooner O(log n). */
    public void moveTo(long newMillis) {
        deadlines.move(this, newMillis);
    }

    /** Waits no longer. O(log n). */
    public void cancel() {
        deadlines.remove(this);
    }

    /** True while it waits. */
    public boolean isSet() {
        return place != OUT;
    }

    /** When it is, or was, due. */
    public long millis() {
        return millis;
    }

    void run() {
        due.run();
    }
}
