package dev.coord.server.http;

import dev.coord.server.agent.LocalAgent;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import java.util.List;

/** {@code /v1/agent/checks} and {@code /v1/agent/check/}: the checks that are registered on this server. */
final class AgentCheckEndpoint implements EndpointFamily {

    private final LocalAgent agent;

    AgentCheckEndpoint(LocalAgent agent) {
        this.agent = agent;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/checks", this::list);
        routes.put("/v1/agent/check/register", this::register);
        routes.put("/v1/agent/check/deregister/", this::deregister);
        routes.put("/v1/agent/check/pass/", exchange -> note(exchange, CheckStatus.PASSING));
        routes.put("/v1/agent/check/warn/", exchange -> note(exchange, CheckStatus.WARNING));
        routes.put("/v1/agent/check/fail/", exchange -> note(exchange, CheckStatus.CRITICAL));
        routes.put("/v1/agent/check/update/", this::update);
    }

    private void list(Exchange exchange) {
        var filter = exchange.options().filter(FilterFields.CHECK);
        List<CheckEntry> checks = agent.local().checks().stream().filter(filter).toList();
        exchange.answerJson(json -> {
            json.writeStartObject();
            for (CheckEntry check : checks) {
                json.writeFieldName(check.id());
                AgentJson.check(json, check);
            }
            json.writeEndObject();
        });
    }

    private void register(Exchange exchange) {
        exchange.jsonBody(body -> {
            String node = exchange.backend().cluster().self().name();
            exchange.await(
                    AgentErrors.translated(agent.registerCheck(AgentCheckRequest.alone(body, node))),
                    done -> exchange.answer(Answer.ok()));
        });
    }

    private void deregister(Exchange exchange) {
        if (exchange.rest().isEmpty()) {
            throw HttpError.internal("CheckID missing");
        }
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
        exchange.await(
                AgentErrors.translated(agent.report(exchange.rest(), status, output)),
                done -> exchange.answer(Answer.ok()));
    }
}
