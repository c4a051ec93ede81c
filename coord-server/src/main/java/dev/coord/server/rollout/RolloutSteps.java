package dev.coord.server.rollout;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutEvent;
import dev.coord.api.storage.v1.RolloutFigure;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.command.Command;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.GradualFlag;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From one version of a rollout to the next, each as the command that makes it so. Without side effects. */
final class RolloutSteps {

    /** The author of what the leader does by itself. */
    static final String ITSELF = "rollout";

    private RolloutSteps() {}

    static Command.ChangeRollout started(State state, Feature feature, Rollout asked) {
        FlagSetEntry set = state.flagSet(Feature.SET);
        String before = GradualFlag.current(set, feature);
        for (int percent : asked.getStepsList()) {
            // What can't be written is refused now, not in the middle.
            GradualFlag.definition(set, feature, before, asked.getTo(), asked.getService(), percent);
        }
        Rollout.Builder rollout = asked.toBuilder().setPhase(RolloutPhase.ROLLOUT_PHASE_BASELINE);
        if (before != null) {
            rollout.setBefore(before).setWritten(before);
        }
        return new Command.ChangeRollout(
                with(rollout, "started", asked.getAuthor(), "to " + asked.getTo(), List.of()), 0, 0, false);
    }

    static Command.ChangeRollout paused(Rollout rollout, boolean paused, String author) {
        return keepingFlag(
                rollout, rollout.toBuilder().setPaused(paused), paused ? "paused" : "resumed", author, "", List.of());
    }

    static Command.ChangeRollout lifted(Rollout rollout, String author) {
        Rollout.Builder next = rollout.toBuilder()
                .setPaused(false)
                .setReason("")
                .setPhase(
                        rollout.getStep() == 0
                                ? RolloutPhase.ROLLOUT_PHASE_BASELINE
                                : RolloutPhase.ROLLOUT_PHASE_SOAKING);
        return keepingFlag(rollout, next, "lifted", author, "", List.of());
    }

    static Command.ChangeRollout aborted(State state, Rollout rollout, String author) {
        Rollout.Builder next =
                rollout.toBuilder().setPhase(RolloutPhase.ROLLOUT_PHASE_ABORTED).setReason("aborted by " + author);
        if (isOvertaken(state, rollout)) {
            next.setReason("aborted by " + author + "; the flag was changed by somebody else, and stays");
            return keepingFlag(rollout, next, "aborted", author, next.getReason(), List.of());
        }
        return withFlag(state, rollout, next.setStep(0), "aborted", author, "", List.of());
    }

    static Command.ChangeRollout overtaken(Rollout rollout) {
        String reason = "somebody else has changed the flag: the rollout lets go of it";
        return keepingFlag(
                rollout,
                rollout.toBuilder()
                        .setPhase(RolloutPhase.ROLLOUT_PHASE_OVERTAKEN)
                        .setReason(reason),
                "overtaken",
                ITSELF,
                reason,
                List.of());
    }

    /** The next step, or the end after the last. */
    static Command.ChangeRollout forward(State state, Rollout rollout, Verdict why) {
        Rollout.Builder next = rollout.toBuilder();
        if (rollout.getPhase() == RolloutPhase.ROLLOUT_PHASE_BASELINE) {
            next.clearBaseline().addAllBaseline(why.figures());
        }
        if (rollout.getStep() == rollout.getStepsCount()) {
            next.setPhase(RolloutPhase.ROLLOUT_PHASE_DONE).setReason(why.reason());
            return keepingFlag(rollout, next, "done", ITSELF, why.reason(), why.figures());
        }
        next.setPhase(RolloutPhase.ROLLOUT_PHASE_SOAKING).setStep(rollout.getStep() + 1);
        return withFlag(state, rollout, next, "step", ITSELF, why.reason(), why.figures());
    }

    /** The step before. */
    static Command.ChangeRollout back(State state, Rollout rollout, Verdict why) {
        Rollout.Builder next = rollout.toBuilder()
                .setPhase(RolloutPhase.ROLLOUT_PHASE_HELD)
                .setStep(rollout.getStep() - 1)
                .setReason(why.reason());
        return withFlag(state, rollout, next, "broken", ITSELF, why.reason(), why.figures());
    }

    /** True: the flag is not as the rollout has left it. */
    static boolean isOvertaken(State state, Rollout rollout) {
        String there = GradualFlag.current(state.flagSet(Feature.SET), feature(rollout));
        return rollout.hasWritten() ? !rollout.getWritten().equals(there) : there != null;
    }

    private static Feature feature(Rollout rollout) {
        return Feature.named(rollout.getFeature())
                .orElseThrow(() -> new IllegalStateException("no feature " + rollout.getFeature()));
    }

    private static Command.ChangeRollout withFlag(
            State state,
            Rollout before,
            Rollout.Builder next,
            String kind,
            String author,
            String reason,
            List<RolloutFigure> figures) {
        String text = next.getStep() > 0
                ? GradualFlag.definition(
                        state.flagSet(Feature.SET),
                        feature(before),
                        before.hasBefore() ? before.getBefore() : null,
                        before.getTo(),
                        before.getService(),
                        RolloutView.percent(next))
                : before.hasBefore() ? before.getBefore() : null;
        boolean differs = text == null ? before.hasWritten() : !text.equals(before.getWritten());
        setWritten(next, text);
        FlagSetEntry known = state.flagSetOrGone(Feature.SET);
        return new Command.ChangeRollout(
                with(next, kind, author, reason, figures),
                before.getModifyRevision(),
                known == null ? 0 : known.modifyIndex(),
                differs);
    }

    private static void setWritten(Rollout.Builder next, @Nullable String text) {
        if (text == null) {
            next.clearWritten();
        } else {
            next.setWritten(text);
        }
    }

    private static Command.ChangeRollout keepingFlag(
            Rollout before,
            Rollout.Builder next,
            String kind,
            String author,
            String reason,
            List<RolloutFigure> figures) {
        return new Command.ChangeRollout(
                with(next, kind, author, reason, figures), before.getModifyRevision(), 0, false);
    }

    /** The state fills in revision and time. */
    private static Rollout with(
            Rollout.Builder rollout, String kind, String author, String reason, List<RolloutFigure> figures) {
        return rollout.setSinceMs(0)
                .addEvents(RolloutEvent.newBuilder()
                        .setKind(kind)
                        .setPercent(RolloutView.percent(rollout))
                        .setAuthor(author)
                        .setReason(reason)
                        .addAllFigures(figures))
                .build();
    }
}
