package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.log.BuildOutcome;
import dev.coord.server.log.LiveLog;
import dev.coord.server.log.LogOperations;
import dev.coord.server.log.LogSettings;
import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Three servers whose logs are changed, one after the other, while writes go on. */
class LogChangeTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** By log directory. */
    private final Map<Path, LogOperations> operations = new ConcurrentHashMap<>();

    // Snapshots cut the logs while they are copied.
    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(
            3, options -> options.electionTimeoutMillis(2_000).snapshots(1, 200, 100));

    /** What is built ends before the logs are closed: this runs before the extension stops the servers. */
    @AfterEach
    void stopBuilding() {
        operations.values().forEach(LogOperations::close);
    }

    private LogStore open(Path directory) {
        LiveLog log = LiveLog.open(directory, "mapdb", LogOptions.DEFAULT.withSegmentBytes(64 << 10));
        operations.put(directory, new LogOperations(log, LogSettings.of(() -> false, () -> "", 1 << 20)));
        return log;
    }

    private LogOperations logOf(Member member) {
        return Objects.requireNonNull(operations.get(member.directory().resolve("log")));
    }

    @Test
    void theLogsGoFromMapdbToSegmentServerByServerAndNoAcknowledgedWriteIsLost() throws Exception {
        changeAll(List.of("segment"), 30);
    }

    @Test
    @Tag("slow")
    void theLogsGoFromMapdbToSegmentToLmdbServerByServerAndNoAcknowledgedWriteIsLost() throws Exception {
        changeAll(List.of("segment", "lmdb"), 2_000);
    }

    private void changeAll(List<String> backends, int writesBetween) throws Exception {
        cluster.keepLogBy(this::open);
        cluster.startAll();
        String last = backends.get(backends.size() - 1);
        try (Writers writers = new Writers(cluster.members())) {
            writers.awaitMore(writesBetween);
            for (String backend : backends) {
                for (Member member : cluster.members()) {
                    change(member, backend);
                    writers.awaitMore(writesBetween);
                }
            }
            if (!last.equals("segment")) {
                for (Member member : cluster.members()) {
                    compact(member);
                    writers.awaitMore(writesBetween);
                }
            }
            writers.stop();

            System.out.printf(
                    "%d writes acknowledged, %d with an unknown outcome%n",
                    writers.acknowledged.size(), writers.unknown.size());
            assertThat(writers.refused).isEmpty();
            assertThat(cluster.members())
                    .allMatch(member -> logOf(member).backend().equals(last));
            assertEverywhere(writers.acknowledged);
            // Nothing of it was in memory alone.
            cluster.members().forEach(Member::kill);
            cluster.members().forEach(Member::start);
            cluster.awaitLeader();
            assertThat(cluster.members())
                    .allMatch(member -> logOf(member).backend().equals(last));
            assertEverywhere(writers.acknowledged);
        }
    }

    private void change(Member member, String backend) throws Exception {
        CompletableFuture<BuildOutcome> shadow = logOf(member).startShadow(backend);
        logOf(member).takeOver().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(shadow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).result())
                .isEqualTo(BuildOutcome.Result.TOOK_OVER);
    }

    private void compact(Member member) throws Exception {
        assertThat(logOf(member)
                        .compact()
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .result())
                .isEqualTo(BuildOutcome.Result.TOOK_OVER);
    }

    private void assertEverywhere(Set<String> acknowledged) {
        for (Member member : cluster.members()) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(acknowledged).allMatch(key -> key.equals(member.getStale(key))));
        }
    }

    /** One writer for each server, that writes one key after the other. */
    private static final class Writers implements AutoCloseable {

        private final List<Thread> threads = new ArrayList<>();
        private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        /** Failures that no change of leader explains. */
        private final Set<String> refused = ConcurrentHashMap.newKeySet();

        /** Under way when leadership changed. */
        private final Set<String> unknown = ConcurrentHashMap.newKeySet();

        private volatile boolean stopped;

        Writers(List<Member> members) {
            for (Member member : members) {
                Thread thread = new Thread(() -> write(member), "writer-" + member);
                threads.add(thread);
                thread.start();
            }
        }

        private void write(Member member) {
            RaftConsensus raft = member.raft();
            for (int i = 0; !stopped; i++) {
                String key = member.name() + "-" + i;
                try {
                    CommandResult result = raft.execute(
                                    new Command.KvPut(key, ByteString.copyFromUtf8(key), 0, null, null, null))
                            .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .join();
                    if (result.ok()) {
                        acknowledged.add(key);
                    } else {
                        refused.add(key + ": " + result);
                    }
                } catch (CompletionException e) {
                    if (e.getCause() instanceof ConsensusException consensus
                            && consensus.reason() == ConsensusException.Reason.UNKNOWN_OUTCOME) {
                        unknown.add(key);
                    } else {
                        refused.add(key + ": " + e);
                    }
                }
            }
        }

        void awaitMore(int count) {
            int wanted = acknowledged.size() + count;
            await().atMost(PATIENCE).until(() -> acknowledged.size() >= wanted);
        }

        void stop() throws InterruptedException {
            stopped = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }

        @Override
        public void close() {
            stopped = true;
        }
    }
}
