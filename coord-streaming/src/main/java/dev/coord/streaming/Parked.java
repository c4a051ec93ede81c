package dev.coord.streaming;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who can be parked on a channel's stack until something happens there. In the stack at most once.
 *
 * <p>States: {@code IDLE} (not on the stack), {@code ARMED} (on the stack, to be called), {@code DORMANT} (on the stack,
 * not to be called: it found something by itself), {@code CLOSED} (never to be called; may still be on the stack).
 */
abstract class Parked {

    static final int IDLE = 0;
    static final int ARMED = 1;
    static final int DORMANT = 2;
    static final int CLOSED = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Parked.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Channel channel;
    /** The one below on the stack. Written by who pushes, then by the shard's thread that has taken the stack. */
    @Nullable
    Parked below;

    /** Changed by the subscriber's thread, the shard's, and who closes: only by {@link #move} and {@link #closeState}. */
    private volatile int state;

    /** What it knows already. Written by the subscriber's thread (before it arms), read by the shard's. */
    volatile long after;

    Parked(Channel channel, int state, long after) {
        this.channel = channel;
        this.state = state;
        this.after = after;
    }

    final int state() {
        return state;
    }

    final boolean move(int from, int to) {
        return STATE.compareAndSet(this, from, to);
    }

    /** Returns the state before. */
    final int closeState() {
        return (int) STATE.getAndSet(this, CLOSED);
    }

    /** Shard's thread, after it has taken this off the stack and moved it from ARMED to IDLE. */
    abstract void wake();
}
