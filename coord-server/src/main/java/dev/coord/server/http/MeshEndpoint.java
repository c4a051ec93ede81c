package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import io.vertx.core.http.HttpMethod;
import java.util.Set;

/** What belongs to the service mesh, answered as Consul does with Connect off: nothing is there. */
final class MeshEndpoint implements EndpointFamily {

    private static final String OFF = "Connect must be enabled in order to use this endpoint";
    private static final String EMPTY_LIST = "[]";
    private static final Set<String> KINDS = Set.of(
            "service-defaults",
            "proxy-defaults",
            "service-router",
            "service-splitter",
            "service-resolver",
            "ingress-gateway",
            "terminating-gateway");

    @Override
    public void addTo(Routes routes) {
        for (String path : new String[] {
            "/v1/connect/ca/roots",
            "/v1/connect/ca/configuration",
            "/v1/agent/connect/ca/roots",
            "/v1/agent/connect/ca/leaf/",
            "/v1/discovery-chain/"
        }) {
            routes.get(path, Access.OPEN, MeshEndpoint::off);
        }
        routes.put("/v1/connect/ca/configuration", Access.write(Resource.OPERATOR), MeshEndpoint::off);
        routes.add(HttpMethod.POST, "/v1/agent/connect/authorize", Access.OPEN, MeshEndpoint::off);
        routes.add(HttpMethod.POST, "/v1/connect/intentions", Access.write(Resource.OPERATOR), MeshEndpoint::notKept);
        routes.put("/v1/config", Access.write(Resource.OPERATOR), MeshEndpoint::notKept);
        routes.get("/v1/connect/intentions", Access.OPEN, exchange -> nothing(exchange, EMPTY_LIST));
        routes.get("/v1/connect/intentions/match", Access.OPEN, MeshEndpoint::matchingIntentions);
        routes.get("/v1/connect/intentions/check", Access.OPEN, MeshEndpoint::checkedIntention);
        routes.get("/v1/connect/intentions/", Access.OPEN, exchange -> {
            throw HttpError.notFound("Intention not found");
        });
        routes.get("/v1/config/", Access.OPEN, MeshEndpoint::config);
        routes.get("/v1/health/connect/", Access.readNamed(Resource.SERVICE), MeshEndpoint::noInstances);
        routes.get("/v1/health/ingress/", Access.readNamed(Resource.SERVICE), MeshEndpoint::noInstances);
        routes.get("/v1/catalog/connect/", Access.readNamed(Resource.SERVICE), MeshEndpoint::noInstances);
        routes.get("/v1/catalog/gateway-services/", Access.readNamed(Resource.SERVICE), exchange -> {
            exchange.required("Missing gateway name");
            nothing(exchange, "null");
        });
    }

    private static void off(Exchange exchange) {
        throw HttpError.internal(OFF);
    }

    private static void notKept(Exchange exchange) {
        throw HttpError.internal(
                "intentions and config entries are part of the service mesh, which is not offered here");
    }

    private static void noInstances(Exchange exchange) {
        exchange.required("Missing service name");
        nothing(exchange, EMPTY_LIST);
    }

    /** A read that finds nothing and may wait until it does, which is never. */
    private static void nothing(Exchange exchange, String body) {
        exchange.read(new StateQuery(
                Topics.services(),
                State::servicesIndex,
                state -> Answer.json(exchange.options().pretty(), json -> json.writeRawValue(body))));
    }

    private static void matchingIntentions(Exchange exchange) {
        exchange.answerJson(json -> {
            json.writeStartObject();
            for (String name : exchange.parameters("name")) {
                json.writeNullField(name);
            }
            json.writeEndObject();
        });
    }

    /** Without rules, whoever asks may do as the default policy says; here that is to connect. */
    private static void checkedIntention(Exchange exchange) {
        exchange.answerJson(json -> {
            json.writeStartObject();
            json.writeBooleanField("Allowed", true);
            json.writeEndObject();
        });
    }

    private static void config(Exchange exchange) {
        String[] kindAndName = exchange.rest().split("/", 2);
        String kind = kindAndName[0];
        if (!kind.isEmpty() && !KINDS.contains(kind)) {
            throw HttpError.internal("invalid config entry kind: " + kind);
        }
        if (kindAndName.length == 2) {
            throw HttpError.notFound("Config entry not found for \"" + kind + "\" / \"" + kindAndName[1] + "\"");
        }
        nothing(exchange, EMPTY_LIST);
    }
}
