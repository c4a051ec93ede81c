package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutEvent;
import dev.coord.api.storage.v1.RolloutFigure;
import dev.coord.api.storage.v1.RolloutGuard;
import dev.coord.server.rollout.Reach;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.RolloutView;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Rollouts as JSON. */
final class RolloutsJson {

    private static final String PHASE = "ROLLOUT_PHASE_";
    private static final long NANOS_PER_MILLI = 1_000_000;

    private RolloutsJson() {}

    static void list(JsonGenerator json, List<Rollout> rollouts, RolloutEngine engine) throws IOException {
        json.writeStartArray();
        for (int i = rollouts.size() - 1; i >= 0; i--) {
            one(json, rollouts.get(i), engine);
        }
        json.writeEndArray();
    }

    static void one(JsonGenerator json, Rollout rollout, RolloutEngine engine) throws IOException {
        json.writeStartObject();
        json.writeStringField("Feature", rollout.getFeature());
        json.writeStringField("Service", rollout.getService());
        json.writeStringField("To", rollout.getTo());
        json.writeStringField(
                "Phase", rollout.getPhase().name().substring(PHASE.length()).toLowerCase(Locale.ROOT));
        json.writeBooleanField("Paused", rollout.getPaused());
        json.writeNumberField("Percent", RolloutView.percent(rollout));
        json.writeNumberField("Step", rollout.getStep());
        json.writeArrayFieldStart("Steps");
        for (int step : rollout.getStepsList()) {
            json.writeNumber(step);
        }
        json.writeEndArray();
        json.writeStringField("Soak", duration(rollout.getSoakMs()));
        json.writeStringField("Baseline", duration(rollout.getBaselineMs()));
        json.writeNumberField("SamplesMin", rollout.getSamplesMin());
        json.writeBooleanField("WithoutEvidence", rollout.getWithoutEvidence());
        json.writeStringField("Author", rollout.getAuthor());
        json.writeStringField("Since", time(rollout.getSinceMs()));
        json.writeStringField("Reason", rollout.getReason());
        json.writeStringField("WaitingFor", engine.waitingFor(rollout));
        Optional<Reach> reach = engine.reach(rollout);
        if (reach.isPresent()) {
            reach(json, reach.get());
        }
        json.writeArrayFieldStart("Guards");
        for (RolloutGuard guard : rollout.getGuardsList()) {
            json.writeStartObject();
            json.writeStringField("Signal", guard.getSignal());
            json.writeNumberField("Factor", guard.getFactor());
            json.writeNumberField("Floor", guard.getFloor());
            OptionalDouble limit = RolloutView.limit(rollout, guard);
            if (limit.isPresent()) {
                json.writeNumberField("Limit", limit.getAsDouble());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        figures(json, "BaselineFigures", rollout.getBaselineList());
        json.writeArrayFieldStart("Events");
        for (int i = 0; i < rollout.getEventsCount(); i++) {
            RolloutEvent event = rollout.getEvents(i);
            json.writeStartObject();
            json.writeStringField("Time", time(event.getTimeMs()));
            json.writeNumberField("Index", event.getRevision());
            json.writeStringField("Kind", event.getKind());
            OptionalInt before = RolloutView.percentBefore(rollout, i);
            if (before.isPresent()) {
                json.writeNumberField("From", before.getAsInt());
            }
            json.writeNumberField("Percent", event.getPercent());
            json.writeStringField("Author", event.getAuthor());
            json.writeStringField("Reason", event.getReason());
            figures(json, "Figures", event.getFiguresList());
            json.writeEndObject();
        }
        json.writeEndArray();
        CatalogJson.indexes(json, rollout.getCreateRevision(), rollout.getModifyRevision());
        json.writeEndObject();
    }

    private static void reach(JsonGenerator json, Reach reach) throws IOException {
        json.writeObjectFieldStart("Reach");
        json.writeNumberField("Count", reach.count());
        json.writeNumberField("Of", reach.all());
        json.writeArrayFieldStart("Names");
        for (String name : reach.names()) {
            json.writeString(name);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void figures(JsonGenerator json, String field, List<RolloutFigure> figures) throws IOException {
        json.writeArrayFieldStart(field);
        for (RolloutFigure figure : figures) {
            json.writeStartObject();
            json.writeStringField("Signal", figure.getSignal());
            if (!figure.getServer().isEmpty()) {
                json.writeStringField("Server", figure.getServer());
            }
            json.writeNumberField("Value", figure.getValue());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    static void signals(JsonGenerator json, Map<String, ServerInfo> reports) throws IOException {
        json.writeStartArray();
        for (Map.Entry<String, ServerInfo> report : reports.entrySet()) {
            var signals = report.getValue().getSignals();
            json.writeStartObject();
            json.writeStringField("Server", report.getKey());
            json.writeNumberField("Commits", signals.getCommits());
            json.writeNumberField("Failures", signals.getFailures());
            long commands = signals.getCommits() + signals.getFailures();
            json.writeNumberField("ErrorPercent", 100.0 * signals.getFailures() / Math.max(1, commands));
            json.writeNumberField("CommitP99Ms", signals.getCommitP99Micros() / 1e3);
            json.writeNumberField("SyncP99Ms", report.getValue().getRecentSyncP99Micros() / 1e3);
            json.writeNumberField("EventLagP99Ms", signals.getEventLagP99Micros() / 1e3);
            json.writeNumberField("ApplyQueue", signals.getApplyQueue());
            json.writeNumberField("CpuPercent", 100 * signals.getCpu());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    private static String duration(long millis) {
        return GoDuration.format(millis * NANOS_PER_MILLI);
    }
}
