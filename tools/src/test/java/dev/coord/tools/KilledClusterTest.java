package dev.coord.tools;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
    void nothing_acknowledged_is_lost_when_the_leader_is_killed_and_then_all() throws InterruptedException {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(ServerUnderTest::start);
        servers.forEach(ServerUnderTest::awaitLeader);
        ServerUnderTest leader = leader();
        List<ServerUnderTest> others =
                servers.stream().filter(server -> server != leader).toList();

        try (AcknowledgedWriter writer = new AcknowledgedWriter(servers)) {
            writer.awaitAcknowledged(WRITES_BEFORE);
            leader.kill();
            long killed = System.nanoTime();
            int before = writer.acknowledged();
            writer.awaitAcknowledged(before + WRITES_BEFORE);
            System.out.printf(
                    "kill -9 of the leader under a writer: next write acknowledged after %d ms%n",
                    (writer.firstAfter(killed) - killed) / 1_000_000);
            writer.stop();
            writer.assertAllOn(others.get(0));

            leader.start().awaitLeader();
            writer.awaitAllOn(leader);
        }
        killAllAndStartAgain();
    }

    /** In every build this is tried inside of one JVM, by the tests of coord-server. */
    @Tag("slow")
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

        try (AcknowledgedWriter writer = new AcknowledgedWriter(List.of(leader))) {
            writer.awaitAcknowledged(WRITES_BEFORE);
            follower.kill();
            double cutBefore = firstIndexEstimate(leader);
            int before = writer.acknowledged();
            writer.awaitAcknowledged(before + 3 * WRITES_BEFORE);
            Awaitility.await("the leader's log is cut")
                    .atMost(PATIENCE)
                    .until(() -> firstIndexEstimate(leader) > cutBefore + 2 * WRITES_BEFORE);
            writer.stop();

            follower.start().awaitLeader();
            writer.awaitAllOn(follower);
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void all_killed_again_and_again_have_everything_acknowledged(String backend) throws InterruptedException {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(server -> server.with("log_backend", backend).start());
        servers.forEach(ServerUnderTest::awaitLeader);
        for (int i = 0; i < 5; i++) {
            killAllAndStartAgain();
        }
    }

    private void killAllAndStartAgain() throws InterruptedException {
        try (AcknowledgedWriter writer = new AcknowledgedWriter(servers)) {
            writer.awaitAcknowledged(WRITES_BEFORE);
            servers.forEach(ServerUnderTest::kill);
            writer.stop();
            servers.forEach(ServerUnderTest::start);
            servers.forEach(ServerUnderTest::awaitLeader);
            writer.assertAllOn(servers.get(0));
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
}
