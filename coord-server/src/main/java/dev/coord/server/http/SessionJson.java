package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.command.SessionEntry.Behavior;
import java.io.IOException;
import java.util.List;

/** A session as Consul shows it, and as clients ask for one. */
final class SessionJson {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private SessionJson() {}

    static Answer answer(boolean pretty, List<SessionEntry> sessions) {
        return Answer.json(pretty, json -> {
            json.writeStartArray();
            for (SessionEntry session : sessions) {
                write(json, session);
            }
            json.writeEndArray();
        });
    }

    private static void write(JsonGenerator json, SessionEntry session) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", session.id());
        json.writeStringField("Name", session.name());
        json.writeStringField("Node", session.node());
        json.writeNumberField("LockDelay", session.lockDelayMillis() * NANOS_PER_MILLI);
        json.writeStringField("Behavior", session.behavior() == Behavior.DELETE ? "delete" : "release");
        json.writeStringField(
                "TTL", session.ttlMillis() == 0 ? "" : GoDuration.format(session.ttlMillis() * NANOS_PER_MILLI));
        json.writeArrayFieldStart("NodeChecks");
        for (String check : session.nodeChecks()) {
            json.writeString(check);
        }
        json.writeEndArray();
        serviceChecks(json, session.serviceChecks());
        json.writeNumberField("CreateIndex", session.createIndex());
        json.writeNumberField("ModifyIndex", session.modifyIndex());
        json.writeEndObject();
    }

    private static void serviceChecks(JsonGenerator json, List<String> checks) throws IOException {
        json.writeFieldName("ServiceChecks");
        if (checks.isEmpty()) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        for (String check : checks) {
            json.writeStartObject();
            json.writeStringField("ID", check);
            json.writeStringField("Namespace", "");
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
