package dev.coord.server.grpc;

import dev.coord.api.v1.ShardStats;
import dev.coord.api.v1.SubjectStats;
import dev.coord.api.v1.WatchStatsRequest;
import dev.coord.api.v1.WatchStatsResponse;
import dev.coord.server.watch.WatchMeans;
import dev.coord.streaming.HubStats;

/** What is told of the hub, and of how to watch, as messages. */
final class WatchStatsMapping {

    private WatchStatsMapping() {}

    /** Throws {@code INVALID_ARGUMENT} beyond the bound. */
    static int busiestMax(WatchStatsRequest request) {
        int asked = request.getBusiestMax();
        if (asked < 0 || asked > HubStats.BUSIEST_MAX) {
            throw Statuses.invalid("busiest_max is " + Integer.toUnsignedString(asked) + ", more than the limit of "
                    + HubStats.BUSIEST_MAX + " subjects");
        }
        return asked == 0 ? HubStats.BUSIEST_DEFAULT : asked;
    }

    static WatchStatsResponse toMessage(String server, HubStats stats) {
        WatchStatsResponse.Builder message = WatchStatsResponse.newBuilder()
                .setServer(server)
                .setHubShape(stats.shape().toString());
        int streams = 0;
        int waiters = 0;
        for (HubStats.Shard shard : stats.shards()) {
            streams += shard.subscriptions();
            waiters += shard.waiters();
            message.addShards(ShardStats.newBuilder()
                    .setChannels(shard.channels())
                    .setSubscriptions(shard.subscriptions())
                    .setWaiters(shard.waiters())
                    .setEvents(shard.events())
                    .setWakeups(shard.wakeups())
                    .setResets(shard.resets())
                    .setRingBytes(shard.ringBytes())
                    .setInboxDepth(shard.inboxDepth())
                    .setLagRevisions(shard.lagRevisions()));
        }
        for (HubStats.Busy busy : stats.busiest()) {
            message.addBusiest(SubjectStats.newBuilder()
                    .setTopic(busy.subject().topic())
                    .setKey(busy.subject().key())
                    .setPrefix(busy.subject().prefix())
                    .setWatchers(busy.watchers())
                    .setEvents(busy.events())
                    .setWakeups(busy.wakeups())
                    .setResets(busy.resets())
                    .setRingBytes(busy.ringBytes()));
        }
        return message.setStreams(streams).setWaiters(waiters).build();
    }

    static dev.coord.api.v1.WatchMeans means(WatchMeans means) {
        return switch (means) {
            case ANY -> dev.coord.api.v1.WatchMeans.WATCH_MEANS_UNSPECIFIED;
            case STREAM -> dev.coord.api.v1.WatchMeans.WATCH_MEANS_STREAM;
            case POLL -> dev.coord.api.v1.WatchMeans.WATCH_MEANS_POLL;
        };
    }
}
