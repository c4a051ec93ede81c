package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code coord agent} as Consul's test servers start it, and as its operators treat it. */
class AgentProcessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    @Test
    void aFileOfAConsulTestServerStartsIsReadAgainAndSurvivesABadOne() throws IOException, InterruptedException {
        Path pidFile = directory.resolve("agent.pid");
        try (ServerUnderTest server = ServerUnderTest.lone(directory, "sdk")) {
            server.with("node_id", "6a2c9f57-5d4b-4d8c-9a4b-7b8f3a1c0d11")
                    .with("performance", new JsonObject().put("raft_multiplier", 1))
                    .with("segments", null)
                    .with("disable_update_check", true)
                    .with("addresses", new JsonObject())
                    .with("connect", new JsonObject().put("enabled", true))
                    .with("peering", new JsonObject().put("enabled", true))
                    .with("skip_leave_on_interrupt", true)
                    .with("pid_file", pidFile.toString())
                    .with("log_file", directory.resolve("logs").resolve("agent").toString())
                    .with("service", new JsonObject().put("name", "first").put("port", 1))
                    .start()
                    .awaitLeader();
            assertThat(services(server)).containsExactly("first");
            assertThat(new JsonObject(server.get("/v1/agent/self").body())
                            .getJsonObject("Config")
                            .getString("NodeID"))
                    .isEqualTo("6a2c9f57-5d4b-4d8c-9a4b-7b8f3a1c0d11");
            Path file = directory.resolve("sdk.json");
            JsonObject config = new JsonObject(Files.readString(file));

            Files.writeString(
                    file,
                    config.copy()
                            .put("service", new JsonObject().put("name", "second"))
                            .encode());
            hangUp(pidFile);
            Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(services(server))
                    .containsExactly("second"));

            Files.writeString(file, config.copy().put("servce", "typo").encode());
            HttpResponse<String> refused = server.put("/v1/agent/reload", "");
            assertThat(refused.statusCode()).isEqualTo(500);
            assertThat(refused.body()).contains("unknown key \"servce\"; did you mean \"service\"?");
            assertThat(services(server)).containsExactly("second");

            assertThat(server.stop()).isZero();
            assertThat(pidFile).doesNotExist();
            assertThat(directory.resolve("logs").resolve("agent.log"))
                    .content()
                    .contains("Configuration was read again")
                    .satisfies(logged -> assertThat(server.output()).endsWith(logged));
        }
    }

    private static void hangUp(Path pidFile) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-HUP", Files.readString(pidFile)).start();
        assertThat(kill.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    private static List<String> services(ServerUnderTest server) {
        return List.copyOf(new JsonObject(server.get("/v1/agent/services").body()).fieldNames());
    }

    @Test
    void aServerThatWaitsIsLetInByThePortThatConsulGossipsOnAndLeavesWhenItIsStopped() {
        int[] ports = ServerUnderTest.freePorts(2);
        try (ServerUnderTest first = ServerUnderTest.lone(directory, "first");
                ServerUnderTest second = ServerUnderTest.lone(directory, "second")) {
            first.listening("serf_lan", ports[0]).start().awaitLeader();
            second.listening("serf_lan", ports[1])
                    .with("bootstrap", false)
                    .with("leave_on_terminate", true)
                    .start();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> first.put("/v1/agent/join/127.0.0.1:" + ports[1], "")
                                    .statusCode()
                            == 200);
            Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(second.leader())
                    .as(() -> first.output() + second.output())
                    .isNotEmpty());
            Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                            new JsonArray(first.get("/v1/status/peers").body()))
                    .hasSize(2));

            assertThat(second.stop()).isZero();

            assertThat(new JsonArray(first.get("/v1/status/peers").body())).hasSize(1);
            assertThat(first.put("/v1/kv/alone", "again").body().strip()).isEqualTo("true");
        }
    }

    @Test
    void theServersOfALocalClusterEndWhenItIsKilled() throws InterruptedException, IOException {
        Path output = directory.resolve("cluster.log");
        Process cluster =
                ServerUnderTest.coord(output, "cluster", "--servers", "1", "--data-dir", directory.resolve("c") + "");
        Pattern started = Pattern.compile("pid (\\d+)");
        try {
            Awaitility.await().atMost(PATIENCE).until(() -> started.matcher(Files.readString(output))
                    .find());
            var pid = started.matcher(Files.readString(output));
            assertThat(pid.find()).isTrue();
            ProcessHandle server =
                    ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();

            cluster.destroyForcibly().waitFor();

            Awaitility.await().atMost(PATIENCE).until(() -> !server.isAlive());
        } finally {
            cluster.destroyForcibly();
        }
    }
}
