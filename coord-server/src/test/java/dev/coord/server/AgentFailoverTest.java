package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that is no server, told of one server of three, which dies; and the agent itself, started again. */
class AgentFailoverTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SERVICE =
            "{\"Name\":\"web\",\"Port\":80,\"Check\":{\"TTL\":\"1h\",\"Status\":\"passing\"}}";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<CoordServer> servers = new ArrayList<>();
    private CoordAgent agent;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        List<Integer> raftPorts = FreePorts.of(3);
        List<String> addresses =
                raftPorts.stream().map(port -> "127.0.0.1:" + port).toList();
        for (int i = 0; i < 3; i++) {
            servers.add(CoordServer.start(
                    ServerConfig.of(List.of(ConfigSource.of(
                            "test",
                            Map.of(
                                    "server",
                                    true,
                                    "bootstrap_expect",
                                    3L,
                                    "node_name",
                                    "s" + i,
                                    "retry_join",
                                    addresses,
                                    "data_dir",
                                    directory.resolve("s" + i).toString(),
                                    "ports",
                                    ports(raftPorts.get(i)))))),
                    reason -> {}));
        }
        agent = agent(List.of(addresses.get(0)));
        await().atMost(PATIENCE)
                .until(() -> send(agent.httpAddress(), "GET", "/v1/status/leader", "")
                                .statusCode()
                        == 200);
    }

    @AfterEach
    void stop() {
        agent.close();
        servers.forEach(CoordServer::close);
    }

    private static Map<String, Object> ports(int raft) {
        return Map.of("http", 0L, "grpc", -1L, "dns", -1L, "server", (long) raft);
    }

    private CoordAgent agent(List<String> join) {
        ServerConfig config = ServerConfig.of(List.of(ConfigSource.of(
                "test",
                Map.of(
                        "node_name",
                        "a1",
                        "data_dir",
                        directory.resolve("a1").toString(),
                        "retry_join",
                        join,
                        "ports",
                        ports(0)))));
        return CoordAgent.start(config, ServerHost.embedded(config, reason -> {}));
    }

    private HttpResponse<String> send(String address, String method, String path, String body) {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + address + path))
                            .timeout(PATIENCE)
                            .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private JsonArray passing(String address) {
        return new JsonArray(
                send(address, "GET", "/v1/health/service/web?passing", "").body());
    }

    private void awaitWebOnA1(String address) {
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(passing(address))
                .singleElement()
                .satisfies(found -> assertThat(
                                ((JsonObject) found).getJsonObject("Node").getString("Node"))
                        .isEqualTo("a1")));
    }

    @Test
    void the_servers_that_are_left_take_over_and_what_was_registered_comes_back_after_a_restart() {
        assertThat(send(agent.httpAddress(), "PUT", "/v1/agent/service/register", SERVICE)
                        .statusCode())
                .isEqualTo(200);
        awaitWebOnA1(servers.get(1).httpAddress());

        servers.get(0).close();

        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(
                        send(agent.httpAddress(), "PUT", "/v1/kv/after", "v").body())
                .startsWith("true"));
        assertThat(send(agent.httpAddress(), "GET", "/v1/kv/after?raw", "").body())
                .isEqualTo("v");
        awaitWebOnA1(agent.httpAddress());

        agent.close();
        agent = agent(
                IntStream.of(1, 2).mapToObj(i -> servers.get(i).raftAddress()).toList());

        assertThat(send(agent.httpAddress(), "GET", "/v1/agent/services", "").body())
                .as("known before any server was heard of")
                .contains("\"web\"");
        assertThat(send(
                                servers.get(1).httpAddress(),
                                "PUT",
                                "/v1/catalog/deregister",
                                "{\"Node\":\"a1\",\"ServiceID\":\"web\"}")
                        .statusCode())
                .isEqualTo(200);
        awaitWebOnA1(servers.get(2).httpAddress());
    }
}
