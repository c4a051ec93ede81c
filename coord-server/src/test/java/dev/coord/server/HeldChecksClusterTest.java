package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three servers share out the checks of the cluster; one dies and comes back. The checks ask a real HTTP server. */
class HeldChecksClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int CHECKS = 12;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<CoordServer> servers = new CopyOnWriteArrayList<>();
    /** How often each service was asked. */
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();

    private final List<Integer> raftPorts = new ArrayList<>();
    private HttpServer target;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        target.createContext("/", exchange -> {
            asked.merge(exchange.getRequestURI().getPath(), 1, Integer::sum);
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        target.start();
        raftPorts.addAll(FreePorts.of(3));
        for (int i = 0; i < 3; i++) {
            servers.add(server(i));
        }
    }

    private CoordServer server(int number) {
        List<String> all = raftPorts.stream().map(port -> "127.0.0.1:" + port).toList();
        return CoordServer.start(
                ServerConfig.of(List.of(ConfigSource.of(
                        "test",
                        Map.of(
                                "server",
                                true,
                                "bootstrap_expect",
                                3L,
                                "node_name",
                                "s" + number,
                                "retry_join",
                                all,
                                "data_dir",
                                directory.resolve("s" + number).toString(),
                                "ports",
                                Map.of("http", 0L, "grpc", -1L, "dns", -1L, "server", (long) raftPorts.get(number)))))),
                reason -> {});
    }

    @AfterEach
    void stop() {
        servers.forEach(CoordServer::close);
        target.stop(0);
    }

    private HttpResponse<String> send(CoordServer server, String method, String path, String body) {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + server.httpAddress() + path))
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

    private void hold(int number) {
        String name = "db-" + number;
        JsonObject check = new JsonObject()
                .put("CheckID", "service:" + name)
                .put("Name", "answers")
                .put("ServiceID", name)
                .put("Status", "critical")
                .put(
                        "Definition",
                        new JsonObject()
                                .put(
                                        "HTTP",
                                        "http://127.0.0.1:"
                                                + target.getAddress().getPort() + "/" + name)
                                .put("Interval", "1s"));
        JsonObject registration = new JsonObject()
                .put("Node", name)
                .put("Address", "127.0.0.1")
                .put("NodeMeta", new JsonObject().put("coord-checks", "cluster"))
                .put("Service", new JsonObject().put("ID", name).put("Service", "db"))
                .put("Check", check);
        assertThat(send(servers.get(0), "PUT", "/v1/catalog/register", registration.encode())
                        .statusCode())
                .isEqualTo(200);
    }

    private int running(CoordServer server) {
        Matcher matcher = Pattern.compile("(?m)^coord_checks_held_running (\\S+)$")
                .matcher(send(server, "GET", "/v1/agent/metrics?format=prometheus", "")
                        .body());
        return matcher.find() ? (int) Double.parseDouble(matcher.group(1)) : 0;
    }

    private long passing(CoordServer server) {
        return new JsonArray(send(server, "GET", "/v1/health/service/db?passing&stale", "")
                        .body())
                .size();
    }

    private void awaitShared(CoordServer asked, List<CoordServer> among) {
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            assertThat(passing(asked)).isEqualTo(CHECKS);
            assertThat(among.stream().mapToInt(this::running).sum()).isEqualTo(CHECKS);
            among.forEach(server -> assertThat(running(server)).isPositive());
        });
    }

    @Test
    void the_checks_of_a_leader_that_dies_are_carried_on_without_a_flap() throws Exception {
        dieAndComeBack(true);
    }

    @Tag("slow")
    @Test
    void the_checks_of_a_follower_that_dies_are_carried_on_without_a_flap() throws Exception {
        dieAndComeBack(false);
    }

    private void dieAndComeBack(boolean leading) throws Exception {
        await().atMost(PATIENCE).until(() -> servers.stream()
                .allMatch(server ->
                        send(server, "GET", "/v1/status/leader", "").body().length() > 4));
        for (int i = 0; i < CHECKS; i++) {
            hold(i);
        }
        awaitShared(servers.get(0), servers);
        String leader = send(servers.get(0), "GET", "/v1/status/leader", "").body();
        int victim = IntStream.range(0, servers.size())
                .filter(number -> leader.contains(":" + raftPorts.get(number)) == leading)
                .findFirst()
                .orElseThrow();
        CoordServer survivor = servers.get(victim == 0 ? 1 : 0);

        Watcher watcher = new Watcher(survivor);
        watcher.start();
        await().atMost(PATIENCE).until(() -> !watcher.seen.isEmpty());
        servers.get(victim).close();
        List<CoordServer> left = new ArrayList<>(servers);
        left.remove(victim);
        awaitShared(survivor, left);
        Map<String, Integer> before = Map.copyOf(asked);
        await().atMost(PATIENCE)
                .untilAsserted(() -> before.forEach(
                        (path, times) -> assertThat(asked.get(path)).as(path).isGreaterThan(times)));

        servers.set(victim, server(victim));
        awaitShared(survivor, servers);
        assertThat(watcher.seen).as("passing instances that a watcher saw").containsOnly(CHECKS);

        // Had there been something to see, it would have been seen.
        target.stop(0);
        await().atMost(PATIENCE).until(() -> watcher.seen.contains(0));
        watcher.interrupt();
        watcher.join();
    }

    /** Follows the passing instances by blocking queries. */
    private final class Watcher extends Thread {
        final List<Integer> seen = new CopyOnWriteArrayList<>();
        private final CoordServer server;

        Watcher(CoordServer server) {
            super("watcher");
            this.server = server;
            setDaemon(true);
        }

        @Override
        public void run() {
            String index = "0";
            while (!isInterrupted()) {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + server.httpAddress()
                                + "/v1/health/service/db?passing&stale&wait=60s&index=" + index))
                        .build();
                try {
                    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                    index = answer.headers().firstValue("X-Consul-Index").orElse("0");
                    seen.add(new JsonArray(answer.body()).size());
                } catch (IOException e) {
                    throw new AssertionError(e);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }
}
