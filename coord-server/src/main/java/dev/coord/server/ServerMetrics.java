package dev.coord.server;

import dev.coord.server.command.ClusterView;
import dev.coord.server.log.LogOperations;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a server tells of itself in numbers: the JVM, Raft, the log, the hub, the state. All are read when somebody asks; none
 * costs the parts anything. Needs no leader and nothing outside the process. Safe from any thread.
 */
final class ServerMetrics implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    ServerMetrics(ClusterView cluster, StateReader states, Hub hub, LogOperations log) {
        garbageCollection.bindTo(registry);
        List.of(
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new FileDescriptorMetrics(),
                        new UptimeMetrics())
                .forEach(binder -> binder.bindTo(registry));
        raft(registry, cluster);
        LogMetrics.register(registry, log);
        hub(registry, hub);
        gauge(registry, "coord.state.revision", "The store's revision", states, s -> s.latest()
                .revision());
        gauge(registry, "coord.state.keys", "Keys in the KV store", states, s -> s.latest()
                .kvCount());
    }

    /** In Prometheus' text format. */
    String scrape() {
        return registry.scrape();
    }

    private static void raft(MeterRegistry registry, ClusterView cluster) {
        gauge(registry, "coord.raft.term", "Current term", cluster, ClusterView::term);
        gauge(registry, "coord.raft.leader", "1 while this server leads", cluster, c -> c.isLeader() ? 1 : 0);
        gauge(
                registry,
                "coord.raft.leader.known",
                "1 while a leader is known",
                cluster,
                c -> c.leader().isPresent() ? 1 : 0);
        gauge(registry, "coord.raft.log.last.index", "Newest entry in the log", cluster, ClusterView::lastLogIndex);
        gauge(registry, "coord.raft.applied.index", "Newest entry applied", cluster, ClusterView::appliedIndex);
        Gauge.builder("coord.raft.last.contact", cluster, c -> c.lastContactMillis() / 1e3)
                .baseUnit("seconds")
                .description("Since a leader was heard of; 0 on the leader")
                .register(registry);
    }

    private static void hub(MeterRegistry registry, Hub hub) {
        hubGauge(registry, hub, "coord.hub.channels", "Subjects with a ring", HubStats.Shard::channels);
        hubGauge(registry, hub, "coord.hub.subscriptions", "Open subscriptions", HubStats.Shard::subscriptions);
        hubGauge(registry, hub, "coord.hub.waiters", "Parked blocking queries", HubStats.Shard::waiters);
        hubGauge(registry, hub, "coord.hub.ring.bytes", "Memory that rings hold on to", HubStats.Shard::ringBytes);
        hubGauge(registry, hub, "coord.hub.inbox.depth", "Publications not handled yet", HubStats.Shard::inboxDepth);
        hubCounter(registry, hub, "coord.hub.events", "Events taken from inboxes", HubStats.Shard::events);
        hubCounter(registry, hub, "coord.hub.wakeups", "Subscribers and waiters woken", HubStats.Shard::wakeups);
        hubCounter(registry, hub, "coord.hub.resets", "Subscribers told to start anew", HubStats.Shard::resets);
    }

    private static <T> void gauge(
            MeterRegistry registry, String name, String description, T of, ToDoubleFunction<T> value) {
        Gauge.builder(name, of, value).description(description).register(registry);
    }

    private static void hubGauge(
            MeterRegistry registry, Hub hub, String name, String description, ToDoubleFunction<HubStats.Shard> value) {
        gauge(registry, name, description, hub, h -> sum(h, value));
    }

    private static void hubCounter(
            MeterRegistry registry, Hub hub, String name, String description, ToDoubleFunction<HubStats.Shard> value) {
        FunctionCounter.builder(name, hub, h -> sum(h, value))
                .description(description)
                .register(registry);
    }

    private static double sum(Hub hub, ToDoubleFunction<HubStats.Shard> value) {
        return hub.stats().shards().stream().mapToDouble(value).sum();
    }

    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }
}
