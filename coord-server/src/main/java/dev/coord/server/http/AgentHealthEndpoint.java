package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.agent.LocalCatalog;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code /v1/agent/health/service/}: may this server's instance of a service be sent traffic? For load balancers that ask the
 * machine next to them: the status says it all, 200, 429 or 503.
 */
final class AgentHealthEndpoint implements EndpointFamily {

    private static final String REASON = "X-Consul-Reason";

    private final LocalAgent agent;

    AgentHealthEndpoint(LocalAgent agent) {
        this.agent = agent;
    }

    /** Worst last. Maintenance says more than critical. */
    private enum Aggregate {
        PASSING(200),
        WARNING(429),
        CRITICAL(503),
        MAINTENANCE(503);

        final int httpStatus;

        Aggregate(int httpStatus) {
            this.httpStatus = httpStatus;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        Aggregate worseOf(Aggregate other) {
            return compareTo(other) >= 0 ? this : other;
        }

        static Aggregate of(CheckEntry check) {
            if (check.id().equals("_node_maintenance") || check.id().startsWith("_service_maintenance:")) {
                return MAINTENANCE;
            }
            return switch (check.status()) {
                case PASSING -> PASSING;
                case WARNING -> WARNING;
                case CRITICAL -> CRITICAL;
            };
        }
    }

    private record Health(ServiceEntry service, List<CheckEntry> checks) {
        Aggregate aggregate() {
            return checks.stream().map(Aggregate::of).reduce(Aggregate.PASSING, Aggregate::worseOf);
        }

        void write(JsonGenerator json) throws IOException {
            json.writeStartObject();
            json.writeStringField("AggregatedStatus", aggregate().text());
            json.writeFieldName("Service");
            AgentJson.service(json, service, null);
            json.writeArrayFieldStart("Checks");
            for (CheckEntry check : checks) {
                AgentJson.checkInHealth(json, check);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/health/service/id/", Access.BY_HANDLER, this::byId);
        routes.get("/v1/agent/health/service/name/", Access.readNamed(Resource.SERVICE), this::byName);
    }

    private static Health health(LocalCatalog local, ServiceEntry service) {
        List<CheckEntry> checks = new ArrayList<>(local.checksOf(service.id()));
        checks.addAll(local.nodeChecks());
        return new Health(service, checks);
    }

    private void byId(Exchange exchange) {
        String id = exchange.rest();
        if (id.isEmpty()) {
            throw HttpError.internal("Bad request: Missing serviceID");
        }
        Authorizer may = exchange.authorizer();
        LocalCatalog local = agent.local();
        ServiceEntry service = local.service(id);
        if (service != null) {
            may.requireRead(Resource.SERVICE, service.name());
        }
        if (service == null) {
            String reason = "ServiceId " + id + " not found";
            answer(exchange, 404, reason, json -> {
                if (isText(exchange)) {
                    json.writeString(reason);
                } else {
                    unknown(json);
                }
            });
            return;
        }
        Health health = health(local, service);
        answer(exchange, health.aggregate(), health::write);
    }

    private static void unknown(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("AggregatedStatus", "critical");
        json.writeNullField("Service");
        json.writeNullField("Checks");
        json.writeEndObject();
    }

    private void byName(Exchange exchange) {
        String name = exchange.rest();
        if (name.isEmpty()) {
            throw HttpError.internal("Bad request: Missing service Name");
        }
        LocalCatalog local = agent.local();
        List<Health> instances = local.services().stream()
                .filter(service -> service.name().equals(name))
                .map(service -> health(local, service))
                .toList();
        Json.Writer all = json -> {
            json.writeStartArray();
            for (Health instance : instances) {
                instance.write(json);
            }
            json.writeEndArray();
        };
        if (instances.isEmpty()) {
            String reason = "ServiceName " + name + " Not Found";
            answer(exchange, 404, reason, isText(exchange) ? json -> json.writeString(reason) : all);
        } else {
            answer(
                    exchange,
                    instances.stream().map(Health::aggregate).reduce(Aggregate.PASSING, Aggregate::worseOf),
                    all);
        }
    }

    private static boolean isText(Exchange exchange) {
        return "text".equals(exchange.parameter("format"));
    }

    private static void answer(Exchange exchange, Aggregate aggregate, Json.Writer writer) {
        if (isText(exchange)) {
            exchange.header(REASON, aggregate.text());
            exchange.answer(new Answer(aggregate.httpStatus, Headers.PLAIN, Buffer.buffer(aggregate.text())));
        } else {
            answer(exchange, aggregate.httpStatus, aggregate.text(), writer);
        }
    }

    private static void answer(Exchange exchange, int status, String reason, Json.Writer writer) {
        exchange.header(REASON, HeaderText.safe(reason));
        exchange.answer(
                new Answer(status, Headers.JSON, Json.write(exchange.options().pretty(), writer)));
    }
}
