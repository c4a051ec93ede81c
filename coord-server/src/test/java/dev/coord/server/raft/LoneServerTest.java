package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One server that is its own cluster. */
class LoneServerTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(1);

    @Test
    void leadsAndTakesWrites() {
        cluster.startAll();
        RaftClusterExtension.Member server = cluster.member(1);

        assertThat(server.put("a", "1").ok()).isTrue();

        assertThat(server.get("a")).isEqualTo("1");
        assertThat(server.raft().leader()).hasValue(server.raft().self());
        assertThat(server.raft().servers()).containsExactly(server.raft().self());
        assertThat(server.raft().self().voter()).isTrue();
    }

    @Test
    void givesTheClusterAnIdAndKeepsItInTheDirectory() throws IOException {
        cluster.startAll();
        RaftClusterExtension.Member server = cluster.member(1);
        String clusterId = await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> server.raft().latest().clusterId(), id -> id != null);
        server.stop();

        try (DataDirectory directory = DataDirectory.open(server.directory())) {
            assertThat(directory.identity().clusterId()).isEqualTo(clusterId);
            assertThat(directory.identity().raftAddress()).isEqualTo(server.address());
        }
    }

    @Test
    void hasItsWritesAndItsIdentityAfterARestart() {
        cluster.startAll();
        RaftClusterExtension.Member server = cluster.member(1);
        String id = server.raft().self().id();
        server.put("a", "1");
        server.kill();

        server.start();
        cluster.awaitLeader();

        assertThat(server.get("a")).isEqualTo("1");
        assertThat(server.raft().self().id()).isEqualTo(id);
        assertThat(server.put("a", "2").ok()).isTrue();
    }
}
