package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads with {@code ?cached} of an agent that is no server. */
class CachedReadsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PATH = "/v1/health/service/web?cached&passing";

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private CoordServer server;
    private CoordAgent agent;

    @BeforeEach
    void start() {
        Map<String, Object> ports = Map.of("http", 0L, "grpc", -1L, "server", 0L, "dns", -1L);
        server = CoordServer.start(
                config(Map.of(
                        "server",
                        true,
                        "bootstrap",
                        true,
                        "node_name",
                        "s1",
                        "data_dir",
                        directory.resolve("s1").toString(),
                        "ports",
                        ports)),
                reason -> {});
        ServerConfig ofAgent = config(Map.of(
                "node_name",
                "a1",
                "data_dir",
                directory.resolve("a1").toString(),
                "retry_join",
                List.of(server.raftAddress()),
                "ports",
                ports));
        agent = CoordAgent.start(ofAgent, ServerHost.embedded(ofAgent, reason -> {}));
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> register(1));
        await().atMost(PATIENCE)
                .until(() -> get("/v1/health/service/web?passing", "").statusCode() == 200);
    }

    @AfterEach
    void stop() {
        agent.close();
        server.close();
    }

    private static ServerConfig config(Map<String, Object> content) {
        return ServerConfig.of(List.of(ConfigSource.of("test", content)));
    }

    private static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private CompletableFuture<HttpResponse<String>> getAsync(String path, String cacheControl) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + agent.httpAddress() + path))
                .timeout(PATIENCE);
        if (!cacheControl.isEmpty()) {
            request.header("Cache-Control", cacheControl);
        }
        return client.sendAsync(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String cacheControl) {
        return join(getAsync(path, cacheControl));
    }

    private void register(int instance) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + server.httpAddress() + "/v1/catalog/register"))
                .timeout(PATIENCE)
                .PUT(BodyPublishers.ofString("""
                        {"Node": "n%d", "Address": "10.0.0.%d", "Service": {"Service": "web", "Port": 80}}
                        """.formatted(instance, instance)))
                .build();
        assertThat(join(client.sendAsync(request, BodyHandlers.ofString())).statusCode())
                .isEqualTo(200);
    }

    private static String cache(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Cache").orElse("");
    }

    private static long age(HttpResponse<String> answer) {
        return answer.headers().firstValueAsLong("Age").orElse(-1);
    }

    private static int instances(HttpResponse<String> answer) {
        return new JsonArray(answer.body()).size();
    }

    @Test
    void theFirstIsAMissTheNextAHitThatFollowsChanges() throws IOException {
        HttpResponse<String> first = get(PATH, "");
        assertThat(cache(first)).isEqualTo("MISS");
        assertThat(instances(first)).isEqualTo(1);
        assertThat(age(first)).isEqualTo(-1);
        HttpResponse<String> second = get("/v1/health/service/web?passing&cached", "");
        assertThat(cache(second)).isEqualTo("HIT");
        assertThat(age(second)).isZero();
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.headers().firstValue("X-Consul-Index"))
                .isEqualTo(first.headers().firstValue("X-Consul-Index"));
        assertThat(second.headers().firstValue("Content-Type")).hasValue("application/json");

        register(2);

        await().atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> hit = get(PATH, "");
            assertThat(cache(hit)).isEqualTo("HIT");
            assertThat(instances(hit)).isEqualTo(2);
        });
        assertThat(cache(get("/v1/catalog/services?cached", ""))).isEqualTo("MISS");
        assertThat(cache(get("/v1/catalog/services?cached", ""))).isEqualTo("HIT");
        assertThat(cache(get("/v1/catalog/service/web?cached", ""))).isEqualTo("MISS");
        assertThat(cache(get("/v1/catalog/service/web?cached", ""))).isEqualTo("HIT");
        assertThat(get(PATH + "&consistent", "").statusCode()).isEqualTo(400);
    }

    @Test
    void aBlockingReadWaitsForTheNextAnswer() throws IOException {
        String index = get(PATH, "").headers().firstValue("X-Consul-Index").orElseThrow();
        CompletableFuture<HttpResponse<String>> blocked = getAsync(PATH + "&wait=5m&index=" + index, "");

        HttpResponse<String> waited = get(PATH + "&wait=10ms&index=" + index, "");
        assertThat(instances(waited)).isEqualTo(1);
        assertThat(blocked).isNotDone();
        register(2);

        assertThat(instances(join(blocked))).isEqualTo(2);
    }

    @Test
    void whoMustRevalidateSeesAWriteAtOnce() throws IOException {
        get(PATH, "");
        for (int instance = 2; instance < 12; instance++) {
            register(instance);
            HttpResponse<String> fetched = get(PATH, "must-revalidate");
            assertThat(cache(fetched)).isEqualTo("MISS");
            assertThat(instances(fetched)).isEqualTo(instance);
        }
    }

    @Test
    void whileNoServerAnswersWhatWasKeptIsFoundAndGrowsOld() {
        get(PATH, "");

        server.close();

        await().atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> old = get(PATH, "");
            assertThat(old.statusCode()).isEqualTo(200);
            assertThat(cache(old)).isEqualTo("HIT");
            assertThat(age(old)).isPositive();
        });
        assertThat(get(PATH, "max-age=0").statusCode()).isEqualTo(500);
        assertThat(get(PATH, "must-revalidate").statusCode()).isEqualTo(500);
        assertThat(get(PATH, "max-age=0, stale-if-error=3600").statusCode()).isEqualTo(200);
        assertThat(get("/v1/health/service/other?cached", "").statusCode()).isEqualTo(500);
        assertThat(get(PATH, "max-age=never").statusCode()).isEqualTo(400);
    }
}
