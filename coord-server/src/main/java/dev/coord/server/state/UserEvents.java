package dev.coord.server.state;

import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.CommandLimits;
import org.pcollections.TreePVector;

/**
 * The newest user events, oldest first. Immutable.
 *
 * @param index revision of the newest; 0: none yet
 */
record UserEvents(TreePVector<UserEvent> newest, long index) {

    static final UserEvents EMPTY = new UserEvents(TreePVector.empty(), 0);

    UserEvents with(UserEvent event, long revision) {
        TreePVector<UserEvent> kept = newest.size() < CommandLimits.EVENTS_MAX ? newest : newest.minus(0);
        return new UserEvents(kept.plus(event), revision);
    }

    /** The number of the newest, counted from 1. */
    long ltime() {
        return newest.isEmpty() ? 0 : newest.get(newest.size() - 1).getLtime();
    }

    UserEvents withIndex(long revision) {
        return new UserEvents(newest, revision);
    }
}
