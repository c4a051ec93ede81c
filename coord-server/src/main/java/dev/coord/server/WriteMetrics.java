package dev.coord.server;

import dev.coord.server.command.Priority;
import dev.coord.server.raft.CommandFigures;
import dev.coord.server.raft.WriteQueueFigures;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The commands that clients bring, and their way into the log, in numbers. */
final class WriteMetrics {

    private WriteMetrics() {}

    static void register(PrometheusMeterRegistry registry, CommandFigures commands, Supplier<WriteQueueFigures> queue) {
        LatencyCollector.register(
                registry, "coord_commit_seconds", "From a command's being taken to its answer", commands::latency);
        LatencyCollector.register(
                registry, "coord_apply_seconds", "How long batches took to be applied to the state", commands::applied);
        FunctionCounter.builder("coord.commit.failures", commands, CommandFigures::failures)
                .description("Commands that failed or whose outcome is unknown")
                .register(registry);
        LatencyCollector.register(
                registry, "coord_write_queue_seconds", "How long commands waited for their turn", () -> queue.get()
                        .waits());
        for (Priority priority : Priority.values()) {
            Gauge.builder("coord.write.queue.depth", queue, q -> q.get().waiting(priority))
                    .tag("priority", priority.name().toLowerCase(Locale.ROOT))
                    .description("Commands that wait for their turn")
                    .strongReference(true)
                    .register(registry);
        }
        Gauge.builder("coord.write.proposed", queue, q -> q.get().proposed())
                .description("Commands in the log's hands that are not answered")
                .strongReference(true)
                .register(registry);
        refused(registry, queue, "full", WriteQueueFigures::refusedFull);
        refused(registry, queue, "client", WriteQueueFigures::refusedClient);
        refused(registry, queue, "late", WriteQueueFigures::refusedLate);
    }

    private static void refused(
            PrometheusMeterRegistry registry,
            Supplier<WriteQueueFigures> queue,
            String reason,
            ToDoubleFunction<WriteQueueFigures> count) {
        FunctionCounter.builder("coord.write.refused", queue, q -> count.applyAsDouble(q.get()))
                .tag("reason", reason)
                .description("Commands not taken, or given up before they were proposed")
                .register(registry);
    }
}
