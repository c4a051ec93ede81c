package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.server.command.Member.Status;
import dev.coord.server.command.ServerChange;
import dev.coord.server.command.ServerChange.Kind;
import dev.coord.server.command.ServerChange.Outcome;
import dev.coord.server.raft.RaftClusterExtension.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who belongs to a cluster, and who is kept out. */
class MembershipTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    @Test
    void aFourthServerIsLetInAndHasEverything() {
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");

        Member fourth = cluster.addMember();
        fourth.start();

        fourth.awaitValue("a", "1");
        for (Member member : cluster.members()) {
            await().atMost(RaftClusterExtension.PATIENCE)
                    .untilAsserted(() -> assertThat(member.raft().servers())
                            .extracting("name")
                            .containsExactly("s1", "s2", "s3", "s4"));
        }
        assertThat(fourth.put("a", "2").ok()).isTrue();
    }

    @Test
    void aServerThatLeavesIsNoVoterAndIsRemembered() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");

        leader.raft().leave().orTimeout(60, TimeUnit.SECONDS).join();
        leader.stop();

        Member other = cluster.awaitLeader();
        assertThat(other.put("a", "2").ok()).isTrue();
        await().atMost(RaftClusterExtension.PATIENCE).untilAsserted(() -> {
            assertThat(other.raft().servers())
                    .extracting("name")
                    .doesNotContain(leader.name())
                    .hasSize(2);
            assertThat(status(other, leader)).isEqualTo(Status.LEFT);
        });
    }

    @Test
    void aServerThatFailedIsGivenUpByForceAndForgottenByPrune() {
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");
        Member failed = cluster.follower();
        failed.kill();
        Member leader = cluster.awaitLeader();
        await().atMost(RaftClusterExtension.PATIENCE)
                .untilAsserted(() -> assertThat(status(leader, failed)).isEqualTo(Status.FAILED));
        assertThat(leader.raft().servers())
                .filteredOn(server -> server.name().equals(failed.name()))
                .singleElement()
                .satisfies(server -> assertThat(leader.raft().condition(server).lastContactMillis())
                        .as("what it said last is as old as its silence")
                        .isGreaterThan(1_000));

        assertThat(leader.raft().forceLeave(failed.name(), false).join()).isTrue();

        await().atMost(RaftClusterExtension.PATIENCE).untilAsserted(() -> {
            assertThat(leader.raft().servers()).extracting("name").doesNotContain(failed.name());
            assertThat(status(leader, failed)).isEqualTo(Status.LEFT);
        });
        assertThat(leader.raft().forceLeave(failed.name(), true).join()).isTrue();
        assertThat(status(leader, failed)).isNull();
        assertThat(leader.raft().forceLeave(failed.name(), false).join()).isFalse();
        assertThat(leader.raft().forceLeave(leader.name(), false).join())
                .as("it is alive: nothing happens")
                .isTrue();
        assertThat(leader.put("a", "2").ok()).isTrue();
    }

    private static @Nullable Status status(Member at, Member of) {
        return at.raft().serverMembers().stream()
                .filter(member -> member.server().name().equals(of.name()))
                .map(dev.coord.server.command.Member::status)
                .findFirst()
                .orElse(null);
    }

    @Test
    void aServerThatGrowsFromOneToTwoKeepsItsReadsLinearizable() {
        Member first = cluster.member(1);
        first.alone();
        first.start();
        first.put("a", "1");
        Member second = cluster.addMember();
        second.start();
        second.awaitValue("a", "1");
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> second.raft().self().voter());

        second.put("a", "2");

        assertThat(first.get("a")).isEqualTo("2");
        assertThat(second.get("a")).isEqualTo("2");
    }

    @Test
    void aVoterThatLostItsDataIsLetInOnlyAfterItWasTakenOut() throws IOException {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");
        Member lost = cluster.follower();
        lost.kill();
        delete(lost.directory());

        lost.start();

        await().atMost(RaftClusterExtension.PATIENCE).untilAsserted(() -> assertThat(lost.fatal())
                .contains("has forgotten", "coord operator raft remove " + lost.address()));
        assertThat(lost.getStale("a")).isNull();
        lost.stop();
        change(leader, Kind.REMOVE, lost);
        lost.start();
        lost.awaitValue("a", "1");
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> lost.raft().self().voter());
        assertThat(lost.put("a", "2").ok()).isTrue();
    }

    @Test
    void aServerThatWasTakenOutIsLetInOnlyByAnOperator() {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");
        Member out = cluster.follower();
        out.kill();
        change(leader, Kind.REMOVE, out);
        leader.put("a", "2");

        out.start();

        await().atMost(RaftClusterExtension.PATIENCE)
                .untilAsserted(() -> assertThat(out.raft().admissionRefusal())
                        .contains("taken out", "coord operator raft add " + out.address()));
        assertThat(out.getStale("a")).isNotEqualTo("2");
        change(leader, Kind.ADD_LEARNER, out);
        out.awaitValue("a", "2");
        assertThat(out.raft().self().voter()).isFalse();
    }

    @Test
    void aServerThatLeftByItselfComesBackByItself() {
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");
        Member leaving = cluster.follower();
        leaving.raft().leave().orTimeout(60, TimeUnit.SECONDS).join();
        leaving.stop();
        cluster.awaitLeader().put("a", "2");

        leaving.start();

        leaving.awaitValue("a", "2");
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> leaving.raft().self().voter());
    }

    private static Outcome change(Member on, Kind kind, Member of) {
        return on.raft()
                .change(new ServerChange(kind, of.address(), "", true, false))
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void aLoneServerWhoseAddressChangedGoesOn() {
        Member server = cluster.member(1);
        server.alone();
        server.start();
        server.put("a", "1");
        server.stop();

        server.move();
        server.start();
        cluster.awaitLeader();

        assertThat(server.get("a")).isEqualTo("1");
        assertThat(server.put("a", "2").ok()).isTrue();
        assertThat(server.raft().servers()).extracting("raftAddress").containsExactly(server.address());
    }

    @Test
    void serversOfDifferentClustersAreNeverMerged() {
        Member one = cluster.member(1);
        Member two = cluster.member(2);
        for (Member member : List.of(one, two)) {
            member.alone();
            member.start();
            await().atMost(RaftClusterExtension.PATIENCE)
                    .until(() -> member.raft().latest().clusterId() != null);
            member.put("who", member.name());
        }
        String idOfOne = String.valueOf(one.raft().latest().clusterId());
        String idOfTwo = String.valueOf(two.raft().latest().clusterId());

        assertThat(one.raft().hello(two.address()))
                .failsWithin(RaftClusterExtension.PATIENCE)
                .withThrowableThat()
                .withMessageContaining("FAILED_PRECONDITION")
                .withMessageContaining(idOfOne)
                .withMessageContaining(idOfTwo);
        assertThat(one.get("who")).isEqualTo("s1");
        assertThat(two.get("who")).isEqualTo("s2");
    }

    @Test
    void aDirectoryOfAnotherClusterIsRefusedHoweverLateTheServerToJoinComes() {
        Member early = cluster.member(1);
        Member late = cluster.member(2);
        for (Member member : List.of(early, late)) {
            member.alone();
            member.start();
            await().atMost(RaftClusterExtension.PATIENCE)
                    .until(() -> member.raft().latest().clusterId() != null);
            member.stop();
        }

        early.start();
        cluster.awaitLeader();
        assertThat(early.fatal()).isNull();
        late.start();

        await().atMost(RaftClusterExtension.PATIENCE).until(() -> early.fatal() != null);
        assertThat(early.fatal()).contains(late.address() + " is of another one");
    }

    @Test
    void aDirectoryInUseIsRefused() {
        Member server = cluster.member(1);
        server.alone();
        server.start();

        assertThatThrownBy(() -> DataDirectory.open(server.directory()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(server.directory().toString())
                .hasMessageContaining("in use");
    }

    @Test
    void aDirectoryThatLostItsLogIsRefused() throws IOException {
        Member server = cluster.member(1);
        server.alone();
        server.start();
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> server.raft().latest().clusterId() != null);
        server.stop();
        delete(server.directory().resolve("log"));

        assertThatThrownBy(server::tryStart)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("neither log nor snapshot")
                .hasMessageContaining(server.directory().toString());
    }

    @Test
    void aDirectoryCopiedFromAnotherServerIsRefused() throws IOException {
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");
        Member copied = cluster.member(2);
        Member lost = cluster.member(3);
        lost.awaitValue("a", "1");
        copied.stop();
        lost.stop();
        delete(lost.directory());
        try (Stream<Path> files = Files.walk(copied.directory())) {
            for (Path file : files.toList()) {
                Files.copy(file, lost.directory().resolve(copied.directory().relativize(file)));
            }
        }
        copied.start();

        assertThatThrownBy(lost::tryStart)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is that of the server at " + copied.address())
                .hasMessageContaining("counts on another server at " + lost.address());
        assertThat(cluster.awaitLeader().put("b", "2").ok()).isTrue();
    }

    @Test
    void aPortInUseIsAClearError() {
        Member one = cluster.member(1);
        one.alone();
        one.start();
        Member two = cluster.member(2);
        two.alone();
        two.moveTo(one);

        assertThatThrownBy(two::tryStart)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(one.address())
                .hasMessageContaining("another server");
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
