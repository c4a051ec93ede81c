package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.function.Supplier;

/** {@code /v1/agent/metrics}: the server's metrics, for Prometheus. Needs no leader. */
final class AgentMetricsEndpoint implements EndpointFamily {

    private static final CharSequence PROMETHEUS =
            HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");

    private final Supplier<String> metrics;

    AgentMetricsEndpoint(Supplier<String> metrics) {
        this.metrics = metrics;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/metrics", Access.readOwnNode(Resource.AGENT), this::scrape);
    }

    private void scrape(Exchange exchange) {
        exchange.answer(new Answer(200, PROMETHEUS, Buffer.buffer(metrics.get())));
    }
}
