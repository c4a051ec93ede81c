package dev.coord.client;

import dev.coord.api.v1.ShardStats;
import dev.coord.api.v1.SubjectStats;
import dev.coord.api.v1.WatchStatsResponse;
import java.util.List;

/**
 * What the hub of one server holds and has done. A moment's picture. Immutable.
 *
 * @param server the server's name
 * @param hubShape how the hub shares out its work: sharded, keyed or single
 * @param streams open watch streams
 * @param waiters polls and blocking queries that wait
 * @param shards one for each shard; while the hub's shape is being changed those of both hubs
 * @param busiest the subjects with most wakeups, the busiest first
 */
public record WatchStats(
        String server, String hubShape, int streams, int waiters, List<Shard> shards, List<Subject> busiest) {

    public WatchStats {
        shards = List.copyOf(shards);
        busiest = List.copyOf(busiest);
    }

    /**
     * One shard.
     *
     * @param channels subjects with a ring of events
     * @param subscriptions open streams
     * @param waiters polls and blocking queries that wait
     * @param events that came since the hub was opened
     * @param wakeups calls of subscribers and waiters since then
     * @param resets subscribers told to start anew since then
     * @param ringBytes memory that the events in the rings hold on to
     * @param inboxDepth events not yet in the rings
     * @param lagRevisions how many revisions the rings are behind the store
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
            long lagRevisions) {

        static Shard of(ShardStats message) {
            return new Shard(
                    message.getChannels(),
                    message.getSubscriptions(),
                    message.getWaiters(),
                    message.getEvents(),
                    message.getWakeups(),
                    message.getResets(),
                    message.getRingBytes(),
                    message.getInboxDepth(),
                    message.getLagRevisions());
        }
    }

    /**
     * One subject.
     *
     * @param topic kv, service, services, node, nodes, checks, session, sessions ...
     * @param key empty for subjects of which there is only one in a topic
     * @param prefix true: all keys that start with the key
     * @param watchers streams, polls and blocking queries
     * @param events since the subject is watched, as the following
     * @param wakeups calls of its watchers
     * @param resets watchers told to start anew
     * @param ringBytes memory that the events in its ring hold on to
     */
    public record Subject(
            String topic,
            String key,
            boolean prefix,
            int watchers,
            long events,
            long wakeups,
            long resets,
            long ringBytes) {

        static Subject of(SubjectStats message) {
            return new Subject(
                    message.getTopic(),
                    message.getKey(),
                    message.getPrefix(),
                    message.getWatchers(),
                    message.getEvents(),
                    message.getWakeups(),
                    message.getResets(),
                    message.getRingBytes());
        }

        /** {@code service web}, {@code kv app/*}. */
        @Override
        public String toString() {
            return (topic + " " + key).strip() + (prefix ? "*" : "");
        }
    }

    static WatchStats of(WatchStatsResponse message) {
        return new WatchStats(
                message.getServer(),
                message.getHubShape(),
                message.getStreams(),
                message.getWaiters(),
                message.getShardsList().stream().map(Shard::of).toList(),
                message.getBusiestList().stream().map(Subject::of).toList());
    }
}
