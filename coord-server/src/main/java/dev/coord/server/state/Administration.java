package dev.coord.server.state;

import dev.coord.api.storage.v1.AutopilotConfig;
import org.jspecify.annotations.Nullable;

/**
 * What operators have set and what they are about to do. Immutable.
 *
 * @param autopilot null: never set, so the defaults count
 * @param restore a snapshot that is coming in, in pieces; null: none
 * @param restoredAt revision at which a snapshot took the place of everything last; 0: never
 */
record Administration(
        @Nullable AutopilotConfig autopilot, @Nullable PendingRestore restore, long restoredAt) {

    static final Administration EMPTY = new Administration(null, null, 0);

    Administration with(AutopilotConfig config) {
        return new Administration(config, restore, restoredAt);
    }

    Administration with(@Nullable PendingRestore pending) {
        return new Administration(autopilot, pending, restoredAt);
    }

    Administration withRestoredAt(long revision) {
        return new Administration(autopilot, restore, revision);
    }
}
