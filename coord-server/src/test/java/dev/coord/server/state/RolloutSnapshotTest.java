package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutEvent;
import dev.coord.api.storage.v1.RolloutFigure;
import dev.coord.api.storage.v1.RolloutGuard;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.command.Command;
import dev.coord.server.command.Command.ChangeFlags.Definition;
import dev.coord.server.command.FlagAction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A kept snapshot with flags, their history and rollouts of every kind that an operator comes back to. */
class RolloutSnapshotTest {

    private static final String GOLDEN = "snapshot-rollouts.bin";
    private static final String OFF = flag("off", "");
    private static final String ON = flag("on", "");
    private static final String ONE_PERCENT =
            flag("off", ",\"targeting\":{\"fractional\":[{\"var\":\"service\"},[\"on\",1],[\"off\",99]]}");
    private static final String TEN_PERCENT =
            flag("off", ",\"targeting\":{\"fractional\":[{\"var\":\"service\"},[\"on\",10],[\"off\",90]]}");

    private final StateFixture coord = new StateFixture();
    private byte[] golden;

    @BeforeEach
    void readGolden() throws IOException {
        try (InputStream in = Objects.requireNonNull(RolloutSnapshotTest.class.getResourceAsStream(GOLDEN), GOLDEN)) {
            golden = in.readAllBytes();
        }
    }

    private static String flag(String variant, String targeting) {
        return "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"" + variant + "\""
                + targeting + "}";
    }

    /** What the kept snapshot is of. */
    private static State everything() {
        StateFixture coord = new StateFixture();
        write(coord, "shop", new Definition("checkout", OFF), "ann", FlagAction.PUT);
        coord.pass(1_000);
        write(coord, "shop", new Definition("checkout", ON), "bob", FlagAction.PUT);
        coord.pass(1_000);
        write(coord, "shop", new Definition("checkout", OFF), "ann", FlagAction.UNDO);

        start(coord, "streaming", OFF);
        step(coord, "streaming", ONE_PERCENT);

        start(coord, "answer-sharing", null);
        step(coord, "answer-sharing", ONE_PERCENT);
        change(coord, rollout(coord, "answer-sharing").setPaused(true), "paused", "bob", "", false);

        start(coord, "lease-reads", null);
        step(coord, "lease-reads", ONE_PERCENT);
        step(coord, "lease-reads", TEN_PERCENT);
        Rollout.Builder held = rollout(coord, "lease-reads")
                .setPhase(RolloutPhase.ROLLOUT_PHASE_HELD)
                .setStep(1)
                .setWritten(ONE_PERCENT)
                .setReason("commit-p99 of s2 is 90 ms, above the limit of 50 ms");
        change(coord, held, "broken", "rollout", held.getReason(), true);
        return coord.state();
    }

    private static void write(StateFixture coord, String set, Definition definition, String author, FlagAction action) {
        assertThat(coord.apply(new Command.ChangeFlags(
                                set, List.of(definition), List.of(), false, setIndex(coord, set), author, action))
                        .result()
                        .ok())
                .isTrue();
    }

    private static long setIndex(StateFixture coord, String set) {
        FlagSetEntry known = coord.state().flagSetOrGone(set);
        return known == null ? 0 : known.modifyIndex();
    }

    private static void start(StateFixture coord, String feature, String before) {
        if (before != null) {
            write(coord, FlagSetEntry.FEATURES, new Definition(feature, before), "ann", FlagAction.PUT);
        }
        Rollout.Builder asked = Rollout.newBuilder()
                .setFeature(feature)
                .setTo("true")
                .addAllSteps(List.of(1, 10, 100))
                .setSoakMs(600_000)
                .setBaselineMs(60_000)
                .addGuards(RolloutGuard.newBuilder()
                        .setSignal("commit-p99")
                        .setFactor(2)
                        .setFloor(50))
                .setSamplesMin(100)
                .setAuthor("ann")
                .setPhase(RolloutPhase.ROLLOUT_PHASE_BASELINE);
        if (before != null) {
            asked.setBefore(before).setWritten(before);
        }
        change(coord, asked, "started", "ann", "to true", false);
    }

    private static void step(StateFixture coord, String feature, String definition) {
        coord.pass(600_000);
        Rollout.Builder next = rollout(coord, feature);
        if (next.getStep() == 0) {
            next.addBaseline(figure("", 12.5));
        }
        next.setPhase(RolloutPhase.ROLLOUT_PHASE_SOAKING)
                .setStep(next.getStep() + 1)
                .setWritten(definition);
        change(coord, next, "step", "rollout", "soaked, 1200 commits seen", true);
    }

    private static RolloutFigure.Builder figure(String server, double value) {
        return RolloutFigure.newBuilder()
                .setSignal("commit-p99")
                .setServer(server)
                .setValue(value);
    }

    private static Rollout.Builder rollout(StateFixture coord, String feature) {
        return Objects.requireNonNull(coord.state().rollout(feature), feature).toBuilder();
    }

    private static void change(
            StateFixture coord, Rollout.Builder next, String kind, String author, String reason, boolean writesFlag) {
        long expected = next.getModifyRevision();
        next.setSinceMs(0)
                .addEvents(RolloutEvent.newBuilder()
                        .setKind(kind)
                        .setPercent(next.getStep() == 0 ? 0 : next.getSteps(next.getStep() - 1))
                        .setAuthor(author)
                        .setReason(reason)
                        .addFigures(figure("s2", 14)));
        assertThat(coord.apply(new Command.ChangeRollout(
                                next.build(), expected, setIndex(coord, FlagSetEntry.FEATURES), writesFlag))
                        .result()
                        .ok())
                .isTrue();
    }

    private static byte[] bytes(State state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(state, out);
        return out.toByteArray();
    }

    private static State read(byte[] snapshot) throws IOException {
        return SnapshotCodec.read(new ByteArrayInputStream(snapshot));
    }

    @Test
    void theGoldenFileIsReadAndWrittenByteForByte() throws IOException {
        assertThat(read(golden)).isEqualTo(everything());
        assertThat(bytes(everything())).isEqualTo(golden);
    }

    @Test
    void theGoldenFileHoldsASoakingAPausedAndAHeldRolloutWithAllThatHappenedToThem() throws IOException {
        State state = read(golden);

        Rollout soaking = Objects.requireNonNull(state.rollout("streaming"));
        assertThat(soaking.getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_SOAKING);
        assertThat(soaking.getBefore()).isEqualTo(OFF);
        assertThat(soaking.getWritten()).isEqualTo(definition(state, "streaming"));
        assertThat(soaking.getBaselineList()).containsExactly(figure("", 12.5).build());
        Rollout paused = Objects.requireNonNull(state.rollout("answer-sharing"));
        assertThat(paused.getPaused()).isTrue();
        assertThat(paused.hasBefore()).as("there was no flag before").isFalse();
        Rollout held = Objects.requireNonNull(state.rollout("lease-reads"));
        assertThat(held.getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_HELD);
        assertThat(held.getReason()).isEqualTo("commit-p99 of s2 is 90 ms, above the limit of 50 ms");
        assertThat(held.getEventsList())
                .extracting(event -> event.getKind() + " at " + event.getPercent() + "% by " + event.getAuthor())
                .containsExactly(
                        "started at 0% by ann",
                        "step at 1% by rollout", "step at 10% by rollout", "broken at 1% by rollout");
        assertThat(definition(state, "lease-reads")).isEqualTo(ONE_PERCENT);
    }

    private static String definition(State state, String feature) {
        return Objects.requireNonNull(Objects.requireNonNull(state.flagSet(FlagSetEntry.FEATURES))
                        .flag(feature))
                .definition();
    }

    @Test
    void theGoldenFileHoldsWhoChangedAFlagWhenAndFromWhatToWhat() throws IOException {
        List<FlagVersion> history =
                Objects.requireNonNull(read(golden).flagSet("shop")).history();

        assertThat(history)
                .extracting(FlagVersion::author, FlagVersion::action, FlagVersion::timeMillis)
                .containsExactly(
                        tuple("ann", FlagAction.PUT, 1_000_000L),
                        tuple("bob", FlagAction.PUT, 1_001_000L),
                        tuple("ann", FlagAction.UNDO, 1_002_000L));
        assertThat(history.get(1).deltas()).containsExactly(new FlagVersion.Delta("checkout", OFF, ON));
    }

    @Test
    void restoredOnALiveClusterWhatSoakedSoaksAnewAndTheHoldStays() throws IOException {
        State kept = read(golden);
        coord.pass(86_400_000);
        long now = 1_000_000 + 86_400_000;

        assertThat(coord.apply(new Command.RestoreChunk("restore", 0, ByteString.copyFrom(golden), true))
                        .result()
                        .ok())
                .isTrue();

        Rollout soaking = rollout(coord, "streaming").build();
        assertThat(soaking.getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_SOAKING);
        assertThat(soaking.getStep()).isEqualTo(1);
        assertThat(soaking.getSinceMs()).isEqualTo(now);
        assertThat(rollout(coord, "answer-sharing").getPaused()).isTrue();
        assertThat(rollout(coord, "lease-reads").build())
                .isEqualTo(Objects.requireNonNull(kept.rollout("lease-reads")).toBuilder()
                        .setModifyRevision(coord.state().revision())
                        .build());
        assertThat(coord.state().flagSet("shop")).isEqualTo(kept.flagSet("shop"));
    }

    @Test
    void restoredFromBeforeAHoldTheStepIsOnAgainAndSoaksAnew() throws IOException {
        StateFixture live = coord;
        start(live, "streaming", OFF);
        step(live, "streaming", ONE_PERCENT);
        step(live, "streaming", TEN_PERCENT);
        byte[] before = bytes(live.state());
        change(
                live,
                rollout(live, "streaming")
                        .setPhase(RolloutPhase.ROLLOUT_PHASE_HELD)
                        .setStep(1)
                        .setWritten(ONE_PERCENT),
                "broken",
                "rollout",
                "slow",
                true);
        live.pass(3_600_000);

        live.apply(new Command.RestoreChunk("restore", 0, ByteString.copyFrom(before), true));

        Rollout restored = rollout(live, "streaming").build();
        assertThat(restored.getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_SOAKING);
        assertThat(restored.getWritten()).isEqualTo(TEN_PERCENT).isEqualTo(definition(live.state(), "streaming"));
        assertThat(restored.getSinceMs()).isEqualTo(1_000_000 + 2 * 600_000 + 3_600_000);
    }
}
