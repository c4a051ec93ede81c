package dev.coord.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.ConfigSource;
import dev.coord.server.CoordServer;
import dev.coord.server.ServerConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The outage, prevented, in small: {@code bench/run outage-prevented} has its figures. Three servers and all that load them in one
 * JVM; the hub's shape {@code single} is rolled out until commits become slow, and the guard takes it back.
 */
@Tag("slow")
class OutagePreventedTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** By the hash of the rollout these get the new shape within 10, 50 and 100 per cent. */
    private static final List<String> NAMES = List.of("store-6", "store-1", "store-3");

    private static final int WATCHERS_PER_SERVER = 3_000;
    /** In the shape single each of them is walked by every watcher. */
    private static final int KEYS_TOGETHER = 64;

    private static final int WRITERS_PER_SERVER = 3;
    private static final int WRITES_PER_SECOND = 25;
    /** Below this the servers are warm: what is usual is measured from then on. */
    private static final double WARM_P99_MILLIS = 400;

    private static final String ROLLOUT = "/v1/rollouts/hub-shape";

    @TempDir
    private Path directory;

    private final List<CoordServer> running = new ArrayList<>();
    private final List<ServerProcess> servers = new ArrayList<>();
    private final List<AutoCloseable> load = new ArrayList<>();

    @BeforeEach
    void start() throws IOException, InterruptedException {
        List<ServerSocket> taken = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) {
            taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        List<String> all = taken.stream()
                .map(socket -> "127.0.0.1:" + socket.getLocalPort())
                .toList();
        for (ServerSocket socket : taken) {
            socket.close();
        }
        for (int i = 0; i < NAMES.size(); i++) {
            CoordServer server =
                    CoordServer.start(config(NAMES.get(i), all, taken.get(i).getLocalPort()), reason -> {});
            running.add(server);
            servers.add(new ServerProcess(
                    NAMES.get(i),
                    List.of(),
                    port(server.httpAddress()),
                    port(server.grpcAddress()),
                    directory.resolve("none")));
        }
        await().atMost(PATIENCE).until(() -> servers.get(0).writes());
        for (ServerProcess server : servers) {
            Watchers watchers =
                    StreamWatchers.ofKeys(server.grpcPort(), WATCHERS_PER_SERVER, i -> "config/service-" + i);
            load.add(watchers);
            watchers.arm();
        }
        load.add(new PacedWriters(servers, WRITERS_PER_SERVER, WRITES_PER_SECOND, KEYS_TOGETHER));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : load) {
            each.close();
        }
        running.forEach(CoordServer::close);
    }

    private ServerConfig config(String name, List<String> all, int raft) {
        return ServerConfig.of(List.of(ConfigSource.of(
                "test",
                Map.of(
                        "server",
                        true,
                        "bootstrap_expect",
                        (long) NAMES.size(),
                        "node_name",
                        name,
                        "retry_join",
                        all,
                        "data_dir",
                        directory.resolve(name).toString(),
                        "ports",
                        Map.of("http", 0L, "grpc", 0L, "dns", -1L, "server", (long) raft)))));
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private JsonObject rollout() throws InterruptedException {
        for (ServerProcess server : servers) {
            String body = server.get(ROLLOUT + "?stale");
            if (body != null) {
                return new JsonObject(body);
            }
        }
        return new JsonObject();
    }

    /** Slow commits alone decide: all that works here shares two processors. */
    private static JsonObject plan() {
        return new JsonObject()
                .put("To", "single")
                .put("Steps", new JsonArray(List.of(10, 50, 100)))
                .put("Soak", "15s")
                .put("Baseline", "10s")
                .put(
                        "Guards",
                        new JsonArray(List.of(
                                "commit-p99=2x,50ms",
                                "sync-p99=1000x",
                                "event-lag-p99=1000x,600000ms",
                                "apply-queue=1000x",
                                "cpu=1000x",
                                "error-rate=1000x,100%")));
    }

    private boolean isWarm() throws InterruptedException {
        String signals = servers.get(0).get("/v1/rollouts/signals");
        return signals != null
                && new JsonArray(signals)
                                .stream()
                                        .map(JsonObject.class::cast)
                                        .filter(server -> server.getInteger("Commits") > 10
                                                && server.getDouble("CommitP99Ms") < WARM_P99_MILLIS)
                                        .count()
                        == NAMES.size();
    }

    @Test
    void theGuardTakesBackWhatMakesCommitsSlowAndHoldsIt() throws Exception {
        await("commits are quick while nothing is rolled out").atMost(PATIENCE).until(this::isWarm);
        servers.get(0).putJson(ROLLOUT, plan().encode());

        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> List.of("held", "done")
                .contains(rollout().getString("Phase", "")));

        JsonObject held = rollout();
        assertThat(held.getString("Phase")).as(held.encodePrettily()).isEqualTo("held");
        assertThat(held.getString("Reason"))
                .matches("commit-p99 of store-\\d is .* ms, above the limit of .* ms .* for 3 s");
        List<JsonObject> events =
                held.getJsonArray("Events").stream().map(JsonObject.class::cast).toList();
        assertThat(events).extracting(event -> event.getString("Kind")).contains("step", "broken");
        JsonObject broken = events.stream()
                .filter(event -> event.getString("Kind").equals("broken"))
                .findFirst()
                .orElseThrow();
        assertThat(broken.getString("Author")).as("nobody did it").isEqualTo("rollout");
        assertThat(broken.getInteger("Percent")).isLessThan(broken.getInteger("From"));
        assertThat(broken.getJsonArray("Figures").encode()).contains("commit-p99", "store-1");
    }
}
