package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Server;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** {@code /v1/operator/raft/} and {@code keyring}: who votes, and what an operator may do about it. */
final class OperatorEndpoint implements EndpointFamily {

    private static final int RELAY_FACTOR_MAX = 5;

    private final ClusterChanges changes;

    OperatorEndpoint(ClusterChanges changes) {
        this.changes = changes;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/operator/raft/configuration", Access.read(Resource.OPERATOR), OperatorEndpoint::configuration);
        routes.delete("/v1/operator/raft/peer", Access.write(Resource.OPERATOR), this::removePeer);
        routes.put("/v1/operator/raft/transfer-leader", Access.write(Resource.OPERATOR), this::transferLeader);
        routes.add(
                HttpMethod.POST,
                "/v1/operator/raft/transfer-leader",
                Access.write(Resource.OPERATOR),
                this::transferLeader);
        routes.get("/v1/operator/keyring", Access.read(Resource.KEYRING), OperatorEndpoint::keyring);
        routes.put("/v1/operator/keyring", Access.write(Resource.KEYRING), OperatorEndpoint::keyring);
        routes.delete("/v1/operator/keyring", Access.write(Resource.KEYRING), OperatorEndpoint::keyring);
        routes.add(HttpMethod.POST, "/v1/operator/keyring", Access.write(Resource.KEYRING), OperatorEndpoint::keyring);
    }

    private static void configuration(Exchange exchange) {
        ClusterView cluster = exchange.backend().cluster();
        String leader = cluster.leader().map(Server::id).orElse("");
        exchange.answerJson(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("Servers");
            for (Server server : cluster.servers()) {
                server(json, server, leader);
            }
            json.writeEndArray();
            json.writeNumberField("Index", 0);
            json.writeEndObject();
        });
    }

    private static void server(JsonGenerator json, Server server, String leaderId) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", server.id());
        json.writeStringField("Node", server.name());
        json.writeStringField("Address", server.raftAddress());
        json.writeBooleanField("Leader", server.id().equals(leaderId));
        json.writeStringField("ProtocolVersion", "3");
        json.writeBooleanField("Voter", server.voter());
        json.writeEndObject();
    }

    private void removePeer(Exchange exchange) {
        String id = exchange.parameter("id");
        String address = exchange.parameter("address");
        boolean byId = id != null && !id.isEmpty();
        boolean byAddress = address != null && !address.isEmpty();
        if (!byId && !byAddress) {
            throw HttpError.badRequest("Bad request: Must specify either ?id with the server's ID or ?address with"
                    + " IP:port of peer to remove");
        }
        if (byId && byAddress) {
            throw HttpError.badRequest("Bad request: Must specify only one of ?id or ?address");
        }
        Server server = exchange.backend().cluster().servers().stream()
                .filter(one -> byId ? one.id().equals(id) : one.raftAddress().equals(address))
                .findFirst()
                .orElseThrow(() -> HttpError.internal(
                        (byId ? "id \"" + id : "address \"" + address) + "\" was not found in the Raft configuration"));
        exchange.await(told(changes.remove(server)), done -> exchange.answer(Answer.ok()));
    }

    /** Newer Consuls have it; the official command line calls it from 1.15 on. */
    private void transferLeader(Exchange exchange) {
        String id = exchange.parameter("id");
        exchange.await(
                told(changes.transferLeadership(target(exchange, id))),
                done -> exchange.answerJson(json -> {
                    json.writeStartObject();
                    json.writeBooleanField("Success", true);
                    json.writeEndObject();
                }));
    }

    private static @Nullable Server target(Exchange exchange, @Nullable String id) {
        if (id == null || id.isEmpty()) {
            return null;
        }
        return exchange.backend().cluster().servers().stream()
                .filter(server -> server.id().equals(id))
                .findFirst()
                .orElseThrow(() -> HttpError.internal("id \"" + id + "\" was not found in the Raft configuration"));
    }

    /** A failure here is no fault of ours: the client gets its message. */
    private static <T> CompletableFuture<T> told(CompletableFuture<T> future) {
        return future.exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return CompletableFuture.failedFuture(
                    cause instanceof IOException ? HttpError.internal(String.valueOf(cause.getMessage())) : cause);
        });
    }

    /** Servers here do not gossip, so there are no keys of gossip: as in Consul without encryption. */
    private static void keyring(Exchange exchange) {
        String factor = exchange.parameter("relay-factor");
        if (factor != null && !factor.matches("[0-" + RELAY_FACTOR_MAX + "]")) {
            throw HttpError.badRequest(
                    "Bad request: Invalid relay-factor: Relay factor must be in range: [0, " + RELAY_FACTOR_MAX + "]");
        }
        throw HttpError.internal(exchange.ownNode() + ": Keyring is empty (encryption not enabled)");
    }
}
