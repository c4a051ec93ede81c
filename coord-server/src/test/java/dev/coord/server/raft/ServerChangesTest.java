package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.server.command.ServerChange;
import dev.coord.server.command.ServerChange.Kind;
import dev.coord.server.command.ServerChange.Outcome;
import dev.coord.server.raft.RaftClusterExtension.Member;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an operator does to the servers, step by step. */
class ServerChangesTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    @Test
    void aServerFollowsAsALearnerAndIsThenMadeAVoter() {
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");
        Member fourth = cluster.addMember().waiting();
        fourth.start();

        Outcome added = change(cluster.follower(), Kind.ADD_LEARNER, fourth.address(), "");

        assertThat(added.done()).isTrue();
        assertThat(added.summary())
                .isEqualTo(
                        "now 3 voters, survives the loss of 1; after: 3 voters and 1 learner, survives the loss of 1");
        fourth.awaitValue("a", "1");
        assertThat(fourth.raft().self().voter()).isFalse();
        assertThat(fourth.put("a", "2").ok()).as("a learner hands writes on").isTrue();
        await().atMost(RaftClusterExtension.PATIENCE)
                .untilAsserted(() -> assertThat(change(cluster.awaitLeader(), Kind.PROMOTE, fourth.address(), "")
                                .done())
                        .isTrue());
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> fourth.raft().self().voter());
        // Its acknowledgements count: without two of the others they are a majority of three with it.
        Member down = cluster.members().stream()
                .filter(member -> member != fourth && !member.raft().isLeader())
                .findFirst()
                .orElseThrow();
        down.kill();
        assertThat(cluster.awaitLeader().put("a", "3").ok()).isTrue();
        fourth.awaitValue("a", "3");
    }

    @Test
    void whatLeavesLessToSpareIsRefusedUnlessForcedAndACheckChangesNothing() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        String victim = cluster.follower().address();

        Outcome check = leader.raft()
                .change(new ServerChange(Kind.REMOVE, victim, "", false, true))
                .join();
        Outcome refused = change(leader, Kind.REMOVE, victim, "");

        assertThat(check.done()).isFalse();
        assertThat(check.refusal()).contains("survive the loss of 0", "survives that of 1 now");
        assertThat(refused.done()).isFalse();
        assertThat(refused.refusal()).isEqualTo(check.refusal());
        assertThat(leader.raft().servers()).hasSize(3);
        assertThat(change(leader, Kind.PROMOTE, victim, "").done())
                .as("a voter is one already")
                .isTrue();
        assertThatThrownBy(() -> change(leader, Kind.REMOVE, "127.0.0.1:1", ""))
                .hasMessageContaining("no server at 127.0.0.1:1");
        assertThatThrownBy(() -> change(leader, Kind.ADD_LEARNER, "127.0.0.1:1", ""))
                .hasMessageContaining("no server that could be let in answers at 127.0.0.1:1");
        assertThat(leader.raft()
                        .change(new ServerChange(Kind.REMOVE, victim, "", true, false))
                        .join()
                        .done())
                .isTrue();
    }

    @Test
    void aLearnerTakesTheVoteOfAServerThatIsLost() {
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");
        Member lost = cluster.follower();
        lost.kill();
        Member leader = cluster.awaitLeader();
        Member fresh = cluster.addMember().waiting();
        fresh.start();
        assertThat(change(leader, Kind.ADD_LEARNER, fresh.address(), "").done()).isTrue();
        fresh.awaitValue("a", "1");
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> leader.raft().layout().answering() == 2);

        Outcome replaced = await().atMost(RaftClusterExtension.PATIENCE)
                .ignoreExceptions()
                .until(() -> change(leader, Kind.REPLACE, fresh.address(), lost.address()), Outcome::done);

        assertThat(replaced.summary())
                .isEqualTo("now 3 voters and 1 learner (1 does not answer), survives the loss of 0 more;"
                        + " after: 3 voters, survives the loss of 1");
        assertThat(leader.raft().servers())
                .extracting("raftAddress")
                .contains(fresh.address())
                .doesNotContain(lost.address())
                .hasSize(3);
    }

    @Test
    void leadershipGoesToTheOneThatIsNamedWhoeverIsAsked() {
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");
        Member next = cluster.follower();

        assertThat(change(next, Kind.TRANSFER_LEADERSHIP, next.address(), "").done())
                .isTrue();

        await().atMost(RaftClusterExtension.PATIENCE).until(() -> next.raft().isLeader());
    }

    private static Outcome change(Member on, Kind kind, String address, String insteadOf) {
        return on.raft()
                .change(new ServerChange(kind, address, insteadOf, false, false))
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
