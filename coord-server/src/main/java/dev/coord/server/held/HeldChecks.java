package dev.coord.server.held;

import dev.coord.server.agent.Probe;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.lease.Proposals;
import dev.coord.server.loop.Deadline;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs this server's share of the checks that belong to the cluster.
 *
 * <p>A check's state stays as it is until whoever takes it over has a result of its own, and a first result that is worse than
 * what the catalog says counts only when a second one agrees: neither a server's death nor its successor's bad first moment is
 * news about the service. A try that took much longer than it may is not believed: then it was this process that stood still.
 * Without a leader the tries go on and what they find is written once there is one. {@link #close} may be called by any thread.
 */
public final class HeldChecks implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HeldChecks.class);

    /** How many checks one server runs; those beyond are not run, which the log and the metrics say. */
    public static final int RUN_MAX = 10_000;
    /** How many are tried at once; the others wait, in order. */
    static final int TRIES_MAX = 64;
    /** No check is tried more often, milliseconds. */
    static final long INTERVAL_MILLIS_MIN = 1_000;
    /** Of a check that names none, milliseconds. */
    static final long INTERVAL_MILLIS_DEFAULT = 10_000;
    /** A new check is tried for the first time within this long, and a doubted result once more after it, milliseconds. */
    static final long FIRST_MILLIS_MAX = 1_000;
    /** How often, at most, a check is written because of its output alone, milliseconds. */
    static final long OUTPUT_MILLIS_MIN = 60_000;
    /** A service is not removed before its check was critical for this long, whatever the check asks for, milliseconds. */
    static final long DEREGISTER_MILLIS_MIN = 60_000;
    /** What a probe takes at most when the check names no timeout, milliseconds. */
    static final long TIMEOUT_MILLIS_DEFAULT = 10_000;
    /** A try that took this much longer than its timeout tells of this process, not of the service, milliseconds. */
    static final long LATE_MILLIS = 5_000;

    /** How often the state is looked at, milliseconds. */
    private static final long ROUND_MILLIS = 250;
    /** A round is followed by a pause this many times as long. */
    private static final long PAUSE_FACTOR = 20;
    /** Requests from outside: none; all tasks are the loop's own. */
    private static final int WAITING_MAX = 0;

    private final EventLoop loop;
    private final StateReader states;
    private final ClusterView cluster;
    private final Probe probe;
    private final Proposals proposals;
    private final RandomGenerator random;
    private final LongAdder tries = new LongAdder();

    // The loop's thread only, but for the last three, which any thread reads.
    private final Map<Key, Run> runs = new LinkedHashMap<>();
    private final Deque<Run> waiting = new ArrayDeque<>();
    private int underWay;
    private long checksIndexSeen = -1;
    private long nodesIndexSeen = -1;
    private volatile int running;
    private volatile int beyond;
    private volatile int held;

    /**
     * @param probe closed with this
     * @param clockMillis milliseconds that never go back
     */
    public HeldChecks(
            CommandExecutor commands,
            StateReader states,
            ClusterView cluster,
            Probe probe,
            LongSupplier clockMillis,
            RandomGenerator random) {
        this.loop = new EventLoop("coord-held", WAITING_MAX, clockMillis);
        this.states = states;
        this.cluster = cluster;
        this.probe = probe;
        this.proposals = new Proposals(commands, loop);
        this.random = random;
    }

    /** Names are told apart without regard to case, as in the state. */
    private record Key(String node, String checkId) {
        static Key of(CheckEntry check) {
            return new Key(check.node().toLowerCase(Locale.ROOT), check.id().toLowerCase(Locale.ROOT));
        }
    }

    private static final class Run {
        final Deadline due;
        final Deadline deregister;
        CheckEntry check;
        boolean gone;
        /** No result of this server's own yet. */
        boolean fresh = true;
        /** The first result was worse than the catalog's: another must agree. */
        boolean doubted;

        boolean writing;
        long outputNotBeforeMillis;

        Run(CheckEntry check, HeldChecks owner) {
            this.check = check;
            this.due = owner.loop.at(Long.MAX_VALUE, () -> owner.due(this));
            this.deregister = owner.loop.at(Long.MAX_VALUE, () -> owner.removeService(this));
            deregister.cancel();
        }

        CheckDefinition definition() {
            return Objects.requireNonNull(check.definition());
        }

        long intervalMillis() {
            long asked = definition().intervalMillis();
            return asked == 0 ? INTERVAL_MILLIS_DEFAULT : Math.max(INTERVAL_MILLIS_MIN, asked);
        }
    }

    /** Starts the thread. */
    public void start() {
        loop.start();
        loop.execute(this::round);
    }

    /** How many checks this server runs. */
    public int running() {
        return running;
    }

    /** How many checks of this server's share are not run, because it has {@link #RUN_MAX}. */
    public int beyond() {
        return beyond;
    }

    /** How many checks the cluster has, as far as this server knows. */
    public int held() {
        return held;
    }

    /** How many tries were begun. */
    public long tries() {
        return tries.sum();
    }

    private void round() {
        long startNanos = System.nanoTime();
        State state = states.latest();
        if (state.checksIndex() != checksIndexSeen || state.nodesIndex() != nodesIndexSeen) {
            checksIndexSeen = state.checksIndex();
            nodesIndexSeen = state.nodesIndex();
            follow(state);
        }
        long tookMillis = (System.nanoTime() - startNanos) / 1_000_000;
        loop.after(Math.max(ROUND_MILLIS, tookMillis * PAUSE_FACTOR), this::round);
    }

    private void follow(State state) {
        String self = cluster.self().name();
        Set<Key> mine = new HashSet<>();
        int all = 0;
        int tooMany = 0;
        for (HeldCheck held : HeldCheck.in(state)) {
            all++;
            if (self.equalsIgnoreCase(held.runner())) {
                if (mine.size() < RUN_MAX) {
                    mine.add(Key.of(held.check()));
                    run(held.check());
                } else {
                    tooMany++;
                }
            }
        }
        runs.entrySet().removeIf(entry -> !mine.contains(entry.getKey()) && stopped(entry.getValue()));
        if (tooMany > 0 && beyond == 0) {
            LOG.warn(
                    "{} checks of the cluster are not run: this server has its limit of {}; more servers share them out",
                    tooMany,
                    RUN_MAX);
        }
        held = all;
        running = runs.size();
        beyond = tooMany;
    }

    private void run(CheckEntry check) {
        Key key = Key.of(check);
        Run run = runs.get(key);
        if (run == null || !run.definition().equals(check.definition())) {
            if (run != null) {
                stopped(run);
            }
            run = new Run(check, this);
            runs.put(key, run);
            run.due.moveTo(loop.nowMillis() + random.nextLong(Math.min(FIRST_MILLIS_MAX, run.intervalMillis())));
            LOG.debug("Check {} on node {} is run here now", check.id(), check.node());
        }
        run.check = check;
        long afterMillis = run.definition().deregisterCriticalServiceAfterMillis();
        if (check.status() != CheckStatus.CRITICAL || check.serviceId() == null || afterMillis <= 0) {
            run.deregister.cancel();
        } else if (!run.deregister.isSet()) {
            run.deregister.moveTo(loop.nowMillis() + Math.max(afterMillis, DEREGISTER_MILLIS_MIN));
        }
    }

    private boolean stopped(Run run) {
        run.gone = true;
        run.due.cancel();
        run.deregister.cancel();
        waiting.remove(run);
        return true;
    }

    private void due(Run run) {
        if (underWay < TRIES_MAX) {
            attempt(run);
        } else {
            waiting.add(run);
        }
    }

    private void attempt(Run run) {
        underWay++;
        tries.increment();
        long startMillis = loop.nowMillis();
        var unused =
                probe.run(run.definition()).thenAccept(outcome -> loop.execute(() -> ended(run, startMillis, outcome)));
    }

    private void ended(Run run, long startMillis, Probe.Outcome outcome) {
        underWay--;
        Run next = waiting.poll();
        if (next != null) {
            attempt(next);
        }
        if (run.gone) {
            return;
        }
        long now = loop.nowMillis();
        run.due.moveTo(Math.max(now, startMillis + run.intervalMillis()));
        long timeout = run.definition().timeoutMillis();
        if (now - startMillis > (timeout > 0 ? timeout : TIMEOUT_MILLIS_DEFAULT) + LATE_MILLIS) {
            return;
        }
        if (run.fresh && !run.doubted && outcome.status().compareTo(run.check.status()) > 0) {
            run.doubted = true;
            run.due.moveTo(now + Math.min(FIRST_MILLIS_MAX, run.intervalMillis()));
            return;
        }
        run.fresh = false;
        found(run, outcome);
    }

    private void found(Run run, Probe.Outcome outcome) {
        CheckEntry check = states.latest().check(run.check.node(), run.check.id());
        if (check == null || run.writing || cluster.leader().isEmpty()) {
            return; // The next try finds it again.
        }
        boolean statusChanged = check.status() != outcome.status();
        if (!statusChanged
                && (check.output().equals(outcome.output()) || loop.nowMillis() < run.outputNotBeforeMillis)) {
            return;
        }
        if (statusChanged) {
            LOG.info(
                    "Check {} on node {} is {}: {}",
                    check.id(),
                    check.node(),
                    outcome.status().text(),
                    outcome.output());
        }
        run.writing = true;
        run.outputNotBeforeMillis = loop.nowMillis() + OUTPUT_MILLIS_MIN;
        proposals.propose(
                new Command.UpdateCheck(check.node(), check.id(), outcome.status(), outcome.output()),
                (result, failure) -> run.writing = false);
    }

    private void removeService(Run run) {
        CheckEntry check = states.latest().check(run.check.node(), run.check.id());
        if (run.gone || check == null || check.status() != CheckStatus.CRITICAL || check.serviceId() == null) {
            return;
        }
        LOG.info(
                "Service {} on node {} is removed: its check {} was critical for too long",
                check.serviceId(),
                check.node(),
                check.id());
        proposals.propose(new Command.Deregister(check.node(), check.serviceId(), null), (result, failure) -> {
            if (failure != null && !run.gone) {
                run.deregister.moveTo(loop.nowMillis() + INTERVAL_MILLIS_DEFAULT);
            }
        });
    }

    /** Stops the thread and the tries. Idempotent. */
    @Override
    public void close() {
        loop.close();
        probe.close();
    }
}
