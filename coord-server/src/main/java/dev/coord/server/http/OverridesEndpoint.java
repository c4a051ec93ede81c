package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FlagOverride;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;

/**
 * {@code /v1/agent/overrides}: flags of features that count on this server alone, before the replicated ones. Needs no leader. A
 * change counts within a second or two.
 */
public final class OverridesEndpoint implements EndpointFamily {

    private static final int DEFINITION_BYTES_MAX = 64 * 1024;

    private final FlagOverride overrides;

    /** @param overrides of this server; shared with who evaluates */
    public OverridesEndpoint(FlagOverride overrides) {
        this.overrides = overrides;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/overrides", Access.BY_HANDLER, this::list);
        routes.put("/v1/agent/overrides/", Access.BY_HANDLER, this::set);
        routes.delete("/v1/agent/overrides/", Access.BY_HANDLER, this::clear);
    }

    private void list(Exchange exchange) {
        exchange.authorizer().requireRead(Resource.FLAG, Feature.SET);
        answer(exchange, overrides::list);
    }

    private void set(Exchange exchange) {
        requireWrite(exchange);
        Feature feature = feature(exchange);
        exchange.body(
                DEFINITION_BYTES_MAX,
                body -> answer(exchange, () -> {
                    overrides.set(feature, body.toString(StandardCharsets.UTF_8));
                    return overrides.list();
                }));
    }

    private void clear(Exchange exchange) {
        requireWrite(exchange);
        Feature feature = feature(exchange);
        answer(exchange, () -> {
            overrides.clear(feature);
            return overrides.list();
        });
    }

    /** As for a rollout: it changes how the server works. */
    private static void requireWrite(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        may.requireWrite(Resource.FLAG, Feature.SET);
        may.requireWrite(Resource.OPERATOR);
    }

    private static Feature feature(Exchange exchange) {
        String name = exchange.required("Missing name of a feature");
        return Feature.named(name)
                .orElseThrow(() -> HttpError.badRequest("\"" + name + "\" is no feature: there are "
                        + String.join(
                                ", ",
                                Arrays.stream(Feature.values())
                                        .map(Feature::flag)
                                        .toList())));
    }

    private static void answer(Exchange exchange, Callable<SortedMap<String, String>> work) {
        exchange.await(
                exchange.work(work),
                texts -> exchange.answerJson(json -> {
                    json.writeStartObject();
                    for (Map.Entry<String, String> text : texts.entrySet()) {
                        json.writeFieldName(text.getKey());
                        json.writeRawValue(new JsonObject(text.getValue()).encode());
                    }
                    json.writeEndObject();
                }));
    }
}
