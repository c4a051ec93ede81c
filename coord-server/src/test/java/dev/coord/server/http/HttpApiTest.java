package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.command.CommandLimits;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server itself: ports, methods, bad input, and what every path has in common. */
class HttpApiTest {

    @RegisterExtension
    final ApiServer api = new ApiServer();

    @Test
    void aPortInUseIsNamed() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpApi second = new HttpApi(vertx, api.backend(), List.of(), HttpOptions.on("127.0.0.1", api.port()));

            assertThatThrownBy(() -> second.start()
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IOException.class)
                    .hasMessageContaining("can't listen for HTTP on 127.0.0.1 port " + api.port());
            second.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void anAddressOfAnotherMachineIsNamed() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpApi elsewhere = new HttpApi(vertx, api.backend(), List.of(), HttpOptions.on("192.0.2.1", 0));

            assertThatThrownBy(() -> elsewhere
                            .start()
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS))
                    .hasMessageContaining("can't listen for HTTP on 192.0.2.1");
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void withoutALeaderReadsAndWritesSaySoAndStaleReadsAnswer() {
        api.put("/v1/kv/a", "x");
        api.consensus().setLeading(false);

        assertThat(api.get("/v1/kv/a").statusCode()).isEqualTo(500);
        assertThat(api.get("/v1/kv/a").body()).isEqualTo("No cluster leader");
        assertThat(api.get("/v1/kv/a?index=100&wait=10m").body()).isEqualTo("No cluster leader");
        assertThat(api.put("/v1/kv/a", "y").body()).isEqualTo("No cluster leader");
        assertThat(api.get("/v1/status/leader").body()).isEqualTo("\"\"");
        HttpResponse<String> stale = api.get("/v1/kv/a?stale");
        assertThat(stale.statusCode()).isEqualTo(200);
        assertThat(stale.headers().firstValue("X-Consul-KnownLeader")).hasValue("false");
    }

    @Test
    void statusNamesLeaderAndPeers() {
        assertThat(api.get("/v1/status/leader").body()).isEqualTo("\"127.0.0.1:8300\"");
        assertThat(api.get("/v1/status/peers").body()).isEqualTo("[\"127.0.0.1:8300\"]");
    }

    @ParameterizedTest
    @CsvSource({
        "index=-1,400,Invalid index",
        "index=x,400,Invalid index",
        "wait=x,400,invalid duration",
        "wait=10,400,invalid duration",
        "wait=-5s,400,invalid duration",
        "stale&consistent,400,conflicting semantics",
        "dc=elsewhere,500,No path to datacenter"
    })
    void badQueryOptionsAreRefusedOnEveryPath(String query, int status, String words) {
        for (String path :
                new String[] {"/v1/kv/a", "/v1/catalog/nodes", "/v1/health/service/web", "/v1/session/list"}) {
            HttpResponse<String> response = api.get(path + "?" + query);
            assertThat(response.statusCode()).as(path).isEqualTo(status);
            assertThat(response.body()).as(path).contains(words);
        }
    }

    @Test
    void ownDatacenterTokensAndCachedAreAccepted() {
        api.put("/v1/kv/a?dc=dc1&token=secret", "x");

        assertThat(api.get("/v1/kv/a?dc=dc1&token=x&cached&near=_agent&raw").body())
                .isEqualTo("x");
    }

    @Test
    void unknownPathsAre404AndWrongMethods405WithTheRightOnes() {
        assertThat(api.get("/v1/nonsense").statusCode()).isEqualTo(404);
        HttpResponse<String> wrong = api.delete("/v1/catalog/nodes");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.body()).isEqualTo("method DELETE not allowed");
        assertThat(wrong.headers().firstValue("Allow")).hasValue("OPTIONS,GET");
        assertThat(api.get("/").body()).isEqualTo("Consul Agent");
    }

    @Test
    void malformedJsonIs400WithThePlaceAndTheServerKeepsServing() {
        HttpResponse<String> response = api.put("/v1/catalog/register", "{\"Node\":\n  nope}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).startsWith("Request decode failed: ").contains("at line 2 column");
        assertThat(api.put("/v1/session/create", "[1]").body()).contains("expected a JSON object, got a list");
        assertThat(api.put("/v1/session/create", "{\"Name\":5}").body())
                .isEqualTo("Request decode failed: Name must be a string, not the number 5");
        assertThat(api.put("/v1/kv/a", "still here").body()).isEqualTo("true");
    }

    @Test
    void a600kBValueIsRefusedOnAConnectionThatWasKeptAliveAndTheServerKeepsServing() {
        api.put("/v1/kv/a", "before");

        HttpResponse<String> refused = api.put("/v1/kv/big", new byte[600_000]);

        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(refused.body()).contains("max size: " + CommandLimits.VALUE_BYTES_MAX + " bytes");
        assertThat(api.get("/v1/kv/a?raw").body()).isEqualTo("before");
        assertThat(api.put("/v1/catalog/register", new byte[HttpOptions.BODY_BYTES_MAX + 1])
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", api.port())) {
            String requests = "PUT /v1/kv/p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                    + "GET /v1/kv/p?raw HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /v1/kv/none HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /v1/status/leader HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));

            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(answers).containsSubsequence("true", "one", "404 Not Found", "\"127.0.0.1:8300\"");
        }
    }

    @Test
    void brokenEscapesInAPathAre400() throws Exception {
        for (String path : new String[] {"/v1/kv/a%zz", "/v1/kv/a%f", "/v1/kv/%ff%fe"}) {
            try (Socket socket = new Socket("127.0.0.1", api.port())) {
                String request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));

                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

                assertThat(answer).as(path).startsWith("HTTP/1.1 400");
            }
        }
    }

    @Test
    void aRedirectEscapesWhatNoHeaderMayHold() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", api.port())) {
            String request = "GET /v1/kv//a?x=\u007f\u0001 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(answer).startsWith("HTTP/1.1 301").containsIgnoringCase("location: /v1/kv/a?x=%7F%01\r\n");
        }
    }

    @Test
    void longAnswersAreCompressedForWhoAsks() throws Exception {
        String value = "compress me ".repeat(1_000);
        api.put("/v1/kv/long", value);
        HttpRequest request =
                api.request("/v1/kv/long?raw").header("Accept-Encoding", "gzip").build();

        HttpResponse<byte[]> response = api.client().send(request, BodyHandlers.ofByteArray());

        assertThat(response.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(response.body().length).isLessThan(value.length() / 10);
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(response.body()))) {
            assertThat(new String(gzip.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(value);
        }
        assertThat(api.get("/v1/kv/long?raw").headers().firstValue("Content-Encoding"))
                .isEmpty();
    }
}
