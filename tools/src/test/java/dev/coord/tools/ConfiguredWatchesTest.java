package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent keeps the watches of its configuration, and other ones after a reload. */
class ConfiguredWatchesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    @Test
    void handlersAreToldOfEachChangeAndOthersAfterAReload() throws IOException {
        Queue<String> told = new ConcurrentLinkedQueue<>();
        HttpServer hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/hook", exchange -> {
            told.add(exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("X-Which") + " "
                    + new JsonArray(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                            .size());
            exchange.sendResponseHeaders(told.size() == 1 ? 500 : 200, -1);
            exchange.close();
        });
        hook.start();
        Path output = directory.resolve("output");
        JsonObject key = new JsonObject()
                .put("type", "key")
                .put("key", "colour")
                .put("args", List.of("sh", "-c", "cat >> " + output + "; echo $CONSUL_INDEX told"));
        JsonObject prefix = new JsonObject()
                .put("type", "keyprefix")
                .put("prefix", "app/")
                .put("handler_type", "http")
                .put(
                        "http_handler_config",
                        new JsonObject()
                                .put(
                                        "path",
                                        "http://127.0.0.1:" + hook.getAddress().getPort() + "/hook")
                                .put("header", new JsonObject().put("X-Which", List.of("app"))));
        try (ServerUnderTest server = ServerUnderTest.lone(directory, "watcher")) {
            server.with("watches", new JsonArray().add(key).add(prefix)).start().awaitLeader();
            assertThat(server.put("/v1/kv/colour", "red").body()).isEqualTo("true");
            awaitOutput(output, "cmVk");
            assertThat(server.put("/v1/kv/app/a", "1").body()).isEqualTo("true");
            await("a handler that failed is told of the next change")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(told).contains("POST app 1"));
            assertThat(server.put("/v1/kv/app/b", "1").body()).isEqualTo("true");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(told).contains("POST app 2"));
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(server.output())
                    .contains("watch of key colour: its handler printed: ")
                    .contains("/hook was answered 500"));

            Path file = directory.resolve("watcher.json");
            JsonObject other = key.copy().put("key", "shape");
            Files.writeString(
                    file,
                    new JsonObject(Files.readString(file))
                            .put("watches", new JsonArray().add(other))
                            .encode());
            assertThat(server.put("/v1/agent/reload", "").statusCode()).isEqualTo(200);
            assertThat(server.put("/v1/kv/shape", "round").body()).isEqualTo("true");
            awaitOutput(output, "cm91bmQ=");
            assertThat(server.stop()).isZero();
        } finally {
            hook.stop(0);
        }
    }

    private static void awaitOutput(Path output, String value) {
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(Files.readString(output))
                .contains(value));
    }
}
