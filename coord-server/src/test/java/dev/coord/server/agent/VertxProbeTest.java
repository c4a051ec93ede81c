package dev.coord.server.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CheckStatus;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tries over real connections to a real server. */
class VertxProbeTest {

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final VertxProbe probe = new VertxProbe(vertx);
    private HttpServer server;

    @BeforeEach
    void listen() {
        server = vertx.createHttpServer()
                .requestHandler(VertxProbeTest::answer)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @AfterEach
    void close() {
        probe.close();
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private static void answer(HttpServerRequest request) {
        switch (request.path()) {
            case "/echo" ->
                request.body().onSuccess(body -> {
                    var unused = request.response()
                            .end(request.method() + " " + request.getHeader("X-Asked") + " " + request.getHeader("Host")
                                    + " " + body);
                });
            case "/large" -> {
                var unused = request.response().end("x".repeat(1_000_000));
            }
            case "/silent" -> {
                // Never answers.
            }
            case "/drips" -> {
                var unused = request.response().setChunked(true).write("a little");
            }
            case "/moved" -> {
                var unused = request.response()
                        .setStatusCode(302)
                        .putHeader("Location", "/status/204")
                        .end();
            }
            default -> {
                var unused = request.response()
                        .setStatusCode(Integer.parseInt(request.path().substring("/status/".length())))
                        .end("body");
            }
        }
    }

    private CheckDefinition http(String path, String method, Map<String, List<String>> header, String body) {
        return new CheckDefinition(
                0,
                "http://127.0.0.1:" + server.actualPort() + path,
                "",
                "",
                method,
                header,
                body,
                false,
                10_000,
                1_000,
                0);
    }

    private Probe.Outcome get(String path) {
        return run(http(path, "", Map.of(), ""));
    }

    private Probe.Outcome run(CheckDefinition check) {
        return probe.run(check).orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static CheckDefinition tcp(String address) {
        return new CheckDefinition(0, "", address, "", "", Map.of(), "", false, 10_000, 1_000, 0);
    }

    @ParameterizedTest
    @CsvSource({"200,PASSING", "204,PASSING", "429,WARNING", "404,CRITICAL", "500,CRITICAL", "503,CRITICAL"})
    void theStatusDecidesAsInConsul(int httpStatus, CheckStatus expected) {
        assertThat(get("/status/" + httpStatus).status()).isEqualTo(expected);
    }

    @Test
    void theOutputSaysWhatWasAskedAndAnswered() {
        assertThat(get("/status/503").output())
                .isEqualTo("HTTP GET http://127.0.0.1:" + server.actualPort()
                        + "/status/503: 503 Service Unavailable Output: body");
    }

    @Test
    void methodHeadersAndBodyAreSentAsRegistered() {
        Probe.Outcome outcome =
                run(http("/echo", "POST", Map.of("X-Asked", List.of("yes"), "Host", List.of("example.org")), "hello"));

        assertThat(outcome.output()).endsWith("Output: POST yes example.org hello");
    }

    @Test
    void aRedirectIsFollowed() {
        assertThat(get("/moved").status()).isEqualTo(CheckStatus.PASSING);
    }

    @Test
    void ofALargeAnswerFourKilobytesAreKept() {
        Probe.Outcome outcome = get("/large");

        assertThat(outcome.status()).isEqualTo(CheckStatus.PASSING);
        assertThat(outcome.output()).hasSizeLessThanOrEqualTo(4096);
    }

    @Test
    void anAnswerThatDoesNotComeIsCriticalAfterTheTimeout() {
        assertThat(get("/silent")).satisfies(outcome -> {
            assertThat(outcome.status()).isEqualTo(CheckStatus.CRITICAL);
            assertThat(outcome.output()).contains("no answer within 1000 ms");
        });
        assertThat(get("/drips").status()).isEqualTo(CheckStatus.CRITICAL);
    }

    @Test
    void aClosedPortIsCriticalOverHttpAndTcp() {
        int port = server.actualPort();
        server.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();

        assertThat(get("/status/200").status()).isEqualTo(CheckStatus.CRITICAL);
        assertThat(get("/status/200").output()).contains("connection refused");
        assertThat(run(tcp("127.0.0.1:" + port)).output())
                .isEqualTo("dial tcp 127.0.0.1:" + port + ": connect: connection refused");
    }

    @Test
    void anOpenPortIsPassing() {
        String address = "127.0.0.1:" + server.actualPort();

        assertThat(run(tcp(address)))
                .isEqualTo(new Probe.Outcome(CheckStatus.PASSING, "TCP connect " + address + ": Success"));
    }

    @Test
    void aMethodThatIsNoMethodIsCriticalAndNamesTheReason() {
        assertThat(run(http("/echo", "NO SUCH", Map.of(), "")).status()).isEqualTo(CheckStatus.CRITICAL);
    }
}
