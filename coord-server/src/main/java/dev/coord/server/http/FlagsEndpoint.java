package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.flags.CompiledSet;
import dev.coord.server.flags.Evaluation;
import dev.coord.server.flags.EvaluationAttributes;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureReport;
import dev.coord.server.flags.FlagLimits;
import dev.coord.server.flags.FlagTexts;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.flags.FlagWrites.Written;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/flags}: flagd's documents by set, and definitions by set and flag.
 *
 * <p>A PUT or DELETE may carry a condition: {@code ?cas=INDEX}, answered 409 when it does not hold, or the header {@code
 * If-Match}, answered 412.
 */
public final class FlagsEndpoint implements EndpointFamily {

    private static final int CONTEXT_BYTES_MAX = 64 * 1024;

    private final FlagWrites writes;

    /** @param writes not owned */
    public FlagsEndpoint(FlagWrites writes) {
        this.writes = writes;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/flags", Access.BY_HANDLER, FlagsEndpoint::list);
        routes.get("/v1/flags/", Access.BY_HANDLER, FlagsEndpoint::get);
        routes.put("/v1/flags/", Access.BY_HANDLER, this::put);
        routes.delete("/v1/flags/", Access.BY_HANDLER, this::delete);
        routes.add(HttpMethod.POST, "/v1/flags/", Access.BY_HANDLER, FlagsEndpoint::evaluate);
    }

    /** What a path names. */
    private record Place(String set, @Nullable String flag) {

        static Place of(Exchange exchange) {
            String rest = exchange.required("Missing name of a flag set");
            int slash = rest.indexOf('/');
            Place place =
                    slash < 0 ? new Place(rest, null) : new Place(rest.substring(0, slash), rest.substring(slash + 1));
            FlagWrites.requireName(place.set);
            if (place.flag != null && place.flag.isEmpty()) {
                throw HttpError.badRequest("Missing name of a flag after /v1/flags/" + place.set + "/");
            }
            return place;
        }

        String flagOr(String problem) {
            if (flag == null) {
                throw HttpError.badRequest(problem);
            }
            return flag;
        }

        void requireSet(String what) {
            if (flag != null) {
                throw HttpError.badRequest(what + " is of a whole flag set: leave out the flag \"" + flag + "\"");
            }
        }
    }

    private static void list(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        if (exchange.has("features")) {
            may.requireRead(Resource.FLAG, Feature.SET);
            exchange.state(state -> exchange.answerJson(json -> FlagsJson.features(
                    json, FeatureReport.all(state, exchange.backend().cluster()))));
            return;
        }
        exchange.read(new StateQuery(
                Topics.flagSets(),
                State::flagSetsIndex,
                state -> Answer.json(
                        exchange.options().pretty(),
                        json -> FlagsJson.sets(
                                json,
                                state.flagSets().stream()
                                        .filter(set -> may.mayRead(Resource.FLAG, set.name()))
                                        .toList()))));
    }

    private static Place readable(Exchange exchange) {
        Place place = Place.of(exchange);
        exchange.authorizer().requireRead(Resource.FLAG, place.set());
        return place;
    }

    /** The servers' own features are the operators' besides. */
    private static Place writable(Exchange exchange) {
        Place place = Place.of(exchange);
        exchange.authorizer().requireWrite(Resource.FLAG, place.set());
        if (place.set().equals(Feature.SET)) {
            exchange.authorizer().requireWrite(Resource.OPERATOR);
        }
        return place;
    }

    private static void get(Exchange exchange) {
        Place place = readable(exchange);
        boolean pretty = exchange.options().pretty();
        String flag = place.flag();
        if (exchange.has("history")) {
            place.requireSet("history");
            exchange.read(setQuery(place.set(), state -> {
                FlagSetEntry known = state.flagSetOrGone(place.set());
                return known == null
                        ? Answer.notFound()
                        : Answer.json(pretty, json -> FlagsJson.history(json, known.history()));
            }));
        } else if (flag == null) {
            exchange.read(setQuery(place.set(), state -> {
                FlagSetEntry set = state.flagSet(place.set());
                return set == null ? Answer.notFound() : json(FlagTexts.document(set, pretty));
            }));
        } else {
            exchange.read(
                    new StateQuery(Topics.flagSet(place.set()), state -> state.flagIndex(place.set(), flag), state -> {
                        FlagEntry found = flag(state, place.set(), flag);
                        return found == null ? Answer.notFound() : json(FlagTexts.definition(found, pretty));
                    }));
        }
    }

    private static StateQuery setQuery(String set, Function<State, Answer> answer) {
        return new StateQuery(Topics.flagSet(set), state -> state.flagSetIndex(set), answer);
    }

    private static @Nullable FlagEntry flag(State state, String set, String flag) {
        FlagSetEntry entry = state.flagSet(set);
        return entry == null ? null : entry.flag(flag);
    }

    private static Answer json(String text) {
        return new Answer(200, Headers.JSON, Buffer.buffer(text));
    }

    private void put(Exchange exchange) {
        Place place = writable(exchange);
        Long cas = cas(exchange);
        String author = author(exchange);
        String flag = place.flag();
        if (exchange.has("undo")) {
            place.requireSet("undo");
            answer(exchange, writes.undo(place.set(), cas, author));
            return;
        }
        exchange.body(FlagLimits.REQUEST_BYTES_MAX, body -> {
            String text = body.toString(StandardCharsets.UTF_8);
            answer(
                    exchange,
                    flag == null
                            ? writes.putSet(place.set(), text, cas, author)
                            : writes.putFlag(place.set(), flag, text, cas, author));
        });
    }

    private void delete(Exchange exchange) {
        Place place = writable(exchange);
        String flag = place.flag();
        Long cas = cas(exchange);
        String author = author(exchange);
        answer(
                exchange,
                flag == null
                        ? writes.deleteSet(place.set(), cas, author)
                        : writes.deleteFlag(place.set(), flag, cas, author));
    }

    private static void answer(Exchange exchange, CompletableFuture<Written> written) {
        exchange.await(written, done -> {
            if (done.conflict() != null) {
                throw new HttpError(exchange.header(HttpHeaders.IF_MATCH) == null ? 409 : 412, done.conflict());
            }
            exchange.answerJson(json -> FlagsJson.written(json, done));
        });
    }

    /** Evaluates a flag for the context in the body. Never stored. */
    private static void evaluate(Exchange exchange) {
        Place place = readable(exchange);
        String flag = place.flagOr("Missing name of the flag to evaluate: POST /v1/flags/SET/FLAG");
        exchange.body(CONTEXT_BYTES_MAX, body -> {
            EvaluationAttributes context = EvaluationAttributes.parse(body.toString(StandardCharsets.UTF_8));
            exchange.state(state -> {
                FlagSetEntry set = state.flagSet(place.set());
                if (set == null || set.flag(flag) == null) {
                    throw HttpError.notFound("there is no flag \"" + flag + "\" in set \"" + place.set() + "\"");
                }
                Evaluation evaluation = CompiledSet.of(set).evaluate(flag, context);
                exchange.answerJson(json -> FlagsJson.evaluation(json, flag, evaluation));
            });
        });
    }

    private static @Nullable Long cas(Exchange exchange) {
        String match = exchange.header(HttpHeaders.IF_MATCH);
        String text = match == null
                ? exchange.parameter("cas")
                : match.replace("\"", "").strip();
        if (text == null) {
            return null;
        }
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw HttpError.badRequest(
                    "invalid " + (match == null ? "cas" : "If-Match") + " \"" + text + "\": not an index");
        }
    }

    private static String author(Exchange exchange) {
        String author = exchange.parameter("author");
        return FlagWrites.author(
                author == null ? "" : author, "somebody at " + exchange.clientAddress(), exchange.accessor());
    }
}
