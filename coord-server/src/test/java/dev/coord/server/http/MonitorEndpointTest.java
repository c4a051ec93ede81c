package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.acl.AccessControl;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of a server as one client sees it. */
class MonitorEndpointTest {

    private static final Logger LOG = LoggerFactory.getLogger(MonitorEndpointTest.class);

    @RegisterExtension
    final ApiServer api = new ApiServer(AccessControl.OFF, List.of(new MonitorEndpoint()));

    @Test
    void aLineIsTextUnlessJsonIsAskedFor() throws Exception {
        assertThat(firstLine("?loglevel=error", () -> {
                    LOG.warn("not seen");
                    LOG.error("as text");
                }))
                .endsWith("[ERROR] MonitorEndpointTest: as text");
    }

    @Test
    void withLogjsonALineIsAnObject() throws Exception {
        JsonObject line = new JsonObject(firstLine("?loglevel=error&logjson", () -> LOG.error("as an object")));

        assertThat(line.getString("@level")).isEqualTo("error");
        assertThat(line.getString("@message")).isEqualTo("as an object");
    }

    private String firstLine(String query, Runnable logging) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + api.port() + "/v1/agent/monitor" + query))
                .build();
        HttpResponse<InputStream> answer =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (Scanner lines = new Scanner(answer.body(), StandardCharsets.UTF_8)) {
            CompletableFuture<String> first = CompletableFuture.supplyAsync(lines::nextLine);
            await().until(() -> {
                logging.run(); // again and again: the answer's head may be here before the log is listened to
                return first.isDone();
            });
            return first.join();
        }
    }
}
