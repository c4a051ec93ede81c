package dev.coord.server.http;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * {@code /v1/rollouts}: features on their way, in steps. Reads block as all others. What a rollout waits for is the leader's to
 * say; another server leaves it empty.
 */
public final class RolloutsEndpoint implements EndpointFamily {

    private static final List<String> FIELDS =
            List.of("To", "Service", "Steps", "Soak", "Baseline", "Guards", "SamplesMin", "WithoutEvidence");
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Rollouts rollouts;
    private final RolloutEngine engine;
    private final Supplier<Map<String, ServerInfo>> reports;

    /** @param reports what each server has said of itself last, by name */
    public RolloutsEndpoint(Rollouts rollouts, RolloutEngine engine, Supplier<Map<String, ServerInfo>> reports) {
        this.rollouts = rollouts;
        this.engine = engine;
        this.reports = reports;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/rollouts", Access.BY_HANDLER, this::list);
        routes.get("/v1/rollouts/signals", Access.BY_HANDLER, this::signals);
        routes.get("/v1/rollouts/", Access.BY_HANDLER, this::get);
        routes.put("/v1/rollouts/", Access.BY_HANDLER, this::put);
    }

    private static void requireRead(Exchange exchange) {
        exchange.authorizer().requireRead(Resource.FLAG, Feature.SET);
    }

    private void list(Exchange exchange) {
        requireRead(exchange);
        boolean pretty = exchange.options().pretty();
        exchange.read(new StateQuery(
                Topics.rollouts(),
                State::rolloutsIndex,
                state -> Answer.json(pretty, json -> RolloutsJson.list(json, state.rollouts(), engine))));
    }

    /** What the guards go by, now, of every server that reports. */
    private void signals(Exchange exchange) {
        requireRead(exchange);
        exchange.answerJson(json -> RolloutsJson.signals(json, reports.get()));
    }

    private void get(Exchange exchange) {
        requireRead(exchange);
        String feature = exchange.required("Missing name of a feature");
        boolean pretty = exchange.options().pretty();
        exchange.read(new StateQuery(Topics.rollouts(), State::rolloutsIndex, state -> {
            Rollout rollout = state.rollout(feature);
            return rollout == null
                    ? Answer.notFound()
                    : Answer.json(pretty, json -> RolloutsJson.one(json, rollout, engine));
        }));
    }

    /** {@code PUT /v1/rollouts/FEATURE} begins one; {@code /pause}, {@code resume}, {@code abort} and {@code lift} after it. */
    private void put(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        may.requireWrite(Resource.FLAG, Feature.SET);
        may.requireWrite(Resource.OPERATOR);
        String path = exchange.required("Missing name of a feature");
        String given = exchange.parameter("author");
        String author = FlagWrites.author(
                given == null ? "" : given, "somebody at " + exchange.clientAddress(), exchange.accessor());
        int slash = path.indexOf('/');
        if (slash < 0) {
            exchange.optionalJsonBody(body -> answer(exchange, rollouts.start(plan(path, body), author)));
            return;
        }
        BiFunction<String, String, CompletableFuture<Rollout>> action =
                switch (path.substring(slash + 1)) {
                    case "pause" -> rollouts::pause;
                    case "resume" -> rollouts::resume;
                    case "abort" -> rollouts::abort;
                    case "lift" -> rollouts::lift;
                    default ->
                        throw HttpError.badRequest("\"" + path.substring(slash + 1)
                                + "\" can't be done with a rollout: pause, resume, abort and lift can");
                };
        answer(exchange, action.apply(path.substring(0, slash), author));
    }

    private static Rollouts.Plan plan(String feature, JsonBody body) {
        body.requireNoneBut(FIELDS);
        List<Integer> steps =
                body.numbers("Steps").stream().map(RolloutsEndpoint::percent).toList();
        return new Rollouts.Plan(
                feature,
                body.string("To"),
                body.string("Service"),
                steps.isEmpty() ? Rollouts.STEPS_DEFAULT : steps,
                millis(body, "Soak", Rollouts.SOAK_MILLIS_DEFAULT),
                millis(body, "Baseline", Rollouts.BASELINE_MILLIS_DEFAULT),
                body.strings("Guards"),
                body.has("SamplesMin") ? body.unsigned("SamplesMin") : Rollouts.SAMPLES_MIN_DEFAULT,
                body.bool("WithoutEvidence"));
    }

    private static int percent(double step) {
        if (step != Math.rint(step)) {
            throw HttpError.badRequest("step " + step + " is no whole number of per cent");
        }
        return (int) step;
    }

    private static long millis(JsonBody body, String name, long otherwise) {
        return body.durationNanos(name).orElse(otherwise * NANOS_PER_MILLI) / NANOS_PER_MILLI;
    }

    private void answer(Exchange exchange, CompletableFuture<Rollout> changed) {
        exchange.await(changed, rollout -> exchange.answerJson(json -> RolloutsJson.one(json, rollout, engine)));
    }
}
