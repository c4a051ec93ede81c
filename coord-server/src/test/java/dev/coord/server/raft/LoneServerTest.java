package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
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

    @Test
    void endsItsTickBeforeItClosesTheLogThatTheTickLooksAt() {
        AtomicBoolean endedBefore = new AtomicBoolean();
        Set<Thread> others = Thread.getAllStackTraces().keySet();
        cluster.keepLogBy(directory -> {
            LogStore log = LogDirectory.open(directory, "segment", LogOptions.DEFAULT);
            return (LogStore) Proxy.newProxyInstance(
                    LogStore.class.getClassLoader(), new Class<?>[] {LogStore.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("close")) {
                            // The thread may need a moment after its last task.
                            await().atMost(RaftClusterExtension.PATIENCE).until(() -> noThreadTicksBut(others));
                            endedBefore.set(true);
                        }
                        try {
                            return method.invoke(log, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        });
        cluster.startAll();
        cluster.awaitLeader();

        cluster.member(1).stop();

        assertThat(endedBefore).isTrue();
    }

    private static boolean noThreadTicksBut(Set<Thread> others) {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("coord-raft-tick") && !others.contains(thread));
    }
}
