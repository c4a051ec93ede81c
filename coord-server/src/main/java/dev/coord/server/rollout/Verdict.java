package dev.coord.server.rollout;

import dev.coord.api.storage.v1.RolloutFigure;
import java.util.List;

/**
 * What is to be done about a rollout now.
 *
 * @param reason for people; never empty
 * @param figures what it was judged by
 */
record Verdict(Kind kind, String reason, List<RolloutFigure> figures) {

    enum Kind {
        /** Nothing yet. */
        WAIT,
        /** What is usual is known: the figures are the baseline, and the first step begins. */
        BEGIN,
        /** The step has proved itself. */
        GO_ON,
        /** A guard is broken. */
        GO_BACK
    }

    Verdict {
        figures = List.copyOf(figures);
    }

    static Verdict waiting(String reason) {
        return new Verdict(Kind.WAIT, reason, List.of());
    }
}
