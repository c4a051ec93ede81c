package dev.coord.streaming;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * What the hub holds and has done. A moment's picture, made by a walk over all subjects: for operators and for metrics
 * every few seconds, not for each request.
 *
 * @param shards one for each shard; the hub shapes without shards give one
 * @param busiest the subjects with most wakeups, at most {@link #BUSIEST_MAX}, the busiest first
 */
public record HubStats(List<Shard> shards, List<Busy> busiest) {

    public static final int BUSIEST_MAX = 20;

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

    static List<Busy> busiest(Collection<Busy> subjects) {
        return subjects.stream()
                .sorted(Comparator.comparingLong(Busy::wakeups)
                        .thenComparingInt(Busy::watchers)
                        .reversed())
                .limit(BUSIEST_MAX)
                .toList();
    }
}
