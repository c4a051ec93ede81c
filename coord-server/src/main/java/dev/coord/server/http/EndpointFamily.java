package dev.coord.server.http;

/** The paths of one part of the API, like {@code /v1/kv} or {@code /v1/agent/service}. Used by all event loops at once. */
public interface EndpointFamily {

    /** Says which paths it answers. Called once, before the server listens. */
    void addTo(Routes routes);
}
