package dev.coord.server;

import dev.coord.api.raft.v1.Signals;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.archive.ScheduledArchives;
import dev.coord.server.command.ClusterView;
import dev.coord.server.flags.Feature;
import dev.coord.server.held.HeldChecks;
import dev.coord.server.limits.Limits;
import dev.coord.server.limits.WaitingRoom;
import dev.coord.server.log.LogOperations;
import dev.coord.server.raft.CommandFigures;
import dev.coord.server.raft.DiskHealth;
import dev.coord.server.raft.WriteQueueFigures;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.space.DiskSpace;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;
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
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a server tells of itself in numbers: the JVM, Raft, the log, the hub, the state. All are read when somebody asks; none
 * costs the parts anything. Needs no leader and nothing outside the process. Safe from any thread.
 */
final class ServerMetrics implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
    /** Null: of an agent, which has none. */
    private final @Nullable HubMetrics hub;

    ServerMetrics(
            ClusterView cluster,
            StateReader states,
            Hub hub,
            LogOperations log,
            Supplier<DiskHealth> disk,
            Limits limits,
            CommandFigures commands,
            Supplier<WriteQueueFigures> queue) {
        HubMetrics hubMetrics = new HubMetrics(hub, System::nanoTime);
        this.hub = hubMetrics;
        common(limits);
        raft(registry, cluster);
        disk(registry, disk);
        WriteMetrics.register(registry, commands, queue);
        LogMetrics.register(registry, log);
        hubMetrics.bindTo(registry);
        gauge(registry, "coord.state.revision", "The store's revision", states, s -> s.latest()
                .revision());
        gauge(registry, "coord.state.keys", "Keys in the KV store", states, s -> s.latest()
                .kvCount());
    }

    /** Of an agent that is no server. */
    ServerMetrics(Limits limits) {
        this.hub = null;
        common(limits);
    }

    private void common(Limits limits) {
        garbageCollection.bindTo(registry);
        List.of(
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new FileDescriptorMetrics(),
                        new UptimeMetrics())
                .forEach(binder -> binder.bindTo(registry));
        limits(registry, limits);
    }

    /** How much room there is, and how the snapshots in files are doing. */
    void showDisk(DiskSpace space, ScheduledArchives archives) {
        gauge(registry, "coord.disk.free.bytes", "Free on the data directory's disk", space, s -> s.status()
                .freeBytes());
        gauge(
                registry,
                "coord.disk.low",
                "1 while writes are refused for want of room",
                space,
                s -> s.status().low() ? 1 : 0);
        FunctionCounter.builder("coord.disk.refused", space, s -> s.status().refused())
                .description("Writes refused for want of room")
                .register(registry);
        gauge(
                registry,
                "coord.backup.last.millis",
                "When the newest scheduled snapshot was whole",
                archives,
                a -> a.status().lastMillis());
        gauge(registry, "coord.backup.last.bytes", "Its size", archives, a -> a.status()
                .lastBytes());
        FunctionCounter.builder("coord.backup.taken", archives, a -> a.status().taken())
                .description("Scheduled snapshots taken")
                .register(registry);
        FunctionCounter.builder("coord.backup.failed", archives, a -> a.status().failed())
                .description("Scheduled snapshots that failed")
                .register(registry);
    }

    /** In Prometheus' text format. */
    String scrape() {
        if (hub != null) {
            hub.refresh();
        }
        return registry.scrape();
    }

    private static void limits(MeterRegistry registry, Limits limits) {
        gauge(registry, "coord.http.connections", "Open HTTP connections", limits, Limits::connections);
        FunctionCounter.builder("coord.limits.connections.refused", limits, Limits::connectionsRefused)
                .description("HTTP connections closed because all that may be open were")
                .register(registry);
        FunctionCounter.builder("coord.limits.connections.client.refused", limits, Limits::connectionsOfClientRefused)
                .description("HTTP connections turned away because their client had as many as one may")
                .register(registry);
        WaitingRoom room = limits.waitingRoom();
        gauge(
                registry,
                "coord.waiting.room.open",
                "1 while who comes to watch must ask",
                limits,
                l -> l.waitingRoom().isOpen(l.now()) ? 1 : 0);
        FunctionCounter.builder("coord.waiting.room.admitted", room, WaitingRoom::admitted)
                .description("Connections let in to watch while the waiting room was open")
                .register(registry);
        FunctionCounter.builder("coord.waiting.room.turned.away", room, WaitingRoom::turnedAway)
                .description("How often a connection was told to come again later")
                .register(registry);
        for (String operation : List.of("read", "write")) {
            FunctionCounter.builder(
                            "coord.limits.requests.beyond",
                            limits,
                            operation.equals("read") ? Limits::readsBeyond : Limits::writesBeyond)
                    .tag("operation", operation)
                    .description("Requests beyond the rate: refused when enforcing, served when permissive")
                    .register(registry);
        }
    }

    private static void raft(MeterRegistry registry, ClusterView cluster) {
        gauge(
                registry,
                "coord.cluster.generation",
                "How often the cluster was begun anew with what one server had",
                cluster,
                ClusterView::generation);
        gauge(registry, "coord.raft.term", "Current term", cluster, ClusterView::term);
        gauge(registry, "coord.raft.leader", "1 while this server leads", cluster, c -> c.isLeader() ? 1 : 0);
        gauge(
                registry,
                "coord.raft.leader.known",
                "1 while a leader is known",
                cluster,
                c -> c.leader().isPresent() ? 1 : 0);
        gauge(registry, "coord.raft.log.last.index", "Newest entry in the log", cluster, ClusterView::lastLogIndex);
        gauge(
                registry,
                "coord.raft.commit.index",
                "Newest entry known to be agreed on",
                cluster,
                ClusterView::commitIndex);
        gauge(registry, "coord.raft.applied.index", "Newest entry applied", cluster, ClusterView::appliedIndex);
        Gauge.builder("coord.raft.last.contact", cluster, c -> c.lastContactMillis() / 1e3)
                .baseUnit("seconds")
                .description("Since a leader was heard of; 0 on the leader")
                .register(registry);
    }

    private static void disk(MeterRegistry registry, Supplier<DiskHealth> disk) {
        gauge(
                registry,
                "coord.raft.disk.slow",
                "1 while the log's disk counts as slow",
                disk,
                d -> d.get().slow() ? 1 : 0);
        gauge(
                registry,
                "coord.raft.disk.sync.p99.seconds",
                "What one in a hundred of the last syncs exceeded",
                disk,
                d -> d.get().recentSyncP99Nanos() / 1e9);
        FunctionCounter.builder("coord.raft.disk.handovers", disk, d -> d.get().handovers())
                .description("How often this server gave leadership away for its slow disk")
                .register(registry);
    }

    /** Rollouts under way, by feature, and what their guards go by on this server. */
    void showRollouts(RolloutEngine engine, StateReader states, Supplier<Signals> signals) {
        FunctionCounter.builder("coord.rollout.steps", engine, RolloutEngine::steps)
                .description("Steps forward that this server has made while it led")
                .register(registry);
        FunctionCounter.builder("coord.rollout.broken", engine, RolloutEngine::brokenGuards)
                .description("Steps back that this server has taken because a guard broke")
                .register(registry);
        for (Feature feature : Feature.values()) {
            Gauge.builder(
                            "coord.rollout.percent",
                            states,
                            s -> percent(s.latest().rollout(feature.flag())))
                    .tag("feature", feature.flag())
                    .description("How far the feature's newest rollout is; 0 without one")
                    .register(registry);
            Gauge.builder("coord.rollout.held", states, s -> isHeld(s.latest().rollout(feature.flag())) ? 1 : 0)
                    .tag("feature", feature.flag())
                    .description("1 while the feature's rollout is held because a guard broke")
                    .register(registry);
        }
        gauge(
                registry,
                "coord.signal.commit.p99.seconds",
                "What one in a hundred commands exceeded within ten seconds",
                signals,
                s -> s.get().getCommitP99Micros() / 1e6);
        gauge(
                registry,
                "coord.signal.event.lag.p99.seconds",
                "How far watches were behind within ten seconds",
                signals,
                s -> s.get().getEventLagP99Micros() / 1e6);
        gauge(
                registry,
                "coord.signal.apply.queue",
                "Entries of the log that wait to be applied, mean of ten seconds",
                signals,
                s -> s.get().getApplyQueue());
    }

    private static double percent(@Nullable Rollout rollout) {
        return rollout == null || rollout.getStep() == 0 ? 0 : rollout.getSteps(rollout.getStep() - 1);
    }

    private static boolean isHeld(@Nullable Rollout rollout) {
        return rollout != null && rollout.getPhase() == RolloutPhase.ROLLOUT_PHASE_HELD;
    }

    /** Checks that belong to the cluster, and this server's share of them. */
    void showHeldChecks(HeldChecks held) {
        gauge(registry, "coord.checks.held", "Checks that belong to the cluster", held, HeldChecks::held);
        gauge(registry, "coord.checks.held.running", "Those that this server runs", held, HeldChecks::running);
        gauge(
                registry,
                "coord.checks.held.beyond",
                "Those of this server's share that are not run, because there are too many",
                held,
                HeldChecks::beyond);
        FunctionCounter.builder("coord.checks.held.tries", held, HeldChecks::tries)
                .description("Tries of checks that belong to the cluster")
                .register(registry);
    }

    private static <T> void gauge(
            MeterRegistry registry, String name, String description, T of, ToDoubleFunction<T> value) {
        // The registry alone would let go of what is asked, a method's reference among it.
        Gauge.builder(name, of, value)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }
}
