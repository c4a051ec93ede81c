package dev.coord.server.agent;

import dev.coord.server.agent.AgentException.Reason;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.lease.CheckOutput;
import dev.coord.server.lease.ServerNode;
import dev.coord.server.loop.Deadline;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.StateReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services and checks that are registered on this server. Safe from any thread, never blocks.
 *
 * <p>A registration is acknowledged once it is durable in the data directory and, while there is a leader, in the catalog; the
 * catalog is waited for at most {@link #SYNC_MILLIS_MAX}. A change of status goes to the catalog at once, a change of output
 * alone within {@link LocalChecks#OUTPUT_MILLIS_MAX}. The futures fail with {@link AgentException}; then nothing changed.
 */
public final class LocalAgent implements AutoCloseable {

    /** How many services may be registered on one server. */
    public static final int SERVICES_MAX = 20_000;
    /** How many checks one service, or the node itself, may have. */
    public static final int CHECKS_OF_ONE_MAX = 128;
    /** How many requests may wait for the agent's thread. */
    public static final int WAITING_MAX = 50_000;
    /** How long a registration waits for the catalog, milliseconds. */
    public static final long SYNC_MILLIS_MAX = 2_000;

    /** Before the removal of a service that could not be written is tried again, milliseconds. */
    private static final long REMOVE_AGAIN_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(LocalAgent.class);

    private final EventLoop loop;
    private final LocalChecks checks;
    private final CatalogSync sync;
    private final Registrations registrations;
    private final ServiceWaiters waiters = new ServiceWaiters();

    /** Written by the agent's thread, read by any. */
    private volatile LocalCatalog local = LocalCatalog.EMPTY;

    /**
     * @param directory of its own; made if it is not there
     * @param nodeMeta of the configuration
     * @param clockMillis milliseconds that never go back, see {@link EventLoop#systemMillis}
     * @param wallClock the system's time: to know, after a restart, how long this server was away
     * @param probe closed with this
     * @throws IOException if the directory can't be used
     */
    public LocalAgent(
            Path directory,
            CommandExecutor commands,
            StateReader states,
            ClusterView cluster,
            Map<String, String> nodeMeta,
            Probe probe,
            LongSupplier clockMillis,
            InstantSource wallClock,
            RandomGenerator random)
            throws IOException {
        Map<String, String> meta = Map.copyOf(nodeMeta);
        Supplier<NodeEntry> node = () -> ServerNode.node(cluster.self(), meta);
        this.loop = new EventLoop("coord-agent", WAITING_MAX, clockMillis);
        AgentFiles files = new AgentFiles(directory);
        this.sync = new CatalogSync(loop, commands, states, this::local, node, this::adoptTags, random);
        Aliases aliases = new Aliases(this::local, () -> cluster.self().name(), states);
        this.checks = new LocalChecks(loop, this, sync, files, probe, aliases, wallClock, random, this::removeForGood);
        this.registrations = new Registrations(this, checks, sync, files, wallClock);
    }

    /**
     * Reads what is in the data directory, then starts the thread.
     *
     * @param node name of this server
     * @param configured what the configuration says is registered here
     * @throws IOException if the directory can't be read
     * @throws AgentException if something of the configuration can't be registered
     */
    public void start(String node, List<Registration> configured) throws IOException {
        registrations.restore(node, configured);
        loop.execute(() -> {
            checks.start();
            sync.start();
        });
        loop.start();
    }

    /** What is registered at this moment. */
    public LocalCatalog local() {
        return local;
    }

    /**
     * Waits for a change of a service, not of its health. To miss none: begin to wait, then read.
     *
     * @param wake called once, by the agent's thread; must not block
     */
    public ServiceWaiters.Waiting await(String serviceId, Runnable wake) {
        return waiters.await(serviceId, wake);
    }

    /**
     * Registers a service with checks; one of the same id is replaced. A check that was there before under the same id keeps
     * its status and output.
     *
     * @param replaceChecks true: checks that it had before and has no more are removed
     */
    public CompletableFuture<Void> registerService(
            ServiceEntry service, List<CheckEntry> serviceChecks, boolean replaceChecks) {
        return synced(() -> registrations.putService(service, serviceChecks, replaceChecks));
    }

    /** Removes a service and its checks. False: there was none. */
    public CompletableFuture<Boolean> deregisterService(String id) {
        return synced(() -> registrations.removeService(id));
    }

    /**
     * Takes what the configuration now says: registers it, and removes what it said before and says no more. What was
     * registered over the API stays.
     */
    public CompletableFuture<Void> configure(List<Registration> configured) {
        List<Registration> now = List.copyOf(configured);
        return synced(() -> registrations.configure(now));
    }

    /** Registers a check of the node, or of a service that is registered here. */
    public CompletableFuture<Void> registerCheck(CheckEntry check) {
        return synced(() -> registrations.putCheck(check));
    }

    /** Removes a check. False: there was none. */
    public CompletableFuture<Boolean> deregisterCheck(String id) {
        return synced(() -> registrations.removeCheck(id));
    }

    /** Puts a service into maintenance, with a critical check, or takes it out. */
    public CompletableFuture<Void> maintainService(String id, boolean on, String reason) {
        return synced(() -> registrations.maintainService(id, on, reason));
    }

    /** Puts this node into maintenance, with a critical check, or takes it out. */
    public CompletableFuture<Void> maintainNode(String node, boolean on, String reason) {
        return synced(() -> registrations.maintainNode(node, on, reason));
    }

    /** Reports on a TTL check. */
    public CompletableFuture<Void> report(String checkId, CheckStatus status, String output) {
        return onLoop(() -> checks.report(checkId, status, CheckOutput.limited(output))
                ? withinReason(sync.now())
                : CompletableFuture.completedFuture(null));
    }

    /** Something that is done on the agent's thread and may fail. */
    private interface Work<T> {
        T run() throws IOException;
    }

    /** Does it, then waits for the catalog. */
    private <T> CompletableFuture<T> synced(Work<T> work) {
        return onLoop(() -> {
            T result = work.run();
            return withinReason(sync.now()).thenApply(ignored -> result);
        });
    }

    private CompletableFuture<Void> withinReason(CompletableFuture<Void> done) {
        Deadline patience = loop.after(SYNC_MILLIS_MAX, () -> done.complete(null));
        return done.thenRun(patience::cancel);
    }

    private <T> CompletableFuture<T> onLoop(Work<CompletableFuture<T>> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        boolean taken = loop.offer(() -> {
            try {
                var unused = work.run().thenAccept(answer::complete);
            } catch (AgentException e) {
                answer.completeExceptionally(e);
            } catch (IOException e) {
                answer.completeExceptionally(new AgentException(
                        Reason.STORAGE, "the data directory could not be written, nothing was changed: " + e));
            }
        });
        if (!taken) {
            answer.completeExceptionally(new AgentException(
                    Reason.FULL, "this agent has " + WAITING_MAX + " requests waiting: try again later"));
        }
        return answer;
    }

    private void removeForGood(CheckEntry check) {
        String serviceId = check.serviceId();
        if (serviceId == null) {
            return;
        }
        LOG.info("Service {} is removed: its check {} was critical for too long", serviceId, check.id());
        try {
            registrations.removeService(serviceId);
            var unused = sync.now();
        } catch (IOException e) {
            LOG.warn("Service {} could not be removed and is tried again: {}", serviceId, e.toString());
            loop.after(REMOVE_AGAIN_MILLIS, () -> removeIfStillCritical(check.id()));
        }
    }

    private void removeIfStillCritical(String checkId) {
        CheckEntry check = local.check(checkId);
        if (check != null && check.status() == CheckStatus.CRITICAL) {
            removeForGood(check);
        }
    }

    /** The catalog changed the tags, as the service allows. Not written down: the next comparison would tell again. */
    private void adoptTags(ServiceEntry service) {
        publish(local.with(service), List.of(service.id()));
    }

    /** Shows a new picture. On the agent's thread. */
    void publish(LocalCatalog next, Collection<@Nullable String> changedServices) {
        local = next;
        changedServices.forEach(waiters::wake);
    }

    /** Writes down what the checks have found out and stops. Idempotent. */
    @Override
    public void close() {
        loop.close();
        checks.close();
    }
}
