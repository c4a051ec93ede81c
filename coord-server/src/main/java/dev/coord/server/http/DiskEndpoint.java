package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import dev.coord.server.space.DiskSpace;
import dev.coord.server.space.SpaceStatus;

/** {@code /v1/agent/disk}: how much room there is on this server's disk. Needs no leader. */
public final class DiskEndpoint implements EndpointFamily {

    private final DiskSpace space;

    public DiskEndpoint(DiskSpace space) {
        this.space = space;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/disk", Access.read(Resource.OPERATOR), this::status);
    }

    private void status(Exchange exchange) {
        SpaceStatus status = space.status();
        exchange.answerJson(json -> {
            json.writeStartObject();
            json.writeBooleanField("Low", status.low());
            json.writeNumberField("FreeBytes", status.freeBytes());
            json.writeNumberField("TotalBytes", status.totalBytes());
            json.writeNumberField("LowBytes", space.settings().lowBytes());
            json.writeNumberField("BallastBytes", status.ballastBytes());
            json.writeNumberField("LowSinceMillis", status.lowSinceMillis());
            json.writeNumberField("TimesLow", status.timesLow());
            json.writeNumberField("Refused", status.refused());
            json.writeStringField("Error", status.error());
            json.writeEndObject();
        });
    }
}
