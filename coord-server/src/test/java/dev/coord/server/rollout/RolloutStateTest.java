package dev.coord.server.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.command.Command;
import dev.coord.server.command.Command.ChangeFlags.Definition;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.FlagAction;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.GradualFlag;
import dev.coord.server.state.SnapshotCodec;
import dev.coord.server.state.State;
import dev.coord.server.state.Transition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What rollouts do to the replicated state, step by step. */
class RolloutStateTest {

    private static final String BY_HAND =
            "{\"state\":\"ENABLED\",\"variants\":{\"a\":\"configured\",\"b\":\"keyed\"},\"defaultVariant\":\"a\"}";
    private static final Verdict GOOD = new Verdict(Verdict.Kind.GO_ON, "good", List.of());
    private static final Verdict BAD = new Verdict(Verdict.Kind.GO_BACK, "slow", List.of());

    private State state = State.empty();
    private long now = 1_000;

    /** As the log would have it: through its bytes. */
    private boolean apply(Command command) {
        now += 1_000;
        Command read = CommandCodec.decode(ByteBuffer.wrap(CommandCodec.encode(command, now)))
                .command();
        Transition transition = state.apply(read, now);
        assertThat(transition.result().rejection()).isNull();
        state = transition.state();
        return transition.result().ok();
    }

    private void putByHand(String definition) {
        var known = state.flagSetOrGone(Feature.SET);
        assertThat(apply(new Command.ChangeFlags(
                        Feature.SET,
                        List.of(new Definition("hub-shape", definition)),
                        List.of(),
                        false,
                        known == null ? 0 : known.modifyIndex(),
                        "ann",
                        FlagAction.PUT)))
                .isTrue();
    }

    private static Rollout asked() {
        return Rollout.newBuilder()
                .setFeature("hub-shape")
                .setTo("single")
                .addAllSteps(List.of(10, 50, 100))
                .setSoakMs(1_000)
                .setAuthor("ann")
                .build();
    }

    private void start() {
        assertThat(apply(RolloutSteps.started(state, Feature.HUB_SHAPE, asked())))
                .isTrue();
    }

    private Rollout rollout() {
        Rollout rollout = state.rollout("hub-shape");
        assertThat(rollout).isNotNull();
        return rollout;
    }

    private String flag() {
        return GradualFlag.current(state.flagSet(Feature.SET), Feature.HUB_SHAPE);
    }

    private void goOn() {
        assertThat(apply(RolloutSteps.forward(state, rollout(), GOOD))).isTrue();
        assertThat(flag()).isEqualTo(rollout().getWritten());
    }

    private State throughASnapshot() throws IOException {
        return SnapshotCodec.read(new ByteArrayInputStream(bytes()));
    }

    private byte[] bytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SnapshotCodec.write(state, bytes);
        return bytes.toByteArray();
    }

    private void restore(byte[] archive) {
        assertThat(apply(new Command.RestoreChunk("restore-" + now, 0, ByteString.copyFrom(archive), true)))
                .isTrue();
    }

    @Test
    void a_step_and_its_flag_are_one_revision() {
        start();
        assertThat(flag()).isNull();
        goOn();

        assertThat(flag()).contains("[\"single\",10]", "[\"configured\",90]");
        assertThat(state.flagSetIndex(Feature.SET)).isEqualTo(rollout().getModifyRevision());
        assertThat(state.flagSet(Feature.SET).newest().action()).isEqualTo(FlagAction.ROLLOUT);
        goOn();
        goOn();
        assertThat(flag()).contains("\"defaultVariant\":\"single\"").doesNotContain("targeting");
        goOn();
        assertThat(rollout().getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_DONE);
    }

    @Test
    void to_abort_gives_the_flag_back_to_the_letter() {
        putByHand(BY_HAND);
        start();
        goOn();
        goOn();
        assertThat(flag()).isNotEqualTo(BY_HAND);

        assertThat(apply(RolloutSteps.aborted(state, rollout(), "bob"))).isTrue();

        assertThat(flag()).isEqualTo(BY_HAND);
        assertThat(rollout().getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_ABORTED);
    }

    @Test
    void to_abort_takes_a_flag_away_that_was_not_there() {
        start();
        goOn();

        assertThat(apply(RolloutSteps.aborted(state, rollout(), "bob"))).isTrue();

        assertThat(flag()).isNull();
    }

    @Test
    void a_broken_step_goes_back_to_the_one_before_and_the_hold_survives_a_snapshot() throws IOException {
        start();
        goOn();
        String ten = flag();
        goOn();

        assertThat(apply(RolloutSteps.back(state, rollout(), BAD))).isTrue();
        assertThat(flag()).isEqualTo(ten);

        State read = throughASnapshot();
        assertThat(read.rollouts()).isEqualTo(state.rollouts());
        assertThat(read.rolloutsIndex()).isEqualTo(state.rolloutsIndex());
        Rollout held = read.rollout("hub-shape");
        assertThat(held.getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_HELD);
        assertThat(held.getReason()).isEqualTo("slow");
        assertThat(held.getStep()).isEqualTo(1);

        state = read;
        assertThat(apply(RolloutSteps.lifted(rollout(), "bob"))).isTrue();
        assertThat(rollout().getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_SOAKING);
        goOn();
        assertThat(rollout().getStep()).isEqualTo(2);
    }

    @Test
    void a_restored_step_soaks_anew_and_a_restored_hold_stays() throws IOException {
        start();
        goOn();
        Rollout soaking = rollout();
        byte[] archive = bytes();
        now += 3_600_000;

        restore(archive);

        assertThat(rollout().getSinceMs()).isEqualTo(now).isGreaterThan(soaking.getSinceMs() + 3_600_000);
        assertThat(rollout().getModifyRevision()).isEqualTo(state.revision());
        assertThat(state.rolloutsIndex()).isEqualTo(state.revision());
        assertThat(rollout().getStep()).isEqualTo(1);
        assertThat(RolloutSteps.isOvertaken(state, rollout())).isFalse();
        goOn();

        assertThat(apply(RolloutSteps.back(state, rollout(), BAD))).isTrue();
        Rollout held = rollout();
        restore(bytes());
        assertThat(rollout())
                .isEqualTo(held.toBuilder().setModifyRevision(state.revision()).build());
    }

    @Test
    void a_change_made_for_an_older_version_changes_nothing() {
        start();
        goOn();
        Command late = RolloutSteps.forward(state, rollout(), GOOD);
        assertThat(apply(RolloutSteps.paused(rollout(), true, "bob"))).isTrue();
        Rollout before = rollout();

        assertThat(apply(late)).isFalse();

        assertThat(rollout()).isEqualTo(before);
        assertThat(flag()).isEqualTo(before.getWritten());
    }

    @Test
    void a_step_made_before_somebody_else_wrote_the_set_changes_nothing_and_the_rollout_lets_go() {
        start();
        goOn();
        Command late = RolloutSteps.forward(state, rollout(), GOOD);
        putByHand(BY_HAND);

        assertThat(apply(late)).isFalse();

        assertThat(flag()).isEqualTo(BY_HAND);
        assertThat(RolloutSteps.isOvertaken(state, rollout())).isTrue();
        assertThat(apply(RolloutSteps.overtaken(rollout()))).isTrue();
        assertThat(flag()).isEqualTo(BY_HAND);
        assertThat(State.hasEnded(rollout())).isTrue();
    }

    @Test
    void a_feature_has_one_rollout_at_a_time() {
        start();

        assertThat(apply(RolloutSteps.started(state, Feature.HUB_SHAPE, asked())))
                .isFalse();
        assertThat(state.rollouts()).hasSize(1);
    }

    @Test
    void each_change_is_a_user_event_that_all_servers_agree_on() {
        start();
        goOn();

        assertThat(state.events())
                .extracting(event -> event.getName() + ": " + event.getPayload().toStringUtf8())
                .containsExactly(
                        "coord-rollout: hub-shape: started, at 0%: to single",
                        "coord-rollout: hub-shape: step, at 10%: good");
    }

    @Test
    void those_that_have_ended_are_forgotten_beyond_the_bound() {
        for (int i = 0; i < State.ROLLOUTS_MAX + 3; i++) {
            start();
            assertThat(apply(RolloutSteps.aborted(state, rollout(), "bob"))).isTrue();
        }
        assertThat(state.rollouts()).hasSize(State.ROLLOUTS_MAX);
    }

    @Test
    void one_for_a_service_wraps_the_rule_that_was_there_and_goes_by_the_client() {
        String rule = "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"off\","
                + "\"targeting\":{\"if\":[{\"==\":[{\"var\":\"service\"},\"db\"]},\"on\",\"off\"]}}";

        String ten = GradualFlag.definition(null, Feature.STREAMING, rule, "true", "web", 10);

        assertThat(ten)
                .contains("{\"==\":[{\"var\":\"service\"},\"web\"]}", "{\"var\":\"client\"}", "[\"on\",10]")
                .endsWith(",{\"if\":[{\"==\":[{\"var\":\"service\"},\"db\"]},\"on\",\"off\"]}]}}");
    }
}
