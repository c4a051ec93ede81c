package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Condition;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Command;
import dev.coord.server.lease.ServerNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /v1/operator/autopilot/}: what operators have said of how servers come and go, and how the servers are. */
final class AutopilotEndpoint implements EndpointFamily {

    private static final long NANOS_PER_MILLI = 1_000_000;
    /** A follower hears from its leader so often that this is the least that can be asked for. */
    private static final long LAST_CONTACT_MILLIS_MIN = 2_000;

    @Override
    public void addTo(Routes routes) {
        routes.get(
                "/v1/operator/autopilot/configuration",
                Access.read(Resource.OPERATOR),
                exchange ->
                        exchange.state(state -> exchange.answerJson(json -> write(json, state.autopilotSettings()))));
        routes.put("/v1/operator/autopilot/configuration", Access.write(Resource.OPERATOR), AutopilotEndpoint::set);
        routes.get("/v1/operator/autopilot/health", Access.read(Resource.OPERATOR), AutopilotEndpoint::health);
    }

    private static void write(JsonGenerator json, AutopilotConfig config) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("CleanupDeadServers", config.getCleanupDeadServers());
        json.writeStringField("LastContactThreshold", duration(config.getLastContactThresholdMs()));
        json.writeNumberField("MaxTrailingLogs", config.getMaxTrailingLogs());
        json.writeNumberField("MinQuorum", config.getMinQuorum());
        json.writeStringField("ServerStabilizationTime", duration(config.getServerStabilizationTimeMs()));
        json.writeStringField("RedundancyZoneTag", "");
        json.writeBooleanField("DisableUpgradeMigration", false);
        json.writeStringField("UpgradeVersionTag", "");
        CatalogJson.indexes(json, config.getCreateRevision(), config.getModifyRevision());
        json.writeEndObject();
    }

    private static String duration(long millis) {
        return GoDuration.format(millis * NANOS_PER_MILLI);
    }

    private static void set(Exchange exchange) {
        Long cas = cas(exchange.parameter("cas"));
        exchange.jsonBody(body -> {
            AutopilotConfig config = AutopilotConfig.newBuilder()
                    .setCleanupDeadServers(body.bool("CleanupDeadServers"))
                    .setLastContactThresholdMs(Math.max(0, body.durationMillis("LastContactThreshold")))
                    .setMaxTrailingLogs(body.unsigned("MaxTrailingLogs"))
                    .setMinQuorum(Math.max(0, body.integer("MinQuorum", 0)))
                    .setServerStabilizationTimeMs(Math.max(0, body.durationMillis("ServerStabilizationTime")))
                    .build();
            exchange.execute(new Command.SetAutopilot(config, cas), result -> exchange.answer(Answer.of(result.ok())));
        });
    }

    private static @Nullable Long cas(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw HttpError.badRequest("Bad request: Error parsing cas value: strconv.ParseUint: parsing \"" + text
                    + "\": invalid syntax");
        }
    }

    private static void health(Exchange exchange) {
        ClusterView cluster = exchange.backend().cluster();
        AutopilotConfig config = exchange.backend().states().latest().autopilotSettings();
        List<Server> servers = cluster.servers();
        long voters = servers.stream().filter(Server::voter).count();
        long healthy = servers.stream()
                .filter(server -> server.voter() && isHealthy(cluster, config, server))
                .count();
        boolean all = servers.stream().allMatch(server -> isHealthy(cluster, config, server))
                && cluster.leader().isPresent();
        Answer answer = Answer.json(exchange.options().pretty(), json -> {
            json.writeStartObject();
            json.writeBooleanField("Healthy", all);
            json.writeNumberField("FailureTolerance", Math.max(0, healthy - (voters / 2 + 1)));
            json.writeArrayFieldStart("Servers");
            for (Server server : servers) {
                health(json, cluster, config, server);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
        exchange.answer(all ? answer : answer.withStatus(429));
    }

    private static boolean isHealthy(ClusterView cluster, AutopilotConfig config, Server server) {
        if (!isAlive(cluster, server)) {
            return false;
        }
        Condition condition = cluster.condition(server);
        return condition.lastContactMillis() <= Math.max(config.getLastContactThresholdMs(), LAST_CONTACT_MILLIS_MIN)
                && condition.behind() <= config.getMaxTrailingLogs();
    }

    private static boolean isAlive(ClusterView cluster, Server server) {
        return server.id().equals(cluster.self().id()) || cluster.isAlive(server);
    }

    private static void health(JsonGenerator json, ClusterView cluster, AutopilotConfig config, Server server)
            throws IOException {
        boolean leads =
                cluster.leader().map(leader -> leader.id().equals(server.id())).orElse(false);
        Condition condition = cluster.condition(server);
        json.writeStartObject();
        json.writeStringField("ID", server.id());
        json.writeStringField("Name", server.name());
        json.writeStringField("Address", server.raftAddress());
        json.writeStringField("SerfStatus", isAlive(cluster, server) ? "alive" : "failed");
        json.writeStringField("Version", ServerNode.API_VERSION);
        json.writeBooleanField("Leader", leads);
        json.writeStringField("LastContact", duration(condition.lastContactMillis()));
        json.writeNumberField("LastTerm", condition.term());
        json.writeNumberField("LastIndex", condition.lastIndex());
        json.writeBooleanField("Healthy", isHealthy(cluster, config, server));
        json.writeBooleanField("Voter", server.voter());
        json.writeStringField(
                "StableSince",
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime())
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString());
        json.writeEndObject();
    }
}
