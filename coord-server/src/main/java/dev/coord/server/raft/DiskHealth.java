package dev.coord.server.raft;

/**
 * How a server's log disk has been doing lately.
 *
 * @param slow it counts as slow, see {@link SlowDiskOptions}
 * @param recentSyncs syncs of the log within the window
 * @param recentSyncP99Nanos what one in a hundred of them exceeded, nanoseconds; 0 when there were none
 * @param handovers how often this server gave leadership away for it, since it started
 */
public record DiskHealth(boolean slow, long recentSyncs, long recentSyncP99Nanos, long handovers) {}
