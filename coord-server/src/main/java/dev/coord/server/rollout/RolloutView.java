package dev.coord.server.rollout;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutFigure;
import dev.coord.api.storage.v1.RolloutGuard;
import dev.coord.api.storage.v1.RolloutOrBuilder;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What follows from a rollout as it is kept, for those who judge it and those who show it. Without side effects. */
public final class RolloutView {

    private RolloutView() {}

    /** How many per cent are on. */
    public static int percent(RolloutOrBuilder rollout) {
        return rollout.getStep() == 0 ? 0 : rollout.getSteps(rollout.getStep() - 1);
    }

    /** How many per cent were on before one of its events; empty: that is forgotten. */
    public static OptionalInt percentBefore(Rollout rollout, int event) {
        if (event > 0) {
            return OptionalInt.of(rollout.getEvents(event - 1).getPercent());
        }
        boolean isFirst = rollout.getEvents(0).getRevision() == rollout.getCreateRevision();
        return isFirst ? OptionalInt.of(0) : OptionalInt.empty();
    }

    /** What was usual before the first step; empty: not known, or too little was seen to say anything. */
    public static OptionalDouble baseline(Rollout rollout, String signal) {
        return rollout.getBaselineList().stream()
                .filter(figure -> figure.getSignal().equals(signal))
                .mapToDouble(RolloutFigure::getValue)
                .findFirst();
    }

    /** Above which a guard is broken; empty: what is usual is not known yet. */
    public static OptionalDouble limit(Rollout rollout, RolloutGuard guard) {
        return rollout.getBaselineCount() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.max(
                        guard.getFactor() * baseline(rollout, guard.getSignal()).orElse(0), guard.getFloor()));
    }
}
