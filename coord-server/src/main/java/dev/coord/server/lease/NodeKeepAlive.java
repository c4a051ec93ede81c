package dev.coord.server.lease;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.Leases;
import dev.coord.server.command.Leases.Beat;
import dev.coord.server.command.Leases.BeatResult;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the node of an agent that is no server alive in the catalog: its {@code serfHealth} is a TTL check of the cluster, on
 * which the agent reports. When it reports no more, the leader turns the check critical after {@link #TTL_MILLIS}.
 */
public final class NodeKeepAlive implements AutoCloseable {

    /** So long after its last sign of life an agent counts as dead, milliseconds. */
    static final long TTL_MILLIS = 10_000;

    private static final long BEAT_MILLIS = 3_000;
    private static final Logger LOG = LoggerFactory.getLogger(NodeKeepAlive.class);

    private final CommandExecutor commands;
    private final Leases leases;
    private final Supplier<NodeEntry> node;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread beats = new Thread(task, "coord-keep-alive");
        beats.setDaemon(true);
        return beats;
    });
    /** Done when the catalog has the node. */
    private final CompletableFuture<Void> known = new CompletableFuture<>();
    /** The thread's alone. */
    private String complaint = "";

    public NodeKeepAlive(CommandExecutor commands, Leases leases, Supplier<NodeEntry> node) {
        this.commands = commands;
        this.leases = leases;
        this.node = node;
    }

    /** Completes when the servers know for the first time that this agent is alive. */
    public CompletableFuture<Void> known() {
        return known.copy();
    }

    public void start() {
        thread.execute(this::beat);
    }

    private void beat() {
        Beat alive = new Beat(node.get().name(), ServerNode.CHECK, CheckStatus.PASSING, ServerNode.ALIVE);
        CompletableFuture<Void> unused = leases.heartbeat(List.of(alive))
                .thenCompose(results ->
                        results.get(0) == BeatResult.OK ? CompletableFuture.<Void>completedFuture(null) : register())
                .handle((done, failure) -> {
                    if (!thread.isShutdown()) {
                        thread.execute(() -> ended(failure == null ? "" : reason(failure)));
                    }
                    return null;
                });
    }

    private CompletableFuture<Void> register() {
        NodeEntry self = node.get();
        CheckEntry check = new CheckEntry(
                self.name(),
                ServerNode.CHECK,
                ServerNode.CHECK_NAME,
                CheckStatus.PASSING,
                "",
                ServerNode.ALIVE,
                null,
                "",
                List.of(),
                "",
                new CheckDefinition(TTL_MILLIS, "", "", "", "", Map.of(), "", false, 0, 0, 0),
                0,
                0);
        return commands.execute(new Command.Register(self, null, List.of(check), false))
                .thenAccept(result -> {
                    if (result.rejection() != null) {
                        throw new IllegalStateException(result.rejection().message());
                    }
                });
    }

    private static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return String.valueOf(cause.getMessage());
    }

    private void ended(String failure) {
        if (!failure.isEmpty() && !failure.equals(complaint)) {
            LOG.warn("The servers do not know that this agent is alive: {}", failure);
        } else if (failure.isEmpty() && !complaint.isEmpty()) {
            LOG.info("The servers know again that this agent is alive");
        }
        complaint = failure;
        if (failure.isEmpty()) {
            known.complete(null);
        }
        ScheduledFuture<?> unused =
                thread.schedule(this::beat, failure.isEmpty() ? BEAT_MILLIS : BEAT_MILLIS / 3, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
