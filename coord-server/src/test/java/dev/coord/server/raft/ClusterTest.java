package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.raft.RaftClusterExtension.Member;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Three servers. */
class ClusterTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    @Test
    void formsByItselfAndAllServersAgree() {
        cluster.startAll();

        for (Member member : cluster.members()) {
            await().atMost(RaftClusterExtension.PATIENCE).untilAsserted(() -> {
                assertThat(member.raft().latest().clusterId()).isNotNull();
                assertThat(member.raft().servers()).extracting("name").containsExactly("s1", "s2", "s3");
                assertThat(member.raft().leader()).isPresent();
            });
        }
        assertThat(cluster.members().stream()
                        .map(m -> m.raft().latest().clusterId())
                        .distinct())
                .hasSize(1);
        assertThat(cluster.members().stream().filter(m -> m.raft().isLeader())).hasSize(1);
    }

    @Test
    void aWriteOnAFollowerIsReadThereAndElsewhereAtOnce() {
        cluster.startAll();
        Member follower = cluster.follower();

        for (int i = 0; i < 20; i++) {
            follower.put("k", "v" + i);
            assertThat(follower.getStale("k"))
                    .as("applied where it was written")
                    .isEqualTo("v" + i);
            for (Member member : cluster.members()) {
                assertThat(member.get("k")).as("on " + member).isEqualTo("v" + i);
            }
        }
    }

    @Test
    void aForwardedCommandIsCountedOnceWhereItWasTaken() {
        cluster.startAll();
        Member follower = cluster.follower();
        Member leader = cluster.awaitLeader();
        long onLeader = leader.raft().commandFigures().latency().count();
        long onFollower = follower.raft().commandFigures().latency().count();

        for (int i = 0; i < 20; i++) {
            follower.put("k", "v" + i);
        }

        assertThat(follower.raft().commandFigures().latency().count()).isEqualTo(onFollower + 20);
        assertThat(leader.raft().commandFigures().latency().count() - onLeader)
                .as("none of those that the follower forwarded")
                .isLessThan(20);
        assertThat(leader.raft().commandFigures().failures()).isZero();
    }

    @Test
    void aKilledServerCatchesUpFromTheLog() {
        cluster.startAll();
        Member follower = cluster.follower();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");
        follower.kill();
        for (int i = 0; i < 100; i++) {
            leader.put("k" + i, "v" + i);
        }

        follower.start();

        follower.awaitValue("k99", "v99");
        assertThat(follower.getStale("a")).isEqualTo("1");
    }

    @Test
    void whenTheLeaderIsKilledTheOthersElectOneAndGoOn() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");
        leader.kill();

        Member next = cluster.awaitLeader();
        assertThat(next.put("a", "2").ok()).isTrue();
        leader.start();

        leader.awaitValue("a", "2");
    }

    @Test
    void leasesAreAnsweredByTheLeaderWhereverTheyAreAskedAndByTheNextOneAfterIt() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        assertThat(cluster.follower().renewsOn(leader.name())).isTrue();
        assertThat(leader.renewsOn(leader.name())).isTrue();

        leader.kill();

        Member follower = cluster.follower();
        assertThat(follower.renewsOn(leader.name()))
                .as("held until there is a leader, then asked there")
                .isFalse();
        Member next = cluster.awaitLeader();
        assertThat(follower.renewsOn(next.name())).isTrue();
    }

    @Test
    void aServerThatStopsHandsLeadershipOnAndListenersAreTold() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");
        long term = leader.raft().term();

        leader.stop();

        Member next = cluster.awaitLeader();
        assertThat(next.get("a")).isEqualTo("1");
        assertThat(leader.toldOfLeadership()).containsExactly("leading " + term, "following");
        await().atMost(RaftClusterExtension.PATIENCE).untilAsserted(() -> assertThat(next.toldOfLeadership())
                .containsExactly("leading " + next.raft().term()));
    }
}
