package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.Locale;
import java.util.Set;

/** {@code /v1/agent/maintenance} and {@code /v1/agent/service/maintenance/}: out of service on purpose. */
final class AgentMaintenanceEndpoint implements EndpointFamily {

    private static final Set<String> TRUE = Set.of("1", "t", "true");
    private static final Set<String> FALSE = Set.of("0", "f", "false");

    private final LocalAgent agent;

    AgentMaintenanceEndpoint(LocalAgent agent) {
        this.agent = agent;
    }

    @Override
    public void addTo(Routes routes) {
        routes.put("/v1/agent/maintenance", Access.writeOwnNode(Resource.NODE), this::node);
        routes.put("/v1/agent/service/maintenance/", Access.BY_HANDLER, this::service);
    }

    private void node(Exchange exchange) {
        boolean on = enable(exchange);
        String node = exchange.backend().cluster().self().name();
        exchange.await(
                AgentErrors.translated(agent.maintainNode(node, on, reason(exchange))),
                done -> exchange.answer(Answer.ok()));
    }

    private void service(Exchange exchange) {
        String id = exchange.required("Missing service ID");
        boolean on = enable(exchange);
        Authorizer may = exchange.authorizer();
        ServiceEntry service = agent.local().service(id);
        if (service == null) {
            throw HttpError.notFound("No service registered with ID \"" + id + "\"");
        }
        may.requireWrite(Resource.SERVICE, service.name());
        exchange.await(
                AgentErrors.translated(agent.maintainService(id, on, reason(exchange))),
                done -> exchange.answer(Answer.ok()));
    }

    private static boolean enable(Exchange exchange) {
        String text = exchange.parameter("enable");
        if (text == null) {
            throw HttpError.badRequest("Missing value for enable");
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (!TRUE.contains(lower) && !FALSE.contains(lower)) {
            throw HttpError.badRequest("Invalid value for enable: \"" + text + "\"");
        }
        return TRUE.contains(lower);
    }

    private static String reason(Exchange exchange) {
        String reason = exchange.parameter("reason");
        return reason == null ? "" : reason;
    }
}
