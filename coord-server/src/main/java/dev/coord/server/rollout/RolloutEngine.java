package dev.coord.server.rollout;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves rollouts on while this server leads. All that counts is in the replicated state: a new leader goes on from there. It lets
 * figures from before pass, soaks the step anew and counts evidence anew: of a time in which nobody led, nobody knows anything.
 */
public final class RolloutEngine implements LeadershipListener, AutoCloseable {

    /** How often is judged, milliseconds. */
    static final long TICK_MILLIS = 1_000;

    private static final int TASKS_MAX = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(RolloutEngine.class);

    private final EventLoop loop;
    private final CommandExecutor executor;
    private final StateReader states;
    private final ClusterView cluster;
    private final Supplier<Map<String, ServerInfo>> reports;
    private final LongSupplier wallMillis;
    private final long tickMillis;

    // Own thread only.

    /** Which time of leading this is; 0: none. */
    private long reign;

    private long reigns;
    private int leadingTicks;
    private long leadingSinceMillis;
    /** By the revision that made the rollout. */
    private final Map<Long, Guardrail> guardrails = new HashMap<>();

    /** Written by the own thread, read by any: what each rollout waits for, by the revision that made it. */
    private final Map<Long, String> waiting = new ConcurrentHashMap<>();

    private final LongAdder steps = new LongAdder();
    private final LongAdder broken = new LongAdder();

    /**
     * @param reports what each server that is alive has said of itself last, by name
     * @param wallMillis the clock that stamps commands
     */
    public RolloutEngine(
            CommandExecutor executor,
            StateReader states,
            ClusterView cluster,
            Supplier<Map<String, ServerInfo>> reports,
            LongSupplier wallMillis) {
        this(executor, states, cluster, reports, wallMillis, TICK_MILLIS);
    }

    RolloutEngine(
            CommandExecutor executor,
            StateReader states,
            ClusterView cluster,
            Supplier<Map<String, ServerInfo>> reports,
            LongSupplier wallMillis,
            long tickMillis) {
        this.tickMillis = tickMillis;
        this.loop = new EventLoop("coord-rollouts", TASKS_MAX, EventLoop::systemMillis);
        this.executor = executor;
        this.states = states;
        this.cluster = cluster;
        this.reports = reports;
        this.wallMillis = wallMillis;
    }

    /** Starts the thread. */
    public void start() {
        loop.start();
    }

    @Override
    public void leading(long term) {
        loop.execute(() -> {
            reign = ++reigns;
            leadingTicks = 0;
            leadingSinceMillis = wallMillis.getAsLong();
            guardrails.clear();
            tick(reign);
        });
    }

    @Override
    public void following() {
        loop.execute(() -> {
            reign = 0;
            guardrails.clear();
            waiting.clear();
        });
    }

    /** What a rollout waits for, as this server, which leads, sees it; empty: it does not lead. Safe from any thread. */
    public String waitingFor(Rollout rollout) {
        return waiting.getOrDefault(rollout.getCreateRevision(), "");
    }

    /** Whom a rollout's step reaches; empty: no step is on, or it can't be known. Safe from any thread. */
    public Optional<Reach> reach(Rollout rollout) {
        return State.hasEnded(rollout) || rollout.getStep() == 0
                ? Optional.empty()
                : Reach.of(rollout, states.latest(), cluster);
    }

    /** Steps forward that this server has made. */
    public long steps() {
        return steps.sum();
    }

    /** How often this server has taken a step back because a guard broke. */
    public long brokenGuards() {
        return broken.sum();
    }

    private void tick(long ofReign) {
        if (ofReign != reign) {
            return;
        }
        try {
            State state = states.latest();
            List<Rollout> open = state.rollouts().stream()
                    .filter(rollout -> !State.hasEnded(rollout))
                    .toList();
            guardrails
                    .keySet()
                    .retainAll(open.stream().map(Rollout::getCreateRevision).toList());
            waiting.keySet().retainAll(guardrails.keySet());
            open.forEach(rollout -> look(state, rollout));
            leadingTicks++;
        } catch (RuntimeException e) {
            LOG.error("rollouts could not be judged; tried again in {} ms", tickMillis, e);
        }
        loop.after(tickMillis, () -> tick(ofReign));
    }

    private void look(State state, Rollout rollout) {
        long id = rollout.getCreateRevision();
        Guardrail guardrail = guardrails.get(id);
        if (guardrail == null || guardrail.rollout().getModifyRevision() != rollout.getModifyRevision()) {
            guardrail = new Guardrail(rollout, grace(rollout), leadingSinceMillis);
            guardrails.put(id, guardrail);
        }
        if (RolloutSteps.isOvertaken(state, rollout)) {
            propose(rollout, RolloutSteps.overtaken(rollout));
            return;
        }
        List<String> servers =
                cluster.servers().stream().map(ClusterView.Server::name).toList();
        Verdict verdict =
                guardrail.tick(servers, reports.get(), wallMillis.getAsLong(), () -> Reach.of(rollout, state, cluster));
        waiting.put(id, verdict.reason());
        Command.ChangeRollout change = change(state, rollout, verdict);
        if (change != null) {
            propose(rollout, change);
        }
    }

    /** After a step back, and of a new leader, the last seconds' figures are of a time before. */
    private int grace(Rollout rollout) {
        boolean back = rollout.getPhase() == RolloutPhase.ROLLOUT_PHASE_HELD;
        int sinceLeading = Math.max(0, Guardrail.WINDOW_TICKS - leadingTicks);
        return back ? Guardrail.WINDOW_TICKS + Guardrail.BROKEN_TICKS : sinceLeading;
    }

    private static Command.@Nullable ChangeRollout change(State state, Rollout rollout, Verdict verdict) {
        return switch (verdict.kind()) {
            case WAIT -> null;
            case BEGIN, GO_ON -> RolloutSteps.forward(state, rollout, verdict);
            case GO_BACK -> RolloutSteps.back(state, rollout, verdict);
        };
    }

    /** The change is for this version alone: proposed again after a failure, it can't happen twice. */
    private void propose(Rollout before, Command.ChangeRollout change) {
        Rollout after = change.rollout();
        var event = after.getEvents(after.getEventsCount() - 1);
        var unused = executor.execute(change)
                .whenComplete((result, failure) ->
                        tell(before, event.getKind(), event.getPercent(), event.getReason(), result, failure));
    }

    private void tell(
            Rollout rollout,
            String kind,
            int percent,
            String reason,
            @Nullable CommandResult result,
            @Nullable Throwable failure) {
        if (failure != null) {
            LOG.warn(
                    "rollout of {}: {} could not be written and is tried again: {}",
                    rollout.getFeature(),
                    kind,
                    failure.getMessage());
        } else if (result != null && result.rejection() != null) {
            LOG.error(
                    "rollout of {}: {} was refused: {}",
                    rollout.getFeature(),
                    kind,
                    result.rejection().message());
        } else if (result != null && result.ok()) {
            if (kind.equals("broken")) {
                broken.increment();
                LOG.warn("rollout of {} goes back to {}% and is held: {}", rollout.getFeature(), percent, reason);
            } else {
                steps.increment();
                LOG.info("rollout of {}: {}, at {}%: {}", rollout.getFeature(), kind, percent, reason);
            }
        }
    }

    /** Stops the thread. Idempotent. */
    @Override
    public void close() {
        loop.close();
    }
}
