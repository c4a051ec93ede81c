package dev.coord.server.http;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.Leases;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.Hub;

/**
 * What the endpoints stand on. All parts are safe from any thread and never block; none is owned: closing the HTTP server
 * closes none of them.
 */
public record Backend(
        CommandExecutor commands,
        StateReader states,
        ClusterView cluster,
        Leases leases,
        Hub hub,
        AccessControl access) {}
