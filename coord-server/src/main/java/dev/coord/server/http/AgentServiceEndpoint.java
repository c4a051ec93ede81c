package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** {@code /v1/agent/services} and {@code /v1/agent/service/}: the services that are registered on this server. */
final class AgentServiceEndpoint implements EndpointFamily {

    private static final String CONTENT_HASH = "X-Consul-ContentHash";
    private static final int HASH_BYTES = 8;

    private final LocalAgent agent;

    private final boolean scriptsAllowed;

    AgentServiceEndpoint(LocalAgent agent, boolean scriptsAllowed) {
        this.agent = agent;
        this.scriptsAllowed = scriptsAllowed;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/services", Access.BY_HANDLER, this::list);
        routes.get("/v1/agent/service/", Access.BY_HANDLER, this::one);
        routes.put("/v1/agent/service/register", Access.BY_HANDLER, this::register);
        routes.put("/v1/agent/service/deregister/", Access.BY_HANDLER, this::deregister);
    }

    private void list(Exchange exchange) {
        var filter = exchange.options().filter(FilterFields.SERVICE);
        Authorizer may = exchange.authorizer();
        List<ServiceEntry> services = agent.local().services().stream()
                .filter(may::maySee)
                .filter(filter)
                .toList();
        exchange.answerJson(json -> {
            json.writeStartObject();
            for (ServiceEntry service : services) {
                json.writeFieldName(service.id());
                AgentJson.service(json, service, null);
            }
            json.writeEndObject();
        });
    }

    private void one(Exchange exchange) {
        requireRead(exchange);
        String known = exchange.parameter("hash");
        if (known == null || known.isEmpty()) {
            answer(exchange, service(exchange));
        } else {
            new ContentHashWait(exchange, agent, known).begin();
        }
    }

    private void requireRead(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        ServiceEntry service = agent.local().service(exchange.rest());
        if (service != null) {
            may.requireRead(Resource.SERVICE, service.name());
        }
    }

    private ServiceEntry service(Exchange exchange) {
        ServiceEntry service = agent.local().service(exchange.rest());
        if (service == null) {
            throw unknown(exchange.rest());
        }
        return service;
    }

    static HttpError unknown(String id) {
        return HttpError.notFound("unknown service ID: " + id);
    }

    static void answer(Exchange exchange, ServiceEntry service) {
        String hash = contentHash(service);
        exchange.header(CONTENT_HASH, hash);
        exchange.answerJson(json -> AgentJson.service(json, service, hash));
    }

    /** Equal for services that look equal; opaque to clients. */
    static String contentHash(ServiceEntry service) {
        Buffer content = Json.write(false, json -> AgentJson.service(json, service, null));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes());
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void register(Exchange exchange) {
        boolean replaceChecks = exchange.has("replace-existing-checks");
        exchange.jsonBody(body -> {
            String node = exchange.backend().cluster().self().name();
            AgentServiceRequest request = AgentServiceRequest.read(body, node, scriptsAllowed);
            requireWrite(exchange, request.service().id());
            exchange.authorizer()
                    .requireWrite(Resource.SERVICE, request.service().name());
            exchange.await(
                    AgentErrors.translated(agent.registerService(request.service(), request.checks(), replaceChecks)),
                    done -> exchange.answer(Answer.ok()));
        });
    }

    /** By the name that a service has here; for one that is not there, nothing is needed. */
    private void requireWrite(Exchange exchange, String id) {
        Authorizer may = exchange.authorizer();
        ServiceEntry service = agent.local().service(id);
        if (service != null) {
            may.requireWrite(Resource.SERVICE, service.name());
        }
    }

    private void deregister(Exchange exchange) {
        if (exchange.rest().isEmpty()) {
            throw HttpError.internal("ServiceID missing");
        }
        requireWrite(exchange, exchange.rest());
        exchange.await(
                AgentErrors.translated(agent.deregisterService(exchange.rest())),
                wasThere -> exchange.answer(Answer.ok()));
    }
}
