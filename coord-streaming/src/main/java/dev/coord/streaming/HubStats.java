package dev.coord.streaming;

import java.util.List;

/**
 * What the hub holds and has done. A moment's picture, made by a walk over all subjects: for operators and for metrics
 * every few seconds, not for each request.
 *
 * @param shape of the hub
 * @param shards one for each shard; the hub shapes without shards give one
 * @param busiest the subjects with most wakeups, the busiest first; in the {@code single} shape its topics
 */
public record HubStats(HubShape shape, List<Shard> shards, List<Busy> busiest) {

    public static final int BUSIEST_DEFAULT = 20;
    public static final int BUSIEST_MAX = 1_000;

    public HubStats {
        shards = List.copyOf(shards);
        busiest = List.copyOf(busiest);
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
     * @param lagRevisions how many revisions the shard is behind the publisher
     */
    public record Shard(
            int channels,
            int subscriptions,
            int waiters,
            long events,
            long wakeups,
            long resets,
            long ringBytes,
            int inboxDepth,
            long lagRevisions) {}

    /**
     * @param subject what is watched
     * @param watchers open subscriptions and parked waiters
     * @param events since the subject is watched
     * @param wakeups calls of ready or wake since the subject is watched
     * @param resets given since the subject is watched
     * @param ringBytes memory that the events in the subject's ring hold on to
     */
    public record Busy(Subject subject, int watchers, long events, long wakeups, long resets, long ringBytes) {}
}
