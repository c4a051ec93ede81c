package dev.coord.server.rollout;

import dev.coord.server.raft.RaftConsensus;

/** Engines whose seconds are short, for tests with real servers. */
public final class QuickEngine {

    /** What is a second for others. */
    public static final long TICK_MILLIS = 20;

    private QuickEngine() {}

    /** One that is not started yet. */
    public static RolloutEngine of(RaftConsensus raft) {
        return new RolloutEngine(raft, raft, raft, raft::reports, System::currentTimeMillis, TICK_MILLIS);
    }
}
