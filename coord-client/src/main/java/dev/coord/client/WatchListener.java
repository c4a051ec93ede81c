package dev.coord.client;

/**
 * Told of what happens to a watch. Called on the client's executor, by one thread at a time, in order; while it runs, the
 * watch takes nothing more from the server, so that a slow listener costs no memory: it gets fewer, larger updates.
 */
@FunctionalInterface
public interface WatchListener<T> {

    /** Something changed. What this throws is logged, and the watch goes on. */
    void updated(WatchUpdate<T> update);

    /** The watch was cut off from the servers, and looks for one; what is known stays usable. */
    default void interrupted(CoordException why) {}

    /** A server is listened to again, after {@link #interrupted}. What changed meanwhile comes as an update, before or after. */
    default void resumed() {}

    /** The watch was refused in a way that trying again can't mend, and is over. */
    default void failed(CoordException why) {}
}
