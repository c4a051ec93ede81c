package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.server.rescue.RecoveryPlan;
import dev.coord.server.rescue.RescueSource;
import dev.coord.server.rescue.ServerReport;
import dev.coord.wal.maintenance.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two of three servers are gone; the cluster goes on with what the third had. */
class LostMajorityTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    private static ServerReport report(Member member) throws IOException {
        try (RescueSource source = RescueSource.open(member.directory())) {
            return ServerReport.of(source, ProgressListener.NONE);
        }
    }

    private static List<ServerReport> reports(List<Member> members) throws IOException {
        List<ServerReport> reports = new ArrayList<>();
        for (Member member : members) {
            // Through the text that operators carry about.
            reports.add(ServerReport.read(report(member).encode()));
        }
        return reports;
    }

    private static Path checkpoint(Member member) {
        return member.directory().resolveSibling(member.name() + "-checkpoint");
    }

    private static boolean apply(RecoveryPlan plan, Member member) throws IOException {
        return RecoveryPlan.read(plan.encode()).apply(member.directory(), checkpoint(member), 1, ProgressListener.NONE);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** All three have "before" = 1, then all are killed. */
    private void loseAll() {
        cluster.startAll();
        cluster.awaitLeader().put("before", "1");
        for (Member member : cluster.members()) {
            member.awaitValue("before", "1");
        }
        cluster.members().forEach(Member::kill);
    }

    @Test
    void one_server_goes_on_the_lost_ones_are_refused_and_come_back_empty() throws IOException {
        loseAll();
        Member survivor = cluster.member(1);
        Member second = cluster.member(2);
        Member third = cluster.member(3);

        assertThatThrownBy(() -> RecoveryPlan.of("p", reports(List.of(survivor)), false))
                .hasMessageContaining("1 of 3 voters", second.address())
                .hasMessageContaining("--accept-loss");
        RecoveryPlan plan = RecoveryPlan.of("p", reports(List.of(survivor)), true);
        assertThat(plan.mayLose()).contains("can't be known");
        assertThat(plan.lost()).containsExactlyInAnyOrder(second.address(), third.address());
        assertThat(apply(plan, survivor)).isTrue();
        assertThat(ServerFiles.read(checkpoint(survivor)).generation())
                .as("the checkpoint is what was there before")
                .isZero();

        survivor.start();
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> survivor.raft().isLeader());
        assertThat(survivor.get("before")).isEqualTo("1");
        survivor.put("after", "2");
        assertThat(survivor.raft().generation()).isEqualTo(1);

        second.start();
        third.start();
        for (Member lost : List.of(second, third)) {
            await().atMost(RaftClusterExtension.PATIENCE).until(() -> lost.fatal() != null);
            assertThat(lost.fatal()).contains("generation 0", "generation 1", survivor.address());
            lost.kill();
        }
        assertThat(survivor.fatal()).isNull();
        assertThat(survivor.get("after")).isEqualTo("2");

        for (Member lost : List.of(second, third)) {
            delete(lost.directory());
            lost.start();
            lost.awaitValue("after", "2");
            await().atMost(RaftClusterExtension.PATIENCE)
                    .untilAsserted(() -> assertThat(lost.raft().generation()).isEqualTo(1));
        }
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> survivor.raft().servers().size() == 3);
        survivor.kill();
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> second.raft().isLeader() || third.raft().isLeader());
        assertThat(second.get("before")).isEqualTo("1");

        survivor.start();
        survivor.awaitValue("after", "2");
        assertThat(ServerFiles.read(survivor.directory()).recoveries())
                .as("the mark stays")
                .extracting(RecoveryMark::plan)
                .containsExactly("p");
        assertThat(survivor.raft().servers())
                .as("it does not make itself alone again")
                .hasSize(3);
    }

    @Test
    void a_majoritys_directories_lose_nothing_and_the_furthest_is_picked() throws IOException {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        Member behind = cluster.follower();
        await().atMost(RaftClusterExtension.PATIENCE)
                .until(() -> behind.raft().latest().clusterId() != null);
        behind.kill();
        leader.put("late", "1");
        cluster.members().stream().filter(Member::isRunning).forEach(Member::kill);
        Member other = cluster.members().stream()
                .filter(member -> member != leader && member != behind)
                .findFirst()
                .orElseThrow();

        RecoveryPlan plan = RecoveryPlan.of("p", reports(List.of(behind, other)), false);

        assertThat(plan.raftAddress()).isEqualTo(other.address());
        assertThat(plan.mayLose()).isEmpty();
    }

    @Test
    void a_plan_stopped_anywhere_is_carried_out_by_running_it_again() throws IOException {
        loseAll();
        Member survivor = cluster.member(1);
        RecoveryPlan plan = RecoveryPlan.of("p", reports(cluster.members()), false);
        Member picked = cluster.members().stream()
                .filter(member -> member.address().equals(plan.raftAddress()))
                .findFirst()
                .orElseThrow();

        // Stopped between the checkpoint's first bytes and its name.
        Files.createDirectories(picked.directory().resolveSibling(picked.name() + "-checkpoint.part/log"));
        // Stopped between the mark and the generation.
        RecoveryMark mark = new RecoveryMark("p", 1, 1, plan.lastTerm(), plan.lastIndex(), plan.lost(), plan.mayLose());
        new RecoveryFile(picked.directory().resolve("recovery.json"))
                .replace(new RecoveryFile.Content(true, List.of(mark)));

        assertThat(apply(plan, picked)).isTrue();
        assertThat(apply(plan, picked)).as("done already").isFalse();
        assertThat(ServerFiles.read(picked.directory()).generation()).isEqualTo(1);
        assertThat(ServerFiles.read(picked.directory()).recoveries()).hasSize(1);

        picked.start();
        await().atMost(RaftClusterExtension.PATIENCE).until(() -> picked.raft().isLeader());
        assertThat(picked.get("before")).isEqualTo("1");
        assertThat(survivor.fatal()).isNull();
    }

    @Test
    void a_plan_is_refused_on_another_server_and_on_one_that_has_gone_on() throws IOException {
        loseAll();
        RecoveryPlan plan = RecoveryPlan.of("p", reports(List.of(cluster.member(1))), true);

        assertThatThrownBy(() -> apply(plan, cluster.member(2))).hasMessageContaining("the plan is for server");

        cluster.startAll();
        cluster.awaitLeader().put("more", "1");
        cluster.member(1).awaitValue("more", "1");
        assertThatThrownBy(() -> apply(plan, cluster.member(1))).as("it runs").hasMessageContaining("in use");
        cluster.members().forEach(Member::kill);
        assertThatThrownBy(() -> apply(plan, cluster.member(1))).hasMessageContaining("has gone on");
        assertThat(checkpoint(cluster.member(1))).doesNotExist();
    }
}
