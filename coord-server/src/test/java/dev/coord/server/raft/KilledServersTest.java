package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.raft.RaftClusterExtension.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that go without a word, and what is there when they come back. */
class KilledServersTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    @Test
    void writesResumeAfterTheLeaderIsKilledAndNothingAcknowledgedIsLost() throws InterruptedException {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        Member follower = cluster.follower();
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicBoolean writing = new AtomicBoolean(true);
        AtomicInteger written = new AtomicInteger();
        Thread writer = new Thread(() -> {
            for (int i = 0; writing.get(); i++) {
                try {
                    follower.put("w" + i, "v");
                    acknowledged.add("w" + i);
                    written.incrementAndGet();
                } catch (CompletionException e) {
                    // The one that was under way when the leader went: its outcome is unknown, and said to be.
                    assertThat(e.getCause()).isInstanceOf(ConsensusException.class);
                }
            }
        });
        writer.start();
        await().atMost(RaftClusterExtension.PATIENCE).until(() -> written.get() > 50);

        leader.kill();
        int before = written.get();
        await().atMost(RaftClusterExtension.PATIENCE).until(() -> written.get() > before + 50);
        writing.set(false);
        writer.join();
        leader.start();

        for (Member member : cluster.members()) {
            await().atMost(RaftClusterExtension.PATIENCE)
                    .untilAsserted(() -> assertThat(acknowledged).allMatch(key -> member.getStale(key) != null));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void allKilledAtOnceAndStartedAgainHaveEverythingAcknowledged(String backend) {
        cluster.keepLogIn(backend);
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        List<CompletableFuture<CommandResult>> writes = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            writes.add(leader.raft()
                    .execute(new Command.KvPut("k" + i, ByteString.copyFromUtf8("v" + i), 0, null, null, null)));
        }
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> writes.stream().filter(CompletableFuture::isDone).count() > 100);
        cluster.members().forEach(Member::kill);
        List<Integer> acknowledged = new ArrayList<>();
        for (int i = 0; i < writes.size(); i++) {
            if (writes.get(i).isDone() && !writes.get(i).isCompletedExceptionally()) {
                acknowledged.add(i);
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(100);

        cluster.startAll();

        Member next = cluster.awaitLeader();
        for (int i : acknowledged) {
            assertThat(next.get("k" + i)).isEqualTo("v" + i);
        }
        assertThat(next.put("after", "1").ok()).isTrue();
        cluster.members().forEach(member -> member.awaitValue("after", "1"));
    }

    @Test
    void aLeaderThatLosesItsMajorityStepsDownAndOwnsUpToWhatItDoesNotKnow() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");
        cluster.members().stream().filter(m -> m != leader).forEach(Member::kill);

        CompletableFuture<CommandResult> write =
                leader.raft().execute(new Command.KvPut("a", ByteString.copyFromUtf8("2"), 0, null, null, null));

        assertThatThrownBy(() -> write.get(RaftClusterExtension.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        ConsensusException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_OUTCOME));
        await().atMost(RaftClusterExtension.PATIENCE).until(() -> !leader.raft().isLeader());
        assertThat(leader.getStale("a")).as("stale reads go on").isEqualTo("1");
        assertThat(leader.raft().leader()).isEmpty();
    }

    @Test
    void withoutAMajorityWritesAndReadsFailAsLeaderlessAfterAWhile() {
        cluster.startAll();
        Member survivor = cluster.follower();
        cluster.members().stream().filter(m -> m != survivor).forEach(Member::kill);
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> survivor.raft().leader().isEmpty());

        for (CompletableFuture<?> asked : List.of(
                survivor.raft().execute(new Command.KvDelete("a", null)),
                survivor.raft().linearizable())) {
            assertThatThrownBy(() -> asked.get(RaftClusterExtension.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(ConsensusException.class, e -> assertThat(e.reason())
                            .isEqualTo(Reason.NO_LEADER));
        }
        await().atMost(RaftClusterExtension.PATIENCE)
                .untilAsserted(() -> assertThat(survivor.raft().servers())
                        .filteredOn(server -> survivor.raft().isAlive(server))
                        .containsExactly(survivor.raft().self()));
    }

    @Test
    void whatJRaftRefusesOnAFollowerCountsAsNotProposed() {
        cluster.startAll();
        CompletableFuture<String> outcome = new CompletableFuture<>();

        cluster.follower().raft().proposeHere(new Command.KvDelete("a", null), new Proposal.Outcome() {
            @Override
            public void applied(CommandResult result) {
                outcome.complete("applied");
            }

            @Override
            public void notProposed() {
                outcome.complete("not proposed");
            }

            @Override
            public void overloaded() {
                outcome.complete("overloaded");
            }

            @Override
            public void unknown(String why) {
                outcome.complete("unknown: " + why);
            }
        });

        assertThat(outcome).succeedsWithin(RaftClusterExtension.PATIENCE).isEqualTo("not proposed");
    }
}
