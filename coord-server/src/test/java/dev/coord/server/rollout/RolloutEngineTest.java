package dev.coord.server.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.raft.v1.Signals;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.LocalConsensus;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.flags.GradualFlag;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rollouts carried on by two leaders that take turns over one state; a second of their clock is some milliseconds. */
class RolloutEngineTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long TICK_MILLIS = 2;

    private final AtomicLong clock = new AtomicLong(1_000_000);
    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(1));
    private final LocalConsensus consensus = new LocalConsensus(clock::get, hub);
    private final Rollouts rollouts = new Rollouts(consensus, consensus, List.of());
    private final RolloutEngine first = engine();
    private final RolloutEngine second = engine();
    /** While the flag is on for all. */
    private volatile double commitP99Millis = 10;

    private RolloutEngine engine() {
        return new RolloutEngine(consensus, consensus, consensus, this::reports, clock::get, TICK_MILLIS);
    }

    /** Asked for once a tick: a second passes. */
    private Map<String, ServerInfo> reports() {
        clock.addAndGet(1_000);
        boolean onForAll = rollout().getStep() == rollout().getStepsCount();
        double p99 = onForAll ? commitP99Millis : 10;
        return Map.of(
                consensus.self().name(),
                ServerInfo.newBuilder()
                        .setSignals(Signals.newBuilder().setCommits(1_000).setCommitP99Micros((long) (1_000 * p99)))
                        .build());
    }

    @BeforeEach
    void start() {
        first.start();
        second.start();
        first.leading(1);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        hub.close();
    }

    private void begin(List<Integer> steps, long soakMillis) {
        rollouts.start(
                        new Rollouts.Plan("hub-shape", "single", "", steps, soakMillis, 5_000, List.of(), 100, false),
                        "ann")
                .join();
    }

    private Rollout rollout() {
        return consensus.latest().rollout("hub-shape");
    }

    private String flag() {
        return GradualFlag.current(consensus.latest().flagSet(Feature.SET), Feature.HUB_SHAPE);
    }

    private void awaitStep(int step) {
        await().atMost(PATIENCE).until(() -> rollout().getStep() == step);
    }

    private void awaitPhase(RolloutPhase phase) {
        await().atMost(PATIENCE).until(() -> rollout().getPhase() == phase);
    }

    @Test
    void goodStepsGoOnToTheEnd() {
        begin(List.of(10, 50, 100), 10_000);

        awaitPhase(RolloutPhase.ROLLOUT_PHASE_DONE);

        assertThat(rollout().getEventsList())
                .extracting(event -> event.getKind() + " " + event.getPercent())
                .containsExactly("started 0", "step 10", "step 50", "step 100", "done 100");
        assertThat(flag()).contains("\"defaultVariant\":\"single\"");
    }

    @Test
    void aNewLeaderGoesOnWhereTheOldOneStopped() {
        begin(List.of(10, 50, 100), 100_000);
        awaitStep(1);
        first.following();

        second.leading(2);

        awaitPhase(RolloutPhase.ROLLOUT_PHASE_DONE);
        assertThat(rollout().getEventsList())
                .extracting(event -> event.getKind() + " " + event.getPercent())
                .containsExactly("started 0", "step 10", "step 50", "step 100", "done 100");
        assertThat(second.steps()).isEqualTo(3);
    }

    @Test
    void aStepThatNobodyLookedAfterSoaksAnewUnderTheNextLeader() {
        first.following();
        begin(List.of(10, 100), 100_000);
        Verdict good = new Verdict(Verdict.Kind.BEGIN, "good", List.of());
        consensus
                .execute(RolloutSteps.forward(consensus.latest(), rollout(), good))
                .join();
        long takenOver = clock.addAndGet(3_600_000);

        second.leading(2);

        awaitStep(2);
        assertThat(rollout().getEvents(2).getTimeMs()).isGreaterThanOrEqualTo(takenOver + 100_000);
    }

    @Test
    void aBrokenGuardGoesBackByItselfAndStaysUntilItIsLifted() {
        commitP99Millis = 500;
        begin(List.of(10, 100), 30_000);

        awaitPhase(RolloutPhase.ROLLOUT_PHASE_HELD);

        String ten = GradualFlag.definition(null, Feature.HUB_SHAPE, null, "single", "", 10);
        assertThat(rollout().getReason()).contains("commit-p99", "500 ms", "limit of 50 ms");
        assertThat(flag()).isEqualTo(ten);
        assertThat(first.brokenGuards()).isEqualTo(1);

        long heldAt = clock.get();
        await().atMost(PATIENCE).until(() -> clock.get() > heldAt + 300_000);
        assertThat(rollout().getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_HELD);

        commitP99Millis = 10;
        rollouts.lift("hub-shape", "bob").join();
        awaitPhase(RolloutPhase.ROLLOUT_PHASE_DONE);
    }

    @Test
    void aFlagWrittenByHandEndsTheRolloutAndStays() {
        begin(List.of(10, 100), 3_600_000);
        awaitStep(1);
        try (FlagWrites writes = new FlagWrites(consensus, consensus)) {
            writes.undo(Feature.SET, null, "bob").join();
        }

        awaitPhase(RolloutPhase.ROLLOUT_PHASE_OVERTAKEN);

        assertThat(flag()).isNull();
    }

    @Test
    void configuredGuardsCountForWhatIsBegunAndThoseOfTheRolloutBeforeThem() {
        rollouts.guardBy(List.of("commit-p99=5x,70ms", "cpu=3x,99%"));
        rollouts.start(
                        new Rollouts.Plan(
                                "hub-shape",
                                "single",
                                "",
                                List.of(100),
                                3_600_000,
                                5_000,
                                List.of("commit-p99=4x"),
                                100,
                                false),
                        "ann")
                .join();
        rollouts.guardBy(List.of());

        assertThat(rollout().getGuardsList())
                .extracting(guard -> guard.getSignal() + " " + guard.getFactor() + " " + guard.getFloor())
                .contains("commit-p99 4.0 70.0", "cpu 3.0 99.0", "sync-p99 3.0 100.0");
    }

    @Test
    void whatMakesNoSenseIsRefusedAndChangesNothing() {
        assertThatThrownBy(() -> begin(List.of(50, 10), 10_000))
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("step 10 comes after 50");
        assertThatThrownBy(() -> begin(List.of(50), 1)).hasMessageContaining("soak is 1 ms");
        assertThatThrownBy(() -> rollouts.pause("hub-shape", "ann").join())
                .hasMessageContaining("has no rollout under way");
        assertThatThrownBy(() -> rollouts.pause("nothing", "ann")).hasMessageContaining("there is no feature");
        begin(List.of(100), 3_600_000);
        assertThatThrownBy(() -> begin(List.of(100), 10_000)).hasMessageContaining("abort it first");
        assertThatThrownBy(() -> rollouts.lift("hub-shape", "ann").join()).hasMessageContaining("is not held");
        assertThat(consensus.latest().rollouts()).hasSize(1);
    }
}
