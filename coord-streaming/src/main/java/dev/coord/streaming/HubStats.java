package dev.coord.streaming;

import java.util.List;

/**
 * What the hub holds and has done. A moment's picture.
 *
 * @param shards one for each shard; the hub shapes without shards give one
 */
public record HubStats(List<Shard> shards) {

    public HubStats {
        shards = List.copyOf(shards);
    }

    /**
     * @param channels subjects with a ring
     * @param subscriptions open ones
     * @param waiters parked ones
     * @param events taken from the inbox since start
     * @param wakeups calls of ready or wake since start
     * @param resets given since start
     * @param ringBytes memory that the events in all rings hold on to
     * @param inboxDepth publications not yet handled
     */
    public record Shard(
            int channels,
            int subscriptions,
            int waiters,
            long events,
            long wakeups,
            long resets,
            long ringBytes,
            int inboxDepth) {}
}
