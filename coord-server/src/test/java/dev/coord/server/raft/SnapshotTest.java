package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.streaming.Reset;
import dev.coord.streaming.Subject;
import dev.coord.streaming.Subscription;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers that take a snapshot every second, after twenty entries at the least, and forget the log before it. */
class SnapshotTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3, options -> options.snapshots(1, 20, 0));

    /** By the log's directory: the newest store opened there. */
    private final Map<Path, LogStore> stores = new ConcurrentHashMap<>();

    @BeforeEach
    void watchTheLogs() {
        cluster.keepLogBy(directory -> {
            LogStore store = LogDirectory.open(directory, "segment", LogOptions.DEFAULT.withSegmentBytes(64 << 10));
            stores.put(directory, store);
            return store;
        });
    }

    private long firstIndex(Member member) {
        return Objects.requireNonNull(stores.get(member.directory().resolve("log")))
                .firstIndex();
    }

    private int writes;

    private void writeUntilTheLogStartsAfter(Member leader, long index) {
        await().atMost(RaftClusterExtension.PATIENCE).until(() -> {
            for (int i = 0; i < 30; i++) {
                leader.put("k" + writes % 50, "v" + writes);
                writes++;
            }
            return firstIndex(leader) > index;
        });
    }

    @Test
    void aServerThatWasAwayTooLongCatchesUpFromTheSnapshotAndKeepsItOverARestart() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("first", "1");
        Member away = cluster.follower();
        away.awaitValue("first", "1");
        long lastSeen = away.raft().lastLogIndex();
        away.kill();
        writeUntilTheLogStartsAfter(leader, lastSeen + 1);
        leader.put("last", "2");

        away.start();
        away.awaitValue("last", "2");
        assertThat(away.getStale("first")).isEqualTo("1");
        assertThat(firstIndex(away))
                .as("the log was started anew after the snapshot")
                .isGreaterThan(lastSeen);

        // What was installed must stand on its own: log and snapshot, without the leader's help.
        away.kill();
        cluster.members().stream().filter(Member::isRunning).forEach(Member::kill);
        away.start();
        assertThat(away.getStale("first")).as("read from disk alone").isEqualTo("1");
        assertThat(away.fatal()).isNull();

        cluster.members().stream().filter(m -> !m.isRunning()).forEach(Member::start);
        Member next = cluster.awaitLeader();
        next.put("after", "3");
        for (Member member : cluster.members()) {
            member.awaitValue("after", "3");
            assertThat(member.getStale("last")).isEqualTo("2");
            assertThat(member.raft().latest().revision())
                    .isEqualTo(next.raft().latest().revision());
        }
    }

    @Test
    void watchersOfAServerThatInstallsASnapshotAreToldToReadAnew() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("first", "1");
        Member away = cluster.follower();
        away.awaitValue("first", "1");
        long lastSeen = away.raft().lastLogIndex();
        away.kill();
        writeUntilTheLogStartsAfter(leader, lastSeen + 1);

        away.start();
        long revision = away.raft().latest().revision();
        Subscription subscription = away.hub().subscribe(Subject.exact("kv", "k1"), Math.max(1, revision), () -> {});
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> away.raft().latest().revision() > revision);
        assertThat(await().atMost(RaftClusterExtension.PATIENCE).until(subscription::poll, signal -> signal != null))
                .isInstanceOf(Reset.class);
        subscription.close();
    }

    @Test
    void aLoneServerStartsFromSnapshotAndLog() {
        Member server = cluster.member(1);
        server.alone();
        server.start();
        cluster.awaitLeader();
        writeUntilTheLogStartsAfter(server, 1);
        server.put("last", "1");
        long revision = server.raft().latest().revision();
        server.kill();

        server.start();
        cluster.awaitLeader();

        assertThat(server.get("last")).isEqualTo("1");
        assertThat(server.raft().latest().revision()).isEqualTo(revision);
    }

    @Test
    void aRestartKnowsTheServersThatTheSnapshotNamesAndThoseLetInAfterIt() {
        cluster.startAll();
        cluster.addMember().start();
        awaitServers("s1", "s2", "s3", "s4");
        for (Member member : cluster.members()) {
            writeUntilTheLogStartsAfter(member, member.raft().lastLogIndex());
        }

        cluster.tune(options -> options.snapshots(0, 20, 0));
        cluster.members().forEach(Member::kill);
        cluster.startAll();
        awaitServers("s1", "s2", "s3", "s4");

        cluster.addMember().start();
        awaitServers("s1", "s2", "s3", "s4", "s5");
        cluster.members().forEach(Member::kill);
        cluster.startAll();
        awaitServers("s1", "s2", "s3", "s4", "s5");
        assertThat(cluster.awaitLeader().put("after", "1").ok()).isTrue();
    }

    private void awaitServers(String... names) {
        for (Member member : cluster.members()) {
            await().atMost(RaftClusterExtension.PATIENCE)
                    .untilAsserted(() -> assertThat(member.raft().servers())
                            .extracting("name")
                            .containsExactly((Object[]) names));
        }
    }
}
