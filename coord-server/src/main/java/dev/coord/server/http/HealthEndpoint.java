package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.query.Nearness;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/** {@code /v1/health/}: checks, and services with what decides their health. */
final class HealthEndpoint implements EndpointFamily {

    private static final String MISSING_SERVICE = "Missing service name";
    private static final String ANY = "any";

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/health/node/", Access.BY_HANDLER, HealthEndpoint::node);
        routes.get("/v1/health/checks/", Access.BY_HANDLER, HealthEndpoint::checks);
        routes.get("/v1/health/service/", Access.BY_HANDLER, HealthEndpoint::service);
        routes.get("/v1/health/state/", Access.BY_HANDLER, HealthEndpoint::state);
    }

    private static void node(Exchange exchange) {
        String name = exchange.required("Missing node name");
        exchange.read(new StateQuery(
                Topics.node(name), state -> state.nodeIndex(name), checkList(exchange, state -> state.checksOf(name))));
    }

    private static void checks(Exchange exchange) {
        String name = exchange.required(MISSING_SERVICE);
        exchange.read(new StateQuery(
                Topics.service(name),
                state -> state.serviceIndex(name),
                checkList(exchange, state -> state.checksOfService(name))));
    }

    private static void state(Exchange exchange) {
        String wanted = exchange.required("Missing check state");
        exchange.read(new StateQuery(
                Topics.checks(), State::checksIndex, checkList(exchange, state -> checksIn(state, wanted))));
    }

    private static List<CheckEntry> checksIn(State state, String wanted) {
        if (wanted.equals(ANY)) {
            return state.checksIn(null);
        }
        return CheckStatus.of(wanted).map(state::checksIn).orElse(List.of());
    }

    private static Function<State, Answer> checkList(Exchange exchange, Function<State, List<CheckEntry>> checks) {
        NodeMeta meta = exchange.options().nodeMetaPairs();
        var filter = exchange.options().filter(FilterFields.CHECK);
        Authorizer may = exchange.authorizer();
        String near = exchange.near();
        return state -> {
            List<CheckEntry> matching = checks.apply(state).stream()
                    .filter(may::maySee)
                    .filter(check -> meta.pairs().isEmpty() || meta.matches(state.node(check.node())))
                    .filter(filter)
                    .toList();
            List<CheckEntry> sorted = Nearness.sorted(state, near, matching, CheckEntry::node);
            return Answer.json(exchange.options().pretty(), json -> CheckJson.list(json, sorted));
        };
    }

    private static void service(Exchange exchange) {
        String name = exchange.required(MISSING_SERVICE);
        boolean passingOnly = passingOnly(exchange);
        exchange.sayWhetherCached();
        NodeMeta meta = exchange.options().nodeMetaPairs();
        CatalogEndpoint.Tags tags = CatalogEndpoint.Tags.of(exchange);
        var filter = exchange.options().filter(FilterFields.INSTANCE);
        String near = exchange.near();
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(Topics.service(name), state -> state.serviceIndex(name), state -> {
            List<ServiceInstance> matching = state.instances(name).stream()
                    .filter(may::maySee)
                    .filter(instance -> meta.matches(instance.node()) && tags.matches(instance.service()))
                    .filter(instance -> !passingOnly || isPassing(instance))
                    .filter(filter)
                    .toList();
            List<ServiceInstance> instances = Nearness.sorted(
                    state, near, matching, instance -> instance.node().name());
            return Answer.json(exchange.options().pretty(), json -> instances(json, instances));
        }));
    }

    /** Also part of what running a prepared query gives. */
    static void instances(JsonGenerator json, List<ServiceInstance> instances) throws IOException {
        json.writeStartArray();
        for (ServiceInstance instance : instances) {
            json.writeStartObject();
            json.writeFieldName("Node");
            CatalogJson.node(json, instance.node());
            json.writeFieldName("Service");
            CatalogJson.service(json, instance.service());
            json.writeFieldName("Checks");
            CheckJson.list(json, instance.checks());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static boolean isPassing(ServiceInstance instance) {
        return instance.checks().stream().allMatch(check -> check.status() == CheckStatus.PASSING);
    }

    private static boolean passingOnly(Exchange exchange) {
        String passing = exchange.parameter("passing");
        if (passing == null) {
            return false;
        }
        return switch (passing) {
            case "", "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw HttpError.badRequest("Invalid value for ?passing");
        };
    }
}
