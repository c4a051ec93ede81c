package dev.coord.server.http;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.Leases;
import dev.coord.server.flags.FeatureFlags;
import dev.coord.server.state.StateReader;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.Hub;
import java.util.Map;

/**
 * What the endpoints stand on. All parts are safe from any thread and never block; none is owned: closing the HTTP server
 * closes none of them.
 *
 * @param steering how clients are told to watch
 * @param features which of the server's features are on
 */
public record Backend(
        CommandExecutor commands,
        StateReader states,
        ClusterView cluster,
        Leases leases,
        Hub hub,
        WatchSteering steering,
        FeatureFlags features,
        AccessControl access) {

    /** Without an opinion on how to watch, and with all features as they are without flags. */
    public Backend(
            CommandExecutor commands,
            StateReader states,
            ClusterView cluster,
            Leases leases,
            Hub hub,
            AccessControl access) {
        this(
                commands,
                states,
                cluster,
                leases,
                hub,
                new WatchSteering(),
                new FeatureFlags(states, hub, Map.of()),
                access);
    }
}
