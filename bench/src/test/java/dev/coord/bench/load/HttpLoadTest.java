package dev.coord.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpLoadTest {

    private final Set<String> paths = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private volatile byte[] answer = "true".getBytes(StandardCharsets.UTF_8);
    private volatile boolean chunked;
    private HttpServer server;

    @BeforeEach
    void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            paths.add(exchange.getRequestURI().getPath());
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, chunked ? 0 : answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void aCountedLoadSendsEachRequestOnceAndCountsEachAnswer() throws IOException {
        Measurement measured = new HttpLoad(server.getAddress(), 8, Requests.put(n -> n, 256)).times(500);

        assertThat(measured.operations()).isEqualTo(500);
        assertThat(measured.errors()).isZero();
        assertThat(requests).hasValue(500);
        assertThat(paths).hasSize(500).contains("/v1/kv/bench/0", "/v1/kv/bench/499");
        assertThat(measured.micros().getTotalCount()).isGreaterThanOrEqualTo(500);
    }

    @Test
    void aChunkedAnswerIsReadWhole() throws IOException {
        chunked = true;
        answer = ("[{\"Value\":\"" + "x".repeat(200_000) + "\"}]").getBytes(StandardCharsets.UTF_8);

        Measurement measured = new HttpLoad(server.getAddress(), 2, Requests.get(n -> 1)).times(20);

        assertThat(measured.operations()).isEqualTo(20);
    }

    @Test
    void aWrongAnswerCountsAsAnError() throws IOException {
        answer = "false".getBytes(StandardCharsets.UTF_8);

        Measurement measured = new HttpLoad(server.getAddress(), 2, Requests.put(n -> n, 16)).times(10);

        assertThat(measured.operations()).isZero();
        assertThat(measured.errors()).isEqualTo(10);
    }

    @Test
    void aServerThatHangsUpEndsTheLoadWithAWord() throws Exception {
        try (ServerSocket hangsUp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Future<?> hangUp = threads.submit(() -> {
                hangsUp.accept().close();
                return null;
            });

            assertThatThrownBy(() -> new HttpLoad(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), hangsUp.getLocalPort()),
                                    1,
                                    Requests.get(n -> 1))
                            .times(1))
                    .isInstanceOfAny(UncheckedIOException.class, IOException.class);
            hangUp.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void allServersAreGivenTheSameValue() {
        assertThat(Requests.value(256)).hasSize(256).isEqualTo(Requests.value(256));
    }
}
