package dev.coord.client;

import dev.coord.api.v1.Rollout;
import dev.coord.api.v1.RolloutEvent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rollout as it is. Immutable.
 *
 * @param service empty: for all
 * @param percent how far it is
 * @param since when the phase or the step began, by the leader's clock
 * @param author who began it
 * @param reason why it is where it is; empty: nothing stands in its way
 * @param waitingFor what for, if the leader has answered; else empty
 * @param revision that changed it last
 * @param events what happened to it, the newest last; the oldest are forgotten
 */
public record RolloutInfo(
        String feature,
        String service,
        String to,
        Phase phase,
        boolean paused,
        int percent,
        List<Integer> steps,
        Instant since,
        String author,
        String reason,
        String waitingFor,
        long revision,
        List<Event> events) {

    public RolloutInfo {
        steps = List.copyOf(steps);
        events = List.copyOf(events);
    }

    /** How far along it is. */
    public enum Phase {
        /** What is usual is measured; nothing was changed yet. */
        BASELINE,
        /** A step is on and must prove itself. */
        SOAKING,
        /** A guard broke: back at an earlier step, until somebody lifts the hold. */
        HELD,
        DONE,
        ABORTED,
        /** Somebody else changed the flag: the rollout let go of it. */
        OVERTAKEN,
        /** Something that this client does not know. */
        OTHER
    }

    /**
     * One thing that happened.
     *
     * @param kind started, step, broken, paused, resumed, lifted, aborted, done, overtaken
     * @param fromPercent null: forgotten
     * @param author {@code rollout}: the leader, by itself
     */
    public record Event(
            Instant time, String kind, @Nullable Integer fromPercent, int percent, String author, String reason) {

        private static Event of(RolloutEvent message) {
            return new Event(
                    Instant.ofEpochMilli(message.getTimeMs()),
                    message.getKind(),
                    message.hasFromPercent() ? message.getFromPercent() : null,
                    message.getPercent(),
                    message.getAuthor(),
                    message.getReason());
        }
    }

    static RolloutInfo of(Rollout message) {
        return new RolloutInfo(
                message.getFeature(),
                message.getService(),
                message.getTo(),
                switch (message.getPhase()) {
                    case ROLLOUT_PHASE_BASELINE -> Phase.BASELINE;
                    case ROLLOUT_PHASE_SOAKING -> Phase.SOAKING;
                    case ROLLOUT_PHASE_HELD -> Phase.HELD;
                    case ROLLOUT_PHASE_DONE -> Phase.DONE;
                    case ROLLOUT_PHASE_ABORTED -> Phase.ABORTED;
                    case ROLLOUT_PHASE_OVERTAKEN -> Phase.OVERTAKEN;
                    case ROLLOUT_PHASE_UNSPECIFIED, UNRECOGNIZED -> Phase.OTHER;
                },
                message.getPaused(),
                message.getPercent(),
                message.getStepsList(),
                Instant.ofEpochMilli(message.getSinceMs()),
                message.getAuthor(),
                message.getReason(),
                message.getWaitingFor(),
                message.getModifyRevision(),
                message.getEventsList().stream().map(Event::of).toList());
    }
}
