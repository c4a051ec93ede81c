package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Layout;
import dev.coord.server.command.Layout.Place;
import dev.coord.server.command.ServerChange;
import dev.coord.server.command.ServerChange.Kind;
import dev.coord.server.command.ServerChange.Outcome;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** {@code /v1/operator/raft/} and {@code keyring}: who votes, and what an operator may do about it. */
final class OperatorEndpoint implements EndpointFamily {

    private static final int RELAY_FACTOR_MAX = 5;
    private static final int CONFLICT = 409;

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
        routes.get("/v1/operator/survivability", Access.read(Resource.OPERATOR), OperatorEndpoint::survivability);
        routes.put("/v1/operator/raft/change", Access.write(Resource.OPERATOR), this::change);
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
                server(json, server, leader, cluster.condition(server).lastIndex());
            }
            json.writeEndArray();
            json.writeNumberField("Index", 0);
            json.writeEndObject();
        });
    }

    private static void server(JsonGenerator json, Server server, String leaderId, long lastIndex) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", server.id());
        json.writeStringField("Node", server.name());
        json.writeStringField("Address", server.raftAddress());
        json.writeBooleanField("Leader", server.id().equals(leaderId));
        json.writeStringField("ProtocolVersion", "3");
        json.writeBooleanField("Voter", server.voter());
        json.writeNumberField("LastIndex", lastIndex);
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

    /** Ours, not Consul's: whether a majority is left when a server or a zone fails. */
    private static void survivability(Exchange exchange) {
        Layout layout = exchange.backend().cluster().layout();
        exchange.answerJson(json -> {
            json.writeStartObject();
            json.writeStringField("Summary", layout.words());
            json.writeNumberField("Voters", layout.voters());
            json.writeNumberField("Majority", layout.majority());
            json.writeNumberField("Survives", layout.spare());
            json.writeArrayFieldStart("Servers");
            for (Place place : layout.places()) {
                json.writeStartObject();
                json.writeStringField("Name", place.name());
                json.writeStringField("Address", place.address());
                json.writeStringField("Zone", place.zone());
                json.writeBooleanField("Voter", place.voter());
                json.writeBooleanField("Answers", place.answers());
                json.writeBooleanField("LossSurvived", layout.survivesLossOf(place::equals));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("Zones");
            for (String zone : layout.zones()) {
                json.writeStartObject();
                json.writeStringField("Zone", zone);
                json.writeNumberField("Voters", layout.votersIn(zone));
                json.writeBooleanField("LossSurvived", layout.survivesZone(zone));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** Ours, not Consul's: one step of {@code coord operator raft}. */
    private void change(Exchange exchange) {
        exchange.jsonBody(body -> {
            body.requireNoneBut(List.of("Kind", "Address", "InsteadOf", "Force", "CheckOnly"));
            ServerChange change = new ServerChange(
                    kind(body.string("Kind")),
                    body.string("Address"),
                    body.string("InsteadOf"),
                    body.bool("Force"),
                    body.bool("CheckOnly"));
            if (change.address().isEmpty() && change.kind() != Kind.TRANSFER_LEADERSHIP) {
                throw HttpError.badRequest("Bad request: Address is missing: the server's Raft address, host:port");
            }
            exchange.await(told(changes.change(change)), outcome -> exchange.answer(answer(exchange, change, outcome)));
        });
    }

    private static Kind kind(String text) {
        for (Kind kind : Kind.values()) {
            if (text.equals(word(kind))) {
                return kind;
            }
        }
        throw HttpError.badRequest("Bad request: Kind is \"" + text + "\", not one of "
                + Arrays.stream(Kind.values()).map(OperatorEndpoint::word).toList());
    }

    private static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Answer answer(Exchange exchange, ServerChange change, Outcome outcome) {
        Answer answer = Answer.json(exchange.options().pretty(), json -> {
            json.writeStartObject();
            json.writeBooleanField("Done", outcome.done());
            json.writeStringField("Refusal", outcome.refusal());
            json.writeStringField("Summary", outcome.summary());
            layout(json, "Before", outcome.before());
            layout(json, "After", outcome.after());
            json.writeEndObject();
        });
        return outcome.done() || change.checkOnly() ? answer : answer.withStatus(CONFLICT);
    }

    private static void layout(JsonGenerator json, String name, Layout layout) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("Voters", layout.voters());
        json.writeNumberField("Learners", layout.places().size() - layout.voters());
        json.writeNumberField("Answering", layout.answering());
        json.writeNumberField("Majority", layout.majority());
        json.writeNumberField("Survives", layout.spare());
        json.writeEndObject();
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
