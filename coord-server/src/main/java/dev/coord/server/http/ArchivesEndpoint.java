package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Resource;
import dev.coord.server.archive.ArchiveSchedule;
import dev.coord.server.archive.ArchiveStatus;
import dev.coord.server.archive.ScheduledArchives;
import java.io.IOException;

/** {@code /v1/agent/snapshots}: how this server's scheduled snapshots are doing, and one at once. Needs no leader. */
public final class ArchivesEndpoint implements EndpointFamily {

    private final ScheduledArchives archives;

    public ArchivesEndpoint(ScheduledArchives archives) {
        this.archives = archives;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/snapshots", Access.read(Resource.OPERATOR), this::status);
        routes.put("/v1/agent/snapshots", Access.write(Resource.OPERATOR), this::take);
    }

    private void status(Exchange exchange) {
        ArchiveStatus status = archives.status();
        exchange.answerJson(json -> write(json, status));
    }

    private void take(Exchange exchange) {
        exchange.await(archives.take(), file -> exchange.answerJson(json -> write(json, archives.status())));
    }

    private static void write(JsonGenerator json, ArchiveStatus status) throws IOException {
        ArchiveSchedule schedule = status.schedule();
        json.writeStartObject();
        json.writeBooleanField("Enabled", schedule.enabled());
        json.writeNumberField("IntervalSeconds", schedule.interval().toSeconds());
        json.writeStringField("Directory", schedule.directory().toString());
        json.writeNumberField("Keep", schedule.keep());
        json.writeNumberField("AgeMaxSeconds", schedule.ageMax().toSeconds());
        json.writeStringField("On", schedule.leaderOnly() ? "leader" : "each");
        json.writeBooleanField("Running", status.running());
        json.writeNumberField("Taken", status.taken());
        json.writeNumberField("Failed", status.failed());
        json.writeNumberField("Kept", status.kept());
        json.writeNumberField("LastMillis", status.lastMillis());
        json.writeStringField("LastFile", status.lastFile());
        json.writeNumberField("LastBytes", status.lastBytes());
        json.writeNumberField("LastTookMillis", status.lastTookMillis());
        json.writeNumberField("LastRevision", status.lastRevision());
        json.writeStringField("LastError", status.lastError());
        json.writeEndObject();
    }
}
