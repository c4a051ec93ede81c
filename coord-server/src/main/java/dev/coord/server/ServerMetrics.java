package dev.coord.server;

import dev.coord.server.command.ClusterView;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
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
    private final HubMetrics hub;

    ServerMetrics(ClusterView cluster, StateReader states, Hub hub, LogStore log) {
        garbageCollection.bindTo(registry);
        List.of(
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new FileDescriptorMetrics(),
                        new UptimeMetrics())
                .forEach(binder -> binder.bindTo(registry));
        raft(registry, cluster);
        log(registry, log);
        this.hub = new HubMetrics(hub, System::nanoTime);
        this.hub.bindTo(registry);
        gauge(registry, "coord.state.revision", "The store's revision", states, s -> s.latest()
                .revision());
        gauge(registry, "coord.state.keys", "Keys in the KV store", states, s -> s.latest()
                .kvCount());
    }

    /** In Prometheus' text format. */
    String scrape() {
        hub.refresh();
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

    private static void log(MeterRegistry registry, LogStore log) {
        logGauge(registry, log, "coord.log.entries", "Entries in the log", LogStats::entries);
        logGauge(registry, log, "coord.log.live.bytes", "Bytes of data of live entries", LogStats::liveBytes);
        logGauge(registry, log, "coord.log.file.bytes", "Bytes that the log's files take", LogStats::fileBytes);
        logGauge(
                registry,
                log,
                "coord.log.free.bytes",
                "Bytes in the files that hold nothing live",
                LogStats::freeBytes);
        logGauge(registry, log, "coord.log.free.list.entries", "Entries of the free list", LogStats::freeListEntries);
        logGauge(registry, log, "coord.log.free.list.bytes", "Bytes that the free list takes", LogStats::freeListBytes);
        logGauge(
                registry,
                log,
                "coord.log.write.amplification",
                "Bytes synced for each byte proposed",
                LogStats::writeAmplification);
        logGauge(registry, log, "coord.log.sync.max.seconds", "The longest sync", s -> s.syncNanosMax() / 1e9);
        logCounter(registry, log, "coord.log.proposed.bytes", "Bytes given to the log", LogStats::proposedBytes);
        logCounter(registry, log, "coord.log.synced.bytes", "Bytes made durable", LogStats::syncedBytes);
        logCounter(registry, log, "coord.log.syncs", "Syncs", LogStats::syncs);
        logCounter(registry, log, "coord.log.sync.seconds", "Time spent in syncs", s -> s.syncNanosTotal() / 1e9);
    }

    private static <T> void gauge(
            MeterRegistry registry, String name, String description, T of, ToDoubleFunction<T> value) {
        Gauge.builder(name, of, value).description(description).register(registry);
    }

    private static void logGauge(
            MeterRegistry registry, LogStore log, String name, String description, ToDoubleFunction<LogStats> value) {
        gauge(registry, name, description, log, l -> value.applyAsDouble(l.stats()));
    }

    private static void logCounter(
            MeterRegistry registry, LogStore log, String name, String description, ToDoubleFunction<LogStats> value) {
        FunctionCounter.builder(name, log, l -> value.applyAsDouble(l.stats()))
                .description(description)
                .register(registry);
    }

    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }
}
