package dev.coord.streaming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * The hub that the server runs: a channel for each subject, and the channels shared out among threads by the hash of
 * the subject. No lock, queue, counter or thread is shared by all subscribers; with one shard it is the {@code keyed}
 * shape, where one thread serves all channels.
 */
public final class ShardedHub implements Hub {

    private static final long END_TIMEOUT_MILLIS = 5_000;

    private final HubOptions options;
    private final Timeline timeline = new Timeline();
    private final PrefixIndex prefixes = new PrefixIndex();
    private final Shard[] shards;

    /** The publisher's own, kept to save allocation: channels that the change at hand touches. */
    private final List<Channel> touched = new ArrayList<>();

    public ShardedHub(HubOptions options) {
        this.options = options;
        this.shards = new Shard[options.shards()];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = new Shard(i, options, shards.length, timeline, prefixes);
        }
        for (Shard shard : shards) {
            shard.start();
        }
    }

    @Override
    public void publish(long revision, List<Publication> publications) {
        timeline.begin(revision);
        if (publications.size() == 1) {
            publishOne(revision, publications);
        } else if (!publications.isEmpty()) {
            publishMany(revision, publications);
        }
        timeline.end(revision);
    }

    /** By far the commonest: one event serves all channels, so each encoding of it is made once for all. */
    private void publishOne(long revision, List<Publication> publications) {
        Publication publication = publications.get(0);
        collect(publication);
        if (!touched.isEmpty()) {
            Event event = Event.of(revision, publications);
            for (int i = 0; i < touched.size(); i++) {
                touched.get(i).shard.offer(touched.get(i), event);
            }
            touched.clear();
        }
    }

    private void publishMany(long revision, List<Publication> publications) {
        Map<Channel, List<Publication>> byChannel = new LinkedHashMap<>();
        for (Publication publication : publications) {
            collect(publication);
            for (Channel channel : touched) {
                byChannel.computeIfAbsent(channel, first -> new ArrayList<>()).add(publication);
            }
            touched.clear();
        }
        byChannel.forEach((channel, changes) -> channel.shard.offer(channel, Event.of(revision, changes)));
    }

    private void collect(Publication publication) {
        Subject subject = Subject.exact(publication.topic(), publication.key());
        Channel exact = shardOf(subject).find(subject);
        if (exact != null) {
            touched.add(exact);
        }
        prefixes.collect(publication.topic(), publication.key(), touched);
    }

    @Override
    public void reset(long revision) {
        timeline.replace(revision);
        for (Shard shard : shards) {
            shard.replace(revision);
        }
        timeline.end(revision);
    }

    @Override
    public Subscription subscribe(Subject subject, long afterRevision, Runnable ready) {
        Shard shard = openShardOf(subject);
        shard.subscriptionOpened();
        if (sum(Shard::subscriptions) > options.subscriptionsMax()) {
            shard.subscriptionClosed();
            throw HubFullException.ofSubscriptions(options);
        }
        return new ChannelSubscription(shard.join(subject), afterRevision, ready);
    }

    @Override
    public Waiter await(Subject subject, long afterRevision, Runnable wake) {
        Shard shard = openShardOf(subject);
        shard.waiterParked();
        if (sum(Shard::waiters) > options.waitersMax()) {
            shard.waiterDone();
            throw HubFullException.ofWaiters(options);
        }
        ChannelWaiter waiter = new ChannelWaiter(shard.join(subject), afterRevision, wake);
        waiter.park();
        return waiter;
    }

    private Shard openShardOf(Subject subject) {
        Shard shard = shardOf(subject);
        if (shard.isClosed()) {
            throw new IllegalStateException("the hub is closed: nothing can be watched any more");
        }
        return shard;
    }

    private Shard shardOf(Subject subject) {
        int hash = subject.hashCode() * 0x9E3779B9;
        return shards[(hash >>> 16) & (shards.length - 1)];
    }

    private int sum(ToIntFunction<Shard> count) {
        int sum = 0;
        for (Shard shard : shards) {
            sum += count.applyAsInt(shard);
        }
        return sum;
    }

    @Override
    public void startAfter(long revision) {
        timeline.startAfter(revision);
    }

    @Override
    public void callAll() {
        for (Shard shard : shards) {
            shard.callAll();
        }
    }

    @Override
    public HubStats stats(int busiestMax) {
        List<HubStats.Shard> stats = new ArrayList<>(shards.length);
        Busiest busiest = new Busiest(busiestMax);
        for (Shard shard : shards) {
            stats.add(shard.stats());
            if (busiestMax > 0) {
                shard.collectStats(busiest);
            }
        }
        return new HubStats(shards.length == 1 ? HubShape.KEYED : HubShape.SHARDED, stats, busiest.inOrder());
    }

    @Override
    public void close() {
        for (Shard shard : shards) {
            shard.close();
        }
        try {
            for (Shard shard : shards) {
                shard.awaitEnd(END_TIMEOUT_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
