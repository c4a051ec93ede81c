package dev.coord.server.rollout;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FlagLimits;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What people ask of rollouts. Goes by this server's own state, so that a slow leader is asked once, for the change itself; the
 * change is made for one version and tried again when somebody else was faster. Safe from any thread, never blocks.
 */
public final class Rollouts {

    /** The most steps. */
    public static final int STEPS_MAX = 20;
    /** The longest soak and baseline, milliseconds. */
    public static final long MILLIS_MAX = 7L * 24 * 60 * 60 * 1_000;

    public static final List<Integer> STEPS_DEFAULT = List.of(1, 10, 50, 100);

    public static final long SOAK_MILLIS_DEFAULT = 600_000;
    public static final long BASELINE_MILLIS_DEFAULT = 60_000;
    public static final long SAMPLES_MIN_DEFAULT = 100;

    private static final long MILLIS_MIN = 1_000;
    private static final int PERCENT_MAX = 100;
    private static final int SERVICE_CHARS_MAX = 255;
    private static final int GUARDS_MAX = 20;
    /** Of what a message repeats. */
    private static final int SHOWN_CHARS_MAX = 60;

    private static final int ATTEMPTS_MAX = 8;

    private final CommandExecutor executor;
    private final StateReader states;

    /** What breaks a step if nobody says otherwise, over what {@link Signal} says. */
    private volatile List<String> guards;

    /**
     * @param guards what breaks a step if nobody says otherwise, as {@link Signal#guards} reads them
     */
    public Rollouts(CommandExecutor executor, StateReader states, List<String> guards) {
        this.executor = executor;
        this.states = states;
        this.guards = List.copyOf(guards);
    }

    /**
     * From now on other guards count for what is begun; rollouts under way keep theirs.
     *
     * @param defaults as {@link Signal#guards} reads them
     */
    public void guardBy(List<String> defaults) {
        guards = List.copyOf(defaults);
    }

    /**
     * What a rollout is to be.
     *
     * @param to the choice; empty: {@code true} for a feature that is on or off
     * @param service only for this one; empty: for all
     * @param steps per cent, rising, the last is the end
     * @param guards as {@link Signal#guards} reads them
     * @param withoutEvidence goes on even when too few commits were seen to judge by
     */
    public record Plan(
            String feature,
            String to,
            String service,
            List<Integer> steps,
            long soakMillis,
            long baselineMillis,
            List<String> guards,
            long samplesMin,
            boolean withoutEvidence) {
        public Plan {
            steps = List.copyOf(steps);
            guards = List.copyOf(guards);
        }
    }

    /** Begins one; fails when the feature has one that has not ended. */
    public CompletableFuture<Rollout> start(Plan plan, String author) {
        Feature feature = feature(plan.feature());
        Rollout asked = checked(feature, plan, author);
        return change(feature, author, state -> {
            Rollout there = state.rollout(feature.flag());
            if (there != null && !State.hasEnded(there)) {
                throw refused("feature \"" + feature.flag() + "\" has a rollout that has not ended: abort it first");
            }
            return RolloutSteps.started(state, feature, asked);
        });
    }

    /** Stays at the step; the guards go on. */
    public CompletableFuture<Rollout> pause(String feature, String author) {
        return change(feature(feature), author, state -> {
            Rollout rollout = underWay(state, feature);
            return rollout.getPaused() ? null : RolloutSteps.paused(rollout, true, author);
        });
    }

    /** Goes on; the step's soak begins anew. */
    public CompletableFuture<Rollout> resume(String feature, String author) {
        return change(feature(feature), author, state -> {
            Rollout rollout = underWay(state, feature);
            return rollout.getPaused() ? RolloutSteps.paused(rollout, false, author) : null;
        });
    }

    /** Puts the flag back to what it was before the first step, and ends the rollout. */
    public CompletableFuture<Rollout> abort(String feature, String author) {
        return change(feature(feature), author, state -> RolloutSteps.aborted(state, underWay(state, feature), author));
    }

    /** Ends the hold of a rollout that has gone back: the step that it is at soaks anew. */
    public CompletableFuture<Rollout> lift(String feature, String author) {
        return change(feature(feature), author, state -> {
            Rollout rollout = underWay(state, feature);
            if (rollout.getPhase() != RolloutPhase.ROLLOUT_PHASE_HELD) {
                throw refused("the rollout of \"" + feature + "\" is not held: there is nothing to lift");
            }
            return RolloutSteps.lifted(rollout, author);
        });
    }

    private static ConsensusException refused(String why) {
        return new ConsensusException(Reason.INVALID, why);
    }

    /**
     * The name itself.
     *
     * @throws ConsensusException when no feature has it
     */
    public static String knownFeature(String name) {
        return feature(name).flag();
    }

    private static Feature feature(String name) {
        return Feature.named(name)
                .orElseThrow(() -> refused("there is no feature \"" + shown(name) + "\": see coord flags list"));
    }

    /** What was given may be longer than a message can be. */
    private static String shown(String given) {
        return given.length() <= SHOWN_CHARS_MAX ? given : given.substring(0, SHOWN_CHARS_MAX) + "...";
    }

    private static Rollout underWay(State state, String feature) {
        Rollout rollout = state.rollout(feature);
        if (rollout == null || State.hasEnded(rollout)) {
            throw refused("feature \"" + feature + "\" has no rollout under way");
        }
        return rollout;
    }

    private Rollout checked(Feature feature, Plan plan, String author) {
        String to = plan.to().isEmpty() && feature.choices().contains("true") ? "true" : plan.to();
        require(
                feature.choices().contains(to),
                "feature \"" + feature.flag() + "\" can be " + String.join(", ", feature.choices())
                        + (to.isEmpty() ? ": say which, with --to" : ", not \"" + shown(to) + "\""));
        require(
                plan.service().isEmpty() || feature.reach() == Feature.Reach.SERVICES,
                "feature \"" + feature.flag() + "\" is decided for servers, not for services");
        require(
                plan.service().length() <= SERVICE_CHARS_MAX,
                "the service has " + plan.service().length() + " characters, at most " + SERVICE_CHARS_MAX);
        require(
                !plan.steps().isEmpty() && plan.steps().size() <= STEPS_MAX,
                "there are " + plan.steps().size() + " steps: 1 to " + STEPS_MAX);
        int before = 0;
        for (int step : plan.steps()) {
            require(
                    step > before && step <= PERCENT_MAX,
                    "step " + step + " comes after " + before + ": steps rise, from 1 to " + PERCENT_MAX);
            before = step;
        }
        requireMillis("soak", plan.soakMillis());
        requireMillis("baseline", plan.baselineMillis());
        require(plan.samplesMin() >= 1, "samples is " + plan.samplesMin() + ": at least 1");
        require(
                plan.guards().size() <= GUARDS_MAX,
                "there are " + plan.guards().size() + " guards: at most " + GUARDS_MAX);
        return Rollout.newBuilder()
                .setFeature(feature.flag())
                // As rules see it: services that differ in case alone are one.
                .setService(plan.service().toLowerCase(Locale.ROOT))
                .setTo(to)
                .addAllSteps(plan.steps())
                .setSoakMs(plan.soakMillis())
                .setBaselineMs(plan.baselineMillis())
                .addAllGuards(Signal.guards(guards(plan)))
                .setSamplesMin(plan.samplesMin())
                .setWithoutEvidence(plan.withoutEvidence())
                .setAuthor(author)
                .build();
    }

    private List<String> guards(Plan plan) {
        return Stream.concat(guards.stream(), plan.guards().stream()).toList();
    }

    private static void requireMillis(String what, long millis) {
        require(
                millis >= MILLIS_MIN && millis <= MILLIS_MAX,
                what + " is " + millis + " ms: " + MILLIS_MIN + " to " + MILLIS_MAX + " ms");
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw refused(problem);
        }
    }

    private CompletableFuture<Rollout> change(
            Feature feature, String author, Function<State, Command.@Nullable ChangeRollout> change) {
        require(
                author.length() <= FlagLimits.AUTHOR_CHARS_MAX,
                "the author has " + author.length() + " characters, at most " + FlagLimits.AUTHOR_CHARS_MAX);
        return attempt(feature, change, CompletableFuture.completedFuture(states.latest()), 1);
    }

    private CompletableFuture<Rollout> attempt(
            Feature feature,
            Function<State, Command.@Nullable ChangeRollout> change,
            CompletableFuture<State> from,
            int number) {
        return from.thenCompose(state -> {
            Command.ChangeRollout command = change.apply(state);
            if (command == null) {
                return CompletableFuture.completedFuture(state.rollout(feature.flag()));
            }
            return executor.execute(command).thenCompose(result -> {
                if (result.ok()) {
                    return states.linearizable().thenApply(now -> now.rollout(feature.flag()));
                } else if (result.rejection() != null || number == ATTEMPTS_MAX) {
                    return CompletableFuture.failedFuture(refused(why(result, number)));
                }
                return attempt(feature, change, states.linearizable(), number + 1);
            });
        });
    }

    private static String why(CommandResult result, int attempts) {
        CommandResult.Rejection rejection = result.rejection();
        return rejection != null
                ? rejection.message()
                : "the flags or the rollout were changed by others " + attempts + " times meanwhile: nothing was"
                        + " changed by you; try again";
    }
}
