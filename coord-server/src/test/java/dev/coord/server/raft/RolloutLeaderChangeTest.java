package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.api.raft.v1.Signals;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutEvent;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.GradualFlag;
import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.server.rollout.QuickEngine;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import dev.coord.server.state.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Three servers, whose leader dies in the middle of a rollout's step. */
class RolloutLeaderChangeTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final long SOAK_MILLIS = 1_500;
    private static final String FLAG = "hub-shape";

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    private final Map<Member, RolloutEngine> engines = new HashMap<>();
    /** Of commands, on every server. */
    private volatile int p99Millis = 5;

    @AfterEach
    void stopEngines() {
        engines.values().forEach(RolloutEngine::close);
    }

    /** Each with an engine, and with figures of our making, which go the way that real ones go. */
    private void startAll() {
        cluster.prepare((member, raft) -> {
            raft.reportSignals(() -> Signals.newBuilder()
                    .setCommits(1_000)
                    .setCommitP99Micros(1_000L * p99Millis)
                    .build());
            RolloutEngine engine = QuickEngine.of(raft);
            raft.addListener(engine);
            engine.start();
            engines.put(member, engine);
        });
        cluster.startAll();
    }

    private void kill(Member member) {
        member.kill();
        Objects.requireNonNull(engines.remove(member)).close();
    }

    private static void begin(Member on) {
        List<String> guards = List.of("commit-p99=2x,50ms", "sync-p99=1000x,60000ms");
        Rollouts.Plan plan =
                new Rollouts.Plan(FLAG, "single", "", List.of(10, 50, 100), SOAK_MILLIS, 1_000, guards, 100, false);
        Rollout unused = new Rollouts(on.raft(), on.raft(), List.of())
                .start(plan, "ann")
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static Rollout rollout(Member on) {
        return Objects.requireNonNull(on.raft().latest().rollout(FLAG));
    }

    private static void awaitStep(Member on, int step) {
        await().atMost(PATIENCE).pollInterval(LOOK).until(() -> rollout(on).getStep() == step);
    }

    private static List<String> events(Rollout rollout) {
        return rollout.getEventsList().stream()
                .map(event -> event.getKind() + " " + event.getPercent())
                .toList();
    }

    @Test
    void theNextLeaderSoaksTheStepAnewGoesOnAndTakesABrokenOneBackWithAHold() {
        startAll();
        Member first = cluster.awaitLeader();
        begin(first);
        awaitStep(first, 1);

        kill(first);
        long killed = System.currentTimeMillis();
        Member second = cluster.awaitLeader();
        first.start();
        awaitStep(second, 2);

        RolloutEvent step = rollout(second).getEvents(2);
        assertThat(step.getTimeMs()).isGreaterThanOrEqualTo(killed + SOAK_MILLIS);
        p99Millis = 400;
        await().atMost(PATIENCE).until(() -> isHeld(second));
        p99Millis = 5;

        // Still broken a short second later, it may go back once more.
        Rollout held = rollout(second);
        assertThat(events(held)).startsWith("started 0", "step 10", "step 50", "broken 10");
        assertThat(held.getEvents(3).getReason()).contains("commit-p99 of s", "is 400 ms, above the limit of 50 ms");
        String ten = GradualFlag.definition(null, Feature.HUB_SHAPE, null, "single", "", 10);
        for (Member member : cluster.members()) {
            await(member.name()).atMost(PATIENCE).until(() -> isHeld(member));
            State state = member.raft().latest();
            String flag = GradualFlag.current(state.flagSet(Feature.SET), Feature.HUB_SHAPE);
            assertThat(flag)
                    .as(member.name())
                    .isEqualTo(Objects.requireNonNull(state.rollout(FLAG)).getStep() == 0 ? null : ten);
        }
    }

    private static boolean isHeld(Member member) {
        return rollout(member).getPhase() == RolloutPhase.ROLLOUT_PHASE_HELD;
    }
}
