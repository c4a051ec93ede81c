package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.function.Supplier;

/**
 * {@code /v1/agent/metrics}: the server's metrics, in JSON, or for Prometheus, which says so in the query or in what it accepts.
 * Needs no leader.
 */
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
        String text = metrics.get();
        if (isForPrometheus(exchange)) {
            exchange.answer(new Answer(200, PROMETHEUS, Buffer.buffer(text)));
        } else {
            exchange.answerJson(json -> MetricsJson.write(json, text));
        }
    }

    private static boolean isForPrometheus(Exchange exchange) {
        String accepted = exchange.header(HttpHeaders.ACCEPT);
        return "prometheus".equals(exchange.parameter("format"))
                || (accepted != null && (accepted.contains("openmetrics") || accepted.contains("version=0.0.4")));
    }
}
