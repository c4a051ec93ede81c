package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.command.ConsensusException;
import dev.coord.server.log.FaultyStore;
import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyRecorder;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.maintenance.LogDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Three servers, and disks that become slow. */
class SlowDiskClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SLOW_NANOS = Duration.ofMillis(700).toNanos();

    /** Directories whose disk is slow. */
    private final Set<Path> slow = ConcurrentHashMap.newKeySet();

    private final Set<String> acknowledged = new HashSet<>();
    private int unknown;

    // A healthy disk of a busy build machine may take a hundred milliseconds now and then.
    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(
            3, options -> options.electionTimeoutMillis(1_000).slowDisk(new SlowDiskOptions(() -> true, 400, 15)));

    @Test
    void aLeaderWithASlowDiskGivesLeadershipToABetterOneAndNothingIsLost() {
        cluster.keepLogBy(SlowLog::new);
        cluster.startAll();
        Member before = cluster.awaitLeader();
        for (int i = 0; i < 30; i++) {
            write(before, "k" + i);
        }
        assertThat(before.raft().diskHealth().slow()).isFalse();

        slow.add(before.directory().resolve("log"));

        Member other = cluster.members().stream()
                .filter(member -> member != before)
                .findFirst()
                .orElseThrow();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 30; before.raft().diskHealth().handovers() == 0; i++) {
            assertThat(System.nanoTime()).as("handed over in time").isLessThan(deadline);
            write(other, "k" + i);
        }
        await().atMost(PATIENCE)
                .until(() -> !before.raft().isLeader() && other.raft().leader().isPresent());
        assertThat(cluster.awaitLeader()).isNotEqualTo(before);
        assertThat(before.raft().diskHealth().slow()).isTrue();
        assertThat(before.raft().diskHealth().handovers()).isEqualTo(1);

        write(other, "last");
        assertThat(acknowledged).contains("last");
        other.get("last");
        assertThat(acknowledged).allMatch(key -> key.equals(other.getStale(key)));
        assertThat(unknown)
                .as("only what was under way when leadership changed")
                .isLessThanOrEqualTo(1);
    }

    private void write(Member server, String key) {
        try {
            assertThat(server.put(key, key).ok()).isTrue();
            acknowledged.add(key);
        } catch (CompletionException e) {
            assertThat(e).cause().isInstanceOfSatisfying(ConsensusException.class, cause -> assertThat(cause.reason())
                    .isEqualTo(ConsensusException.Reason.UNKNOWN_OUTCOME));
            unknown++;
        }
    }

    /** A log whose disk can be slow, and which says so. */
    private final class SlowLog extends FaultyStore {

        private final Path directory;
        private final LatencyRecorder syncs = new LatencyRecorder();

        private SlowLog(Path directory) {
            super(LogDirectory.open(directory, "segment", LogOptions.DEFAULT));
            this.directory = directory;
        }

        @Override
        public void append(List<LogEntry> entries) {
            long begin = System.nanoTime();
            super.append(entries);
            if (slow.contains(directory)) {
                LockSupport.parkNanos(SLOW_NANOS);
            }
            syncs.record(System.nanoTime() - begin);
        }

        @Override
        public LatencyHistogram syncLatency() {
            return syncs.picture();
        }
    }
}
