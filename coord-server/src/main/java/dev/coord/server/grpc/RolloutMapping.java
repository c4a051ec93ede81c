package dev.coord.server.grpc;

import dev.coord.api.v1.Rollout;
import dev.coord.api.v1.RolloutEvent;
import dev.coord.api.v1.RolloutFigure;
import dev.coord.api.v1.RolloutGuard;
import dev.coord.api.v1.RolloutPhase;
import dev.coord.api.v1.RolloutReach;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.RolloutView;
import java.util.List;

/** Rollouts, as the API says them. */
final class RolloutMapping {

    private RolloutMapping() {}

    /** @param engine this server's: it says more of a rollout while it leads */
    static Rollout toMessage(dev.coord.api.storage.v1.Rollout rollout, RolloutEngine engine) {
        Rollout.Builder message = Rollout.newBuilder()
                .setFeature(rollout.getFeature())
                .setService(rollout.getService())
                .setTo(rollout.getTo())
                .addAllSteps(rollout.getStepsList())
                .setSoakMs(rollout.getSoakMs())
                .setBaselineMs(rollout.getBaselineMs())
                .setSamplesMin(rollout.getSamplesMin())
                .setWithoutEvidence(rollout.getWithoutEvidence())
                .setAuthor(rollout.getAuthor())
                .setPhase(phase(rollout.getPhase()))
                .setPaused(rollout.getPaused())
                .setStep(rollout.getStep())
                .setPercent(RolloutView.percent(rollout))
                .setSinceMs(rollout.getSinceMs())
                .setReason(rollout.getReason())
                .setWaitingFor(engine.waitingFor(rollout))
                .addAllBaseline(figures(rollout.getBaselineList()))
                .setCreateRevision(rollout.getCreateRevision())
                .setModifyRevision(rollout.getModifyRevision());
        rollout.getGuardsList().forEach(guard -> message.addGuards(guard(rollout, guard)));
        engine.reach(rollout)
                .ifPresent(reach -> message.setReach(RolloutReach.newBuilder()
                        .setCount(reach.count())
                        .setOf(reach.all())
                        .addAllNames(reach.names())));
        for (int i = 0; i < rollout.getEventsCount(); i++) {
            message.addEvents(event(rollout, i));
        }
        return message.build();
    }

    private static RolloutPhase phase(dev.coord.api.storage.v1.RolloutPhase phase) {
        return switch (phase) {
            case ROLLOUT_PHASE_BASELINE -> RolloutPhase.ROLLOUT_PHASE_BASELINE;
            case ROLLOUT_PHASE_SOAKING -> RolloutPhase.ROLLOUT_PHASE_SOAKING;
            case ROLLOUT_PHASE_HELD -> RolloutPhase.ROLLOUT_PHASE_HELD;
            case ROLLOUT_PHASE_DONE -> RolloutPhase.ROLLOUT_PHASE_DONE;
            case ROLLOUT_PHASE_ABORTED -> RolloutPhase.ROLLOUT_PHASE_ABORTED;
            case ROLLOUT_PHASE_OVERTAKEN -> RolloutPhase.ROLLOUT_PHASE_OVERTAKEN;
            case ROLLOUT_PHASE_UNSPECIFIED, UNRECOGNIZED -> RolloutPhase.ROLLOUT_PHASE_UNSPECIFIED;
        };
    }

    private static RolloutGuard guard(
            dev.coord.api.storage.v1.Rollout rollout, dev.coord.api.storage.v1.RolloutGuard guard) {
        RolloutGuard.Builder message = RolloutGuard.newBuilder()
                .setSignal(guard.getSignal())
                .setFactor(guard.getFactor())
                .setFloor(guard.getFloor());
        RolloutView.limit(rollout, guard).ifPresent(message::setLimit);
        return message.build();
    }

    private static List<RolloutFigure> figures(List<dev.coord.api.storage.v1.RolloutFigure> figures) {
        return figures.stream()
                .map(figure -> RolloutFigure.newBuilder()
                        .setSignal(figure.getSignal())
                        .setValue(figure.getValue())
                        .setServer(figure.getServer())
                        .build())
                .toList();
    }

    private static RolloutEvent event(dev.coord.api.storage.v1.Rollout rollout, int number) {
        dev.coord.api.storage.v1.RolloutEvent event = rollout.getEvents(number);
        RolloutEvent.Builder message = RolloutEvent.newBuilder()
                .setTimeMs(event.getTimeMs())
                .setRevision(event.getRevision())
                .setKind(event.getKind())
                .setPercent(event.getPercent())
                .setAuthor(event.getAuthor())
                .setReason(event.getReason())
                .addAllFigures(figures(event.getFiguresList()));
        RolloutView.percentBefore(rollout, number).ifPresent(message::setFromPercent);
        return message.build();
    }
}
