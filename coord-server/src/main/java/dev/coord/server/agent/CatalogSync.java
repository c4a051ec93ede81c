package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.lease.Backoff;
import dev.coord.server.lease.Proposals;
import dev.coord.server.loop.Deadline;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the catalog follow the agent. What changed here is written at once; every second, if anything on this node changed in
 * the catalog, and every minute anyway, all is compared, so that what the catalog lost comes back; what fails is tried again with a growing pause. One
 * round at a time; changes that come meanwhile share the next. On the agent's thread.
 */
final class CatalogSync {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogSync.class);

    /** How often it looks whether the catalog changed, milliseconds. */
    static final long COMPARE_MILLIS = 1_000;

    /**
     * How often it compares whatever the catalog's index says, for a restore may bring back an old one, and also removes what
     * the agent does not know, as Consul's does: who registers on a server's node in the catalog alone keeps it for a minute.
     */
    static final long FOREIGN_MILLIS = 60_000;

    /** Of no node: the next look compares. */
    private static final long NEVER = -1;

    private static final long RETRY_MILLIS_MIN = 200;
    private static final long RETRY_MILLIS_MAX = 5_000;

    private final EventLoop loop;
    private final StateReader states;
    private final Supplier<LocalCatalog> local;
    private final Supplier<NodeEntry> node;
    private final Consumer<ServiceEntry> tagsAdopted;
    private final Proposals proposals;
    private final Backoff backoff;

    private Set<String> services = new HashSet<>();
    private Set<String> checks = new HashSet<>();
    private Set<String> outputsDue = new HashSet<>();
    private boolean everything = true;
    private List<CompletableFuture<Void>> waiters = new ArrayList<>();

    private boolean running;
    private int underWay;
    private boolean failed;
    private long comparedIndex = NEVER;
    private boolean foreignToo = true;
    private long foreignMillis;
    private String complaint = "";
    private @Nullable Deadline retry;

    CatalogSync(
            EventLoop loop,
            CommandExecutor commands,
            StateReader states,
            Supplier<LocalCatalog> local,
            Supplier<NodeEntry> node,
            Consumer<ServiceEntry> tagsAdopted,
            RandomGenerator random) {
        this.loop = loop;
        this.states = states;
        this.local = local;
        this.node = node;
        this.tagsAdopted = tagsAdopted;
        this.proposals = new Proposals(commands, loop);
        this.backoff = new Backoff(RETRY_MILLIS_MIN, RETRY_MILLIS_MAX, random);
    }

    /** Starts to look at the catalog regularly. */
    void start() {
        compareIfChanged();
    }

    private void compareIfChanged() {
        foreignToo |= loop.nowMillis() - foreignMillis >= FOREIGN_MILLIS;
        if (foreignToo || states.nodeIndex(states.latest(), node.get().name()) != comparedIndex) {
            everything = true;
        }
        if (dirty() && retry == null) {
            startRound();
        }
        loop.after(COMPARE_MILLIS, this::compareIfChanged);
    }

    void serviceChanged(String id) {
        services.add(id);
    }

    void nodeCheckChanged(String id) {
        checks.add(id);
    }

    void outputDue(String checkId) {
        outputsDue.add(checkId);
    }

    /** Writes what has changed. The future ends, never with an error, when that was tried once. */
    CompletableFuture<Void> now() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        waiters.add(done);
        startRound();
        return done;
    }

    private boolean dirty() {
        return everything || !services.isEmpty() || !checks.isEmpty() || !outputsDue.isEmpty();
    }

    private void startRound() {
        if (running) {
            return;
        }
        running = true;
        failed = false;
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
        if (everything) {
            // A server that is still catching up must not take its own past for what the catalog lost.
            var unused = states.linearizable()
                    .whenComplete((state, failure) -> loop.execute(() -> {
                        if (failure == null) {
                            write(state);
                        } else {
                            failed = true;
                            complain(failure.getMessage());
                            end(takeWaiters());
                        }
                    }));
        } else {
            write(states.latest());
        }
    }

    private List<CompletableFuture<Void>> takeWaiters() {
        List<CompletableFuture<Void>> taken = waiters;
        waiters = new ArrayList<>();
        return taken;
    }

    private void write(State state) {
        Reconciliation difference = new Reconciliation(node.get(), local.get(), state, services, outputsDue);
        if (everything) {
            difference.known();
            services.stream().filter(id -> local.get().service(id) == null).forEach(difference::service);
            checks.stream().filter(id -> local.get().check(id) == null).forEach(difference::check);
            comparedIndex = states.nodeIndex(state, node.get().name());
            if (foreignToo) {
                difference.foreign();
                foreignMillis = loop.nowMillis();
            }
        } else {
            comparedIndex = NEVER;
            services.forEach(difference::service);
            checks.forEach(difference::check);
        }
        difference.tagsAdopted().forEach(tagsAdopted);
        everything = false;
        boolean foreignWritten = foreignToo;
        foreignToo = false;
        Set<String> servicesWritten = services;
        Set<String> checksWritten = checks;
        Set<String> outputsWritten = outputsDue;
        services = new HashSet<>();
        checks = new HashSet<>();
        outputsDue = new HashSet<>();
        List<CompletableFuture<Void>> ofThisRound = takeWaiters();
        List<Command> commands = difference.commands();
        underWay = commands.size();
        if (commands.isEmpty()) {
            end(ofThisRound);
        }
        commands.forEach(command -> proposals.propose(command, (result, failure) -> {
            written(command, result, failure);
            if (--underWay == 0) {
                if (failed) {
                    foreignToo |= foreignWritten;
                    services.addAll(servicesWritten);
                    checks.addAll(checksWritten);
                    outputsDue.addAll(outputsWritten);
                }
                end(ofThisRound);
            }
        }));
    }

    private static String inWords(Command command) {
        if (command instanceof Command.Register register) {
            ServiceEntry service = register.service();
            return (service == null ? "node " + register.node().name() : "service " + service.id()) + ", checks "
                    + register.checks().stream().map(CheckEntry::id).toList();
        }
        if (command instanceof Command.Deregister gone) {
            return "no more " + (gone.serviceId() != null ? "service " + gone.serviceId() : "check " + gone.checkId());
        }
        if (command instanceof Command.UpdateCheck update) {
            return "check " + update.checkId() + " " + update.status();
        }
        return command.getClass().getSimpleName();
    }

    private void written(Command command, @Nullable CommandResult result, @Nullable Throwable failure) {
        if (failure != null) {
            failed = true;
            complain(failure.getMessage());
        } else if (result != null && result.rejection() != null) {
            // Between the comparison and the command the catalog changed, or the entry is one it will never take.
            failed = true;
            complain(command.getClass().getSimpleName() + ": "
                    + result.rejection().message());
        } else if (LOG.isDebugEnabled()) {
            LOG.debug("In the catalog: {}", inWords(command));
        }
    }

    /** The log hears of each cause once, until something was written again. */
    private void complain(@Nullable String cause) {
        String now = String.valueOf(cause);
        if (!now.equals(complaint)) {
            complaint = now;
            LOG.warn("The catalog could not be brought in line with this agent and will be tried again: {}", now);
        }
    }

    private void end(List<CompletableFuture<Void>> ofThisRound) {
        running = false;
        if (failed) {
            everything = true;
            retry = loop.after(backoff.nextMillis(), () -> {
                retry = null;
                startRound();
            });
        } else {
            backoff.reset();
            complaint = "";
        }
        ofThisRound.forEach(waiter -> waiter.complete(null));
        if (!failed && dirty() && !waiters.isEmpty()) {
            startRound();
        }
    }
}
