package dev.coord.server.http;

import dev.coord.server.acl.OwnTokenStore;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.command.ClusterChanges;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What answers under {@code /v1/agent/}, leader or none, and what else depends on what is registered on this server. */
public final class AgentEndpoints {

    private AgentEndpoints() {}

    /**
     * All families, for {@link HttpApi}.
     *
     * @param metrics writes the server's metrics in Prometheus' text format; called on an event loop
     * @param log the log's figures, by name; called on an event loop
     * @param control what can be done to this server from outside
     * @param changes who is part of the cluster
     * @param disk the data directory, or another file on the disk to tell of
     * @param scriptsAllowed whether checks that come over HTTP may run commands
     */
    public static List<EndpointFamily> all(
            LocalAgent agent,
            Supplier<String> metrics,
            Supplier<Map<String, String>> log,
            AgentControl control,
            ClusterChanges changes,
            Path disk,
            boolean scriptsAllowed) {
        return List.of(
                new AgentServiceEndpoint(agent, scriptsAllowed),
                new AgentCheckEndpoint(agent, scriptsAllowed),
                new AgentControlEndpoint(control, true),
                new AgentHealthEndpoint(agent),
                new AgentMaintenanceEndpoint(agent),
                new EventEndpoint(agent),
                new AgentMembersEndpoint(control),
                new AgentSelfEndpoint(agent, log),
                new AgentMetricsEndpoint(metrics),
                new HostEndpoint(disk),
                new MonitorEndpoint(),
                new AutopilotEndpoint(),
                new OperatorEndpoint(changes));
    }

    /** Those of an agent that is no server: what only it knows. All else is handed to a server. */
    public static List<EndpointFamily> ofAgent(
            LocalAgent agent,
            Supplier<String> metrics,
            Supplier<Map<String, String>> log,
            AgentControl control,
            OwnTokenStore tokens,
            Path disk,
            boolean scriptsAllowed) {
        return List.of(
                new AgentServiceEndpoint(agent, scriptsAllowed),
                new AgentCheckEndpoint(agent, scriptsAllowed),
                new AgentControlEndpoint(control, false),
                new AgentHealthEndpoint(agent),
                new AgentMaintenanceEndpoint(agent),
                new AgentSelfEndpoint(agent, log),
                new AgentTokenEndpoint(tokens),
                new AgentMetricsEndpoint(metrics),
                new HostEndpoint(disk),
                new MonitorEndpoint());
    }
}
