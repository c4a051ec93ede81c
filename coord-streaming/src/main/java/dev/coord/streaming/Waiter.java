package dev.coord.streaming;

/** Somebody who waits once. */
public interface Waiter {

    /** Waits no longer: after this returns true, wake is not called; false: it was or is being called. */
    boolean cancel();
}
