package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three real processes under a running writer, and SIGKILL. */
class KilledClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WRITES_BEFORE = 100;

    @TempDir
    private Path directory;

    private List<ServerUnderTest> servers = List.of();

    @AfterEach
    void stopAll() {
        servers.forEach(ServerUnderTest::close);
    }

    @Test
    void writes_resume_after_the_leader_is_killed_and_nothing_acknowledged_is_lost() throws InterruptedException {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(ServerUnderTest::start);
        servers.forEach(ServerUnderTest::awaitLeader);
        ServerUnderTest leader = leader();
        List<ServerUnderTest> others =
                servers.stream().filter(server -> server != leader).toList();

        try (Writer writer = new Writer(servers)) {
            writer.awaitAcknowledged(WRITES_BEFORE);
            leader.kill();
            long killed = System.nanoTime();
            int before = writer.acknowledged.size();
            writer.awaitAcknowledged(before + WRITES_BEFORE);
            System.out.printf(
                    "kill -9 of the leader under a writer: next write acknowledged after %d ms%n",
                    (writer.firstAfter(killed) - killed) / 1_000_000);
            writer.stop();
            assertEverythingAcknowledgedIsOn(others.get(0), writer);

            leader.start().awaitLeader();
            awaitCaughtUp(leader, writer);
        }
    }

    @Test
    void a_killed_server_catches_up_from_a_snapshot_when_the_log_is_cut() throws InterruptedException {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(server -> server.with("raft_snapshot_interval", "1s")
                .with("raft_snapshot_threshold", 50)
                .with("raft_trailing_logs", 10)
                .start());
        servers.forEach(ServerUnderTest::awaitLeader);
        ServerUnderTest leader = leader();
        ServerUnderTest follower =
                servers.stream().filter(server -> server != leader).findFirst().orElseThrow();

        try (Writer writer = new Writer(List.of(leader))) {
            writer.awaitAcknowledged(WRITES_BEFORE);
            follower.kill();
            double cutBefore = firstIndexEstimate(leader);
            int before = writer.acknowledged.size();
            writer.awaitAcknowledged(before + 3 * WRITES_BEFORE);
            Awaitility.await("the leader's log is cut")
                    .atMost(PATIENCE)
                    .until(() -> firstIndexEstimate(leader) > cutBefore + 2 * WRITES_BEFORE);
            writer.stop();

            follower.start().awaitLeader();
            awaitCaughtUp(follower, writer);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void all_killed_at_once_have_everything_acknowledged_when_they_are_started_again(String backend)
            throws InterruptedException {
        killAllAndStartAgain(backend, 1);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void all_killed_again_and_again_have_everything_acknowledged(String backend) throws InterruptedException {
        killAllAndStartAgain(backend, 5);
    }

    private void killAllAndStartAgain(String backend, int times) throws InterruptedException {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(server -> server.with("log_backend", backend).start());
        servers.forEach(ServerUnderTest::awaitLeader);
        for (int i = 0; i < times; i++) {
            try (Writer writer = new Writer(servers)) {
                writer.awaitAcknowledged(WRITES_BEFORE);
                servers.forEach(ServerUnderTest::kill);
                writer.stop();
                servers.forEach(ServerUnderTest::start);
                servers.forEach(ServerUnderTest::awaitLeader);
                assertEverythingAcknowledgedIsOn(servers.get(0), writer);
            }
        }
    }

    private ServerUnderTest leader() {
        String address = servers.get(0).leader();
        return servers.stream()
                .filter(server -> server.raftAddress().equals(address))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no server is the leader " + address));
    }

    /** Last index less entries: where the log begins. */
    private static double firstIndexEstimate(ServerUnderTest server) {
        return metric(server, "coord_raft_log_last_index") - metric(server, "coord_log_entries");
    }

    private static double metric(ServerUnderTest server, String name) {
        return server.get("/v1/agent/metrics?format=prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }

    private static void awaitCaughtUp(ServerUnderTest server, Writer writer) {
        Awaitility.await(server.name() + " has everything by itself")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(valuesOn(server, "stale")).containsAllEntriesOf(writer.acknowledged));
    }

    private static void assertEverythingAcknowledgedIsOn(ServerUnderTest server, Writer writer) {
        assertThat(writer.acknowledged).isNotEmpty();
        Awaitility.await("a leader answers")
                .atMost(PATIENCE)
                .until(() -> server.get("/v1/kv/?recurse&consistent").statusCode() == 200);
        assertThat(valuesOn(server, "consistent")).containsAllEntriesOf(writer.acknowledged);
    }

    private static Map<String, String> valuesOn(ServerUnderTest server, String mode) {
        HttpResponse<String> answer = server.get("/v1/kv/w/?recurse&" + mode);
        assertThat(answer.statusCode()).isEqualTo(200);
        Map<String, String> values = new TreeMap<>();
        JsonArray entries = new JsonArray(answer.body());
        for (int i = 0; i < entries.size(); i++) {
            byte[] value = Base64.getDecoder().decode(entries.getJsonObject(i).getString("Value"));
            values.put(entries.getJsonObject(i).getString("Key"), new String(value, StandardCharsets.UTF_8));
        }
        return values;
    }

    /** Writes one key after the other, to whichever server answers, and notes what was acknowledged. */
    private static final class Writer implements AutoCloseable {

        private final List<ServerUnderTest> servers;
        private final Thread thread = new Thread(this::write, "writer");
        // Filled by the writing thread, read by the test.
        private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
        private final Map<Long, String> times = new ConcurrentHashMap<>();
        private volatile boolean stopped;

        Writer(List<ServerUnderTest> servers) {
            this.servers = servers;
            thread.start();
        }

        private void write() {
            int at = 0;
            for (int i = 0; !stopped; i++) {
                String key = "w/" + System.nanoTime();
                String value = "value-" + i;
                try {
                    HttpResponse<String> answer = ServerUnderTest.send(servers.get(at % servers.size())
                            .request("/v1/kv/" + key)
                            .timeout(Duration.ofSeconds(2))
                            .PUT(HttpRequest.BodyPublishers.ofString(value)));
                    if (answer.statusCode() == 200 && answer.body().strip().equals("true")) {
                        acknowledged.put(key, value);
                        times.put(System.nanoTime(), key);
                        continue;
                    }
                } catch (UncheckedIOException unreachable) {
                    // Not acknowledged: it may be there or not.
                }
                at++;
            }
        }

        long firstAfter(long nanoTime) {
            return times.keySet().stream()
                    .filter(time -> time - nanoTime > 0)
                    .mapToLong(Long::longValue)
                    .min()
                    .orElseThrow();
        }

        void awaitAcknowledged(int count) {
            Awaitility.await(count + " writes are acknowledged")
                    .atMost(PATIENCE)
                    .until(() -> acknowledged.size() >= count);
        }

        void stop() throws InterruptedException {
            stopped = true;
            thread.join();
        }

        @Override
        public void close() {
            stopped = true;
        }
    }
}
