package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import java.util.List;

/** {@code /v1/agent/checks} and {@code /v1/agent/check/}: the checks that are registered on this server. */
final class AgentCheckEndpoint implements EndpointFamily {

    private final LocalAgent agent;

    private final boolean scriptsAllowed;

    AgentCheckEndpoint(LocalAgent agent, boolean scriptsAllowed) {
        this.agent = agent;
        this.scriptsAllowed = scriptsAllowed;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/checks", Access.BY_HANDLER, this::list);
        routes.put("/v1/agent/check/register", Access.BY_HANDLER, this::register);
        routes.put("/v1/agent/check/deregister/", Access.BY_HANDLER, this::deregister);
        routes.put("/v1/agent/check/pass/", Access.BY_HANDLER, exchange -> note(exchange, CheckStatus.PASSING));
        routes.put("/v1/agent/check/warn/", Access.BY_HANDLER, exchange -> note(exchange, CheckStatus.WARNING));
        routes.put("/v1/agent/check/fail/", Access.BY_HANDLER, exchange -> note(exchange, CheckStatus.CRITICAL));
        routes.put("/v1/agent/check/update/", Access.BY_HANDLER, this::update);
    }

    private void list(Exchange exchange) {
        var filter = exchange.options().filter(FilterFields.CHECK);
        Authorizer may = exchange.authorizer();
        List<CheckEntry> checks = agent.local().checks().stream()
                .filter(check -> may.unrestricted() || mayRead(may, check))
                .filter(filter)
                .toList();
        exchange.answerJson(json -> {
            json.writeStartObject();
            for (CheckEntry check : checks) {
                json.writeFieldName(check.id());
                AgentJson.check(json, check);
            }
            json.writeEndObject();
        });
    }

    /** A service's check goes with the service, a node's with the node. */
    private static boolean mayRead(Authorizer may, CheckEntry check) {
        return check.serviceId() == null
                ? may.mayRead(Resource.NODE, check.node())
                : may.mayRead(Resource.SERVICE, check.serviceName());
    }

    private void requireWrite(Exchange exchange, CheckEntry check) {
        Authorizer may = exchange.authorizer();
        ServiceEntry service = check.serviceId() == null ? null : agent.local().service(check.serviceId());
        if (service != null) {
            may.requireWrite(Resource.SERVICE, service.name());
        } else {
            may.requireWrite(Resource.NODE, check.node());
        }
    }

    /** By what the check belongs to; for one that is not there, nothing is needed. */
    private void requireWrite(Exchange exchange, String checkId) {
        exchange.authorizer();
        CheckEntry check = agent.local().check(checkId);
        if (check != null) {
            requireWrite(exchange, check);
        }
    }

    private void register(Exchange exchange) {
        exchange.jsonBody(body -> {
            CheckEntry check = AgentCheckRequest.alone(body, exchange.ownNode(), scriptsAllowed);
            requireWrite(exchange, check);
            requireWrite(exchange, check.id());
            exchange.await(AgentErrors.translated(agent.registerCheck(check)), done -> exchange.answer(Answer.ok()));
        });
    }

    private void deregister(Exchange exchange) {
        if (exchange.rest().isEmpty()) {
            throw HttpError.internal("CheckID missing");
        }
        requireWrite(exchange, exchange.rest());
        exchange.await(
                AgentErrors.translated(agent.deregisterCheck(exchange.rest())),
                wasThere -> exchange.answer(Answer.ok()));
    }

    private void note(Exchange exchange, CheckStatus status) {
        String note = exchange.parameter("note");
        report(exchange, status, note == null ? "" : note);
    }

    private void update(Exchange exchange) {
        exchange.jsonBody(body -> {
            String status = body.string("Status");
            report(
                    exchange,
                    CheckStatus.of(status)
                            .orElseThrow(() -> HttpError.badRequest("Invalid check status: '" + status + "'")),
                    body.string("Output"));
        });
    }

    private void report(Exchange exchange, CheckStatus status, String output) {
        requireWrite(exchange, exchange.rest());
        exchange.await(
                AgentErrors.translated(agent.report(exchange.rest(), status, output)),
                done -> exchange.answer(Answer.ok()));
    }
}
