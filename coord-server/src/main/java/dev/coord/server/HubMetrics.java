package dev.coord.server;

import dev.coord.streaming.Hub;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * The hub in numbers: each shard, and the busiest subjects. Counts begin anew when the hub's shape is changed, as after a
 * restart. The hub is walked over at most twice a second, whoever asks. Safe from any thread.
 */
final class HubMetrics {

    /** Names of subjects are users' data: no more of them than a person reads. */
    private static final int BUSIEST_MAX = 20;

    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Hub hub;
    private final LongSupplier nanoClock;
    private final List<Column> columns = new ArrayList<>();

    /** Under this object's lock, as is the following. */
    private HubStats stats;

    private long readNanos;

    private record Column(MultiGauge gauge, ToDoubleFunction<HubStats.Busy> value) {}

    HubMetrics(Hub hub, LongSupplier nanoClock) {
        this.hub = hub;
        this.nanoClock = nanoClock;
        this.stats = hub.stats(BUSIEST_MAX);
        this.readNanos = nanoClock.getAsLong();
    }

    /** A hub of another shape may have fewer shards, and for the time of the change more, which are not shown. */
    void bindTo(MeterRegistry registry) {
        int shards = Math.max(stats.shards().size(), HubOptions.defaults().shards());
        for (int i = 0; i < shards; i++) {
            gauge(registry, i, "coord.hub.channels", "Subjects with a ring", HubStats.Shard::channels);
            gauge(registry, i, "coord.hub.subscriptions", "Open subscriptions", HubStats.Shard::subscriptions);
            gauge(registry, i, "coord.hub.waiters", "Parked blocking queries", HubStats.Shard::waiters);
            gauge(registry, i, "coord.hub.ring.bytes", "Memory that rings hold on to", HubStats.Shard::ringBytes);
            gauge(registry, i, "coord.hub.inbox.depth", "Events not in the rings yet", HubStats.Shard::inboxDepth);
            gauge(registry, i, "coord.hub.lag.revisions", "Revisions behind the store", HubStats.Shard::lagRevisions);
            counter(registry, i, "coord.hub.events", "Events taken from inboxes", HubStats.Shard::events);
            counter(registry, i, "coord.hub.wakeups", "Subscribers and waiters woken", HubStats.Shard::wakeups);
            counter(registry, i, "coord.hub.resets", "Subscribers told to start anew", HubStats.Shard::resets);
        }
        column(registry, "watchers", "Subscriptions and waiters of a busy subject", HubStats.Busy::watchers);
        column(registry, "events", "Events of a busy subject", HubStats.Busy::events);
        column(registry, "wakeups", "Wakeups of a busy subject", HubStats.Busy::wakeups);
        column(registry, "resets", "Resets of a busy subject", HubStats.Busy::resets);
        column(registry, "ring.bytes", "Memory that a busy subject's ring holds on to", HubStats.Busy::ringBytes);
    }

    /** Names the subjects that are the busiest now. */
    synchronized void refresh() {
        List<HubStats.Busy> busiest = stats().busiest();
        for (Column column : columns) {
            List<Row<?>> rows = new ArrayList<>();
            for (HubStats.Busy busy : busiest) {
                Tags tags = Tags.of(
                        "topic", busy.subject().topic(),
                        "key", busy.subject().key(),
                        "prefix", String.valueOf(busy.subject().prefix()));
                rows.add(Row.of(tags, column.value().applyAsDouble(busy)));
            }
            column.gauge().register(rows, true);
        }
    }

    private synchronized HubStats stats() {
        long now = nanoClock.getAsLong();
        if (now - readNanos > FRESH_NANOS) {
            stats = hub.stats(BUSIEST_MAX);
            readNanos = now;
        }
        return stats;
    }

    private double of(int shard, ToDoubleFunction<HubStats.Shard> value) {
        List<HubStats.Shard> shards = stats().shards();
        return shard < shards.size() ? value.applyAsDouble(shards.get(shard)) : 0;
    }

    private void gauge(
            MeterRegistry registry, int shard, String name, String words, ToDoubleFunction<HubStats.Shard> value) {
        Gauge.builder(name, this, metrics -> metrics.of(shard, value))
                .description(words)
                .tag("shard", String.valueOf(shard))
                .register(registry);
    }

    private void counter(
            MeterRegistry registry, int shard, String name, String words, ToDoubleFunction<HubStats.Shard> value) {
        FunctionCounter.builder(name, this, metrics -> metrics.of(shard, value))
                .description(words)
                .tag("shard", String.valueOf(shard))
                .register(registry);
    }

    private void column(MeterRegistry registry, String name, String words, ToDoubleFunction<HubStats.Busy> value) {
        MultiGauge gauge = MultiGauge.builder("coord.hub.subject." + name)
                .description(words)
                .register(registry);
        columns.add(new Column(gauge, value));
    }
}
