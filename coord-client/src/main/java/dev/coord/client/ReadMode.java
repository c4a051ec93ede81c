package dev.coord.client;

import dev.coord.api.v1.Consistency;

/** How fresh a read must be. */
public enum ReadMode {
    /** Sees every write acknowledged, to anybody, before the read began. Needs a leader. */
    LINEARIZABLE(Consistency.CONSISTENCY_LINEARIZABLE),
    /** Whatever the asked server has: a moment old as a rule, older while that server is cut off. Needs no leader. */
    STALE(Consistency.CONSISTENCY_STALE);

    private final Consistency message;

    ReadMode(Consistency message) {
        this.message = message;
    }

    Consistency message() {
        return message;
    }
}
