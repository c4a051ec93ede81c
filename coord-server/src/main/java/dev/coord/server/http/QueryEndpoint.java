package dev.coord.server.http;

import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.Command;
import dev.coord.server.http.QueryOptions.Consistency;
import dev.coord.server.query.PreparedQueries;
import dev.coord.server.query.QueryException;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /v1/query}: searches for a service that are kept under a name. */
final class QueryEndpoint implements EndpointFamily {

    private static final Pattern ID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final String EXECUTE = "/execute";
    private static final String EXPLAIN = "/explain";

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/query", Access.BY_HANDLER, QueryEndpoint::list);
        routes.add(HttpMethod.POST, "/v1/query", Access.BY_HANDLER, QueryEndpoint::create);
        routes.get("/v1/query/", Access.BY_HANDLER, QueryEndpoint::get);
        routes.put("/v1/query/", Access.BY_HANDLER, QueryEndpoint::update);
        routes.delete("/v1/query/", Access.BY_HANDLER, QueryEndpoint::delete);
    }

    private static void list(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        exchange.read(query(state -> Answer.json(exchange.options().pretty(), json -> {
            json.writeStartArray();
            for (PreparedQuery query : state.queries()) {
                if (maySee(may, query)) {
                    QueryJson.write(json, query);
                }
            }
            json.writeEndArray();
        })));
    }

    /** One without a name is its owner's, who knows its id; nobody else is told of it. */
    private static boolean maySee(Authorizer may, PreparedQuery query) {
        return isNamed(query) ? may.mayRead(Resource.QUERY, query.getName()) : may.mayWrite(Resource.ACL);
    }

    private static boolean isNamed(PreparedQuery query) {
        return !query.getName().isEmpty() || !query.getTemplateType().isEmpty();
    }

    private static void requireWrite(Authorizer may, PreparedQuery query) {
        if (isNamed(query)) {
            may.requireWrite(Resource.QUERY, query.getName());
        }
    }

    private static StateQuery query(Function<State, Answer> answer) {
        return new StateQuery(Topics.queries(), State::queriesIndex, answer);
    }

    private static void create(Exchange exchange) {
        exchange.jsonBody(body -> {
            if (!body.string("ID").isEmpty()) {
                throw HttpError.internal("ID must be empty when creating a new prepared query");
            }
            PreparedQuery query = QueryRequest.read(body, UUID.randomUUID().toString());
            requireWrite(exchange.authorizer(), query);
            exchange.executeValid(
                    new Command.SetQuery(query, false),
                    result -> exchange.answerJson(json -> {
                        json.writeStartObject();
                        json.writeStringField("ID", query.getId());
                        json.writeEndObject();
                    }));
        });
    }

    private static void update(Exchange exchange) {
        String id = onlyId(exchange);
        exchange.jsonBody(body -> {
            PreparedQuery query = QueryRequest.read(body, id);
            requireWrite(exchange.authorizer(), query);
            PreparedQuery before = exchange.backend().states().latest().query(id);
            if (before != null) {
                requireWrite(exchange.authorizer(), before);
            }
            exchange.executeValid(new Command.SetQuery(query, true), result -> exchange.answer(Answer.ok()));
        });
    }

    private static void delete(Exchange exchange) {
        String id = onlyId(exchange);
        Authorizer may = exchange.authorizer();
        PreparedQuery before = exchange.backend().states().latest().query(id);
        if (before != null) {
            requireWrite(may, before);
        }
        exchange.executeValid(new Command.DeleteQuery(id), result -> exchange.answer(Answer.ok()));
    }

    /** What is written is named by its id; the two other paths below it are for reading. */
    private static String onlyId(Exchange exchange) {
        String rest = exchange.rest();
        if (rest.endsWith(EXECUTE) || rest.endsWith(EXPLAIN)) {
            exchange.header("Allow", "GET");
            throw new HttpError(405, "method " + exchange.method() + " not allowed");
        }
        return requireId(rest);
    }

    private static String requireId(String id) {
        if (!ID.matcher(id).matches()) {
            throw HttpError.internal("failed prepared query lookup: index error: UUID must be 36 characters");
        }
        return id;
    }

    private static HttpError notFound() {
        return HttpError.notFound("Query not found");
    }

    private static void get(Exchange exchange) {
        String rest = exchange.rest();
        if (rest.endsWith(EXECUTE)) {
            execute(exchange, rest.substring(0, rest.length() - EXECUTE.length()));
        } else if (rest.endsWith(EXPLAIN)) {
            explain(exchange, rest.substring(0, rest.length() - EXPLAIN.length()));
        } else {
            one(exchange, requireId(rest));
        }
    }

    private static void one(Exchange exchange, String id) {
        Authorizer may = exchange.authorizer();
        exchange.read(query(state -> {
            PreparedQuery query = state.query(id);
            if (query == null) {
                throw notFound();
            }
            if (isNamed(query)) {
                may.requireRead(Resource.QUERY, query.getName());
            }
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                QueryJson.write(json, query);
                json.writeEndArray();
            });
        }));
    }

    /** In Consul neither of the two blocks. */
    private static void explain(Exchange exchange, String nameOrId) {
        Authorizer may = exchange.authorizer();
        exchange.state(state -> {
            PreparedQuery query =
                    resolved(() -> PreparedQueries.resolve(state, nameOrId)).orElseThrow(QueryEndpoint::notFound);
            if (isNamed(query)) {
                may.requireRead(Resource.QUERY, query.getName());
            }
            Reads.headers(exchange, state.queriesIndex());
            exchange.answerJson(json -> {
                json.writeStartObject();
                json.writeFieldName("Query");
                QueryJson.write(json, query);
                ReadMetaJson.write(json, exchange, consistency(exchange));
                json.writeEndObject();
            });
        });
    }

    private static void execute(Exchange exchange, String nameOrId) {
        Authorizer may = exchange.authorizer();
        int limit = limit(exchange.parameter("limit"));
        exchange.sayWhetherCached();
        exchange.state(state -> {
            PreparedQueries.Result result = resolved(() -> PreparedQueries.execute(
                            state,
                            nameOrId,
                            exchange.ownNode(),
                            exchange.options().near(),
                            limit,
                            ThreadLocalRandom.current()))
                    .orElseThrow(QueryEndpoint::notFound);
            List<ServiceInstance> seen =
                    result.instances().stream().filter(may::maySee).toList();
            Reads.headers(exchange, state.queriesIndex());
            exchange.answerJson(json -> {
                json.writeStartObject();
                json.writeStringField("Service", result.query().getService());
                json.writeFieldName("Nodes");
                HealthEndpoint.instances(json, seen);
                QueryJson.dns(json, result.query());
                json.writeStringField(
                        "Datacenter", exchange.backend().cluster().self().datacenter());
                json.writeNumberField("Failovers", 0);
                ReadMetaJson.write(json, exchange, consistency(exchange));
                json.writeEndObject();
            });
        });
    }

    private static <T> T resolved(Supplier<T> query) {
        try {
            return query.get();
        } catch (QueryException e) {
            throw HttpError.internal(String.valueOf(e.getMessage()));
        }
    }

    private static String consistency(Exchange exchange) {
        return exchange.options().consistency() == Consistency.STALE ? "stale" : "leader";
    }

    private static int limit(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return 0;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw HttpError.internal("Bad limit: strconv.Atoi: parsing \"" + text + "\": invalid syntax");
        }
    }
}
