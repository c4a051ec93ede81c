package dev.coord.streaming;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One watched subject: its ring of events, and the stack of those who are to be called when something happens. Methods
 * are for any thread, or for the owning shard's alone, as each says.
 *
 * <p><b>Why no call is lost.</b> Who parks first pushes itself on the stack, then looks at the ring; the shard first
 * writes the ring, then takes the whole stack. Whichever comes second sees the other. Who is not parked is busy reading
 * and is not called, so an event costs as many calls as there are subscribers waiting for it.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // of fields that one thread writes
final class Channel {

    /** Closed parkers that may lie on the stack before it is swept, beyond as many as are interested. */
    static final int CLOSED_PARKERS_MAX = 16;

    private static final int RETIRED = Integer.MIN_VALUE;
    private static final long NOT_OPEN = -1;

    private static final VarHandle PARKED;
    private static final VarHandle INTERESTED;
    private static final VarHandle CLOSED_PARKERS;
    private static final VarHandle FLOOR;
    private static final VarHandle ON_AGENDA;
    private static final VarHandle RESETS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PARKED = lookup.findVarHandle(Channel.class, "parked", Parked.class);
            INTERESTED = lookup.findVarHandle(Channel.class, "interested", int.class);
            CLOSED_PARKERS = lookup.findVarHandle(Channel.class, "closedParkers", int.class);
            FLOOR = lookup.findVarHandle(Channel.class, "floor", long.class);
            RESETS = lookup.findVarHandle(Channel.class, "resets", int.class);
            ON_AGENDA = lookup.findVarHandle(Channel.class, "onAgenda", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Shard shard;
    final Subject subject;
    final Ring ring;

    /** Top of the stack. Pushed by anyone, taken by the shard. */
    @SuppressWarnings("UnusedVariable") // through PARKED
    private volatile @Nullable Parked parked;

    /** Open subscriptions and waiters, or RETIRED for good. Changed by anyone; retired by the shard. */
    private volatile int interested;

    /** Parkers that were closed while on the stack. Counted up by who closes, down by the shard. */
    private volatile int closedParkers;

    /** Up to and with this revision events may be missing. Raised by who opens and by the shard; put back by a replacement. */
    private volatile long floor = NOT_OPEN;

    /** Revision of the last event or loss. Written by the shard. */
    private volatile long changedAt = NOT_OPEN;

    /** How often the state was replaced. Written by the shard, before the ring. */
    private volatile int epoch;

    /** Whether the shard has been asked to look after this channel. Set by anyone, cleared by the shard. */
    @SuppressWarnings("UnusedVariable") // through ON_AGENDA
    private volatile boolean onAgenda;

    /** Events since creation. Written by the shard. */
    private volatile long events;

    /** Parkers called since creation. Written by the shard. */
    private volatile long wakeups;

    /** Resets given since creation. Counted up by subscribers' threads. */
    private volatile int resets;

    Channel(Shard shard, Subject subject, int ringEntriesMax) {
        this.shard = shard;
        this.subject = subject;
        this.ring = new Ring(ringEntriesMax);
    }

    // ---- any thread ----

    /** Counts one more subscriber or waiter; false when the channel is retired: make another. */
    boolean join() {
        while (true) {
            int count = interested;
            if (count == RETIRED) {
                return false;
            }
            if (INTERESTED.compareAndSet(this, count, count + 1)) {
                return true;
            }
        }
    }

    void leave() {
        if ((int) INTERESTED.getAndAdd(this, -1) == 1) {
            askShard();
        }
    }

    boolean isOpen() {
        return floor != NOT_OPEN;
    }

    /** Under the shard's creation lock, once the publisher can find the channel. */
    void open(long missedUpTo) {
        raiseFloor(missedUpTo);
    }

    long floor() {
        return floor;
    }

    int epoch() {
        return epoch;
    }

    /** Whether something may have happened after a revision. */
    boolean changedAfter(long revision) {
        return Math.max(changedAt, floor) > revision;
    }

    void push(Parked parker) {
        while (true) {
            Parked top = parked;
            parker.below = top;
            if (PARKED.compareAndSet(this, top, parker)) {
                return;
            }
        }
    }

    /** Somebody on the stack will not be called; the stack is swept before such cost more than a fixed share. */
    void closedWhileParked() {
        int closed = (int) CLOSED_PARKERS.getAndAdd(this, 1) + 1;
        if (closed > CLOSED_PARKERS_MAX + Math.max(0, interested)) {
            askShard();
        }
    }

    private void askShard() {
        if (ON_AGENDA.compareAndSet(this, false, true)) {
            shard.attend(this);
        }
    }

    int interested() {
        return Math.max(0, interested);
    }

    void countReset() {
        RESETS.getAndAdd(this, 1);
        shard.countReset();
    }

    void offerTo(Busiest busiest) {
        if (busiest.wants(wakeups, interested())) {
            busiest.add(new HubStats.Busy(subject, interested(), events, wakeups, resets, ring.bytes()));
        }
    }

    // ---- the owning shard ----

    /** Before the shard looks after the channel: what happens from here on asks again. */
    void attended() {
        onAgenda = false;
    }

    /** True when nobody was interested: nobody can join any more. */
    boolean retire() {
        return INTERESTED.compareAndSet(this, 0, RETIRED);
    }

    boolean isRetired() {
        return interested == RETIRED;
    }

    /** Makes an event readable and calls who waits for it. */
    void append(Event event, Retention retention, int ringBytesMax, long nowNanos) {
        long bytes = Entry.weigh(event);
        if (bytes > ringBytesMax) {
            lose(event.revision(), retention);
        } else {
            while (ring.isFull(bytes, ringBytesMax)) {
                dropOldest(retention);
            }
            Entry entry = new Entry(this, event, ring.tail(), nowNanos);
            retention.add(entry);
            ring.append(entry);
        }
        events = events + 1;
        changedAt = event.revision();
        wake(event.revision());
    }

    /** Forgets the oldest event. Who has not read it finds its slot empty, and the floor above what it has read. */
    void dropOldest(Retention retention) {
        Entry oldest = ring.oldest();
        if (oldest != null) {
            raiseFloor(oldest.event.revision());
            retention.remove(oldest);
            ring.dropOldest();
        }
    }

    private void lose(long revision, Retention retention) {
        raiseFloor(revision);
        forgetEvents(retention);
        ring.skip();
    }

    /** The shard has lost events: subscribers get a reset unless they know as much already. Wake them after. */
    void lose(Loss loss, Retention retention) {
        if (loss.replaced()) {
            epoch = epoch + 1;
            forgetEvents(retention);
            floor = loss.revision();
            ring.skip();
        } else {
            lose(loss.revision(), retention);
        }
        changedAt = loss.revision();
    }

    void forgetEvents(Retention retention) {
        for (Entry entry = ring.oldest(); entry != null; entry = ring.oldest()) {
            retention.remove(entry);
            ring.dropOldest();
        }
    }

    private void raiseFloor(long revision) {
        long current = floor;
        while (current < revision && !FLOOR.compareAndSet(this, current, revision)) {
            current = floor;
        }
    }

    /** Calls who is parked and knows less than this revision; the others stay. */
    void wake(long revision) {
        Parked parker = takeInOrder();
        while (parker != null) {
            Parked next = parker.below;
            parker.below = null;
            settle(parker, revision);
            parker = next;
        }
    }

    /** Lets go of those who closed. */
    void sweep() {
        if (closedParkers > 0) {
            wake(Long.MIN_VALUE);
        }
    }

    private void settle(Parked parker, long revision) {
        while (true) {
            switch (parker.state()) {
                case Parked.ARMED -> {
                    if (parker.after >= revision) {
                        push(parker);
                        return;
                    }
                    if (parker.move(Parked.ARMED, Parked.IDLE)) {
                        wakeups = wakeups + 1;
                        shard.call(parker);
                        return;
                    }
                }
                case Parked.DORMANT -> {
                    if (parker.move(Parked.DORMANT, Parked.IDLE)) {
                        return;
                    }
                }
                default -> {
                    CLOSED_PARKERS.getAndAdd(this, -1);
                    return;
                }
            }
        }
    }

    /** The stack holds the last to park on top; the first to park is called first. */
    private @Nullable Parked takeInOrder() {
        Parked from = (Parked) PARKED.getAndSet(this, null);
        Parked to = null;
        while (from != null) {
            Parked below = from.below;
            from.below = to;
            to = from;
            from = below;
        }
        return to;
    }
}
