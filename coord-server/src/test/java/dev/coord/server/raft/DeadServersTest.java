package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.server.command.Layout;
import dev.coord.server.command.Layout.Place;
import dev.coord.server.state.State;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeadServersTest {

    private static final AutopilotConfig DEFAULTS = State.empty().autopilotSettings();

    private final DeadServers dead = new DeadServers();
    private long seconds;

    /** Servers s0, s1, ..., of which the numbered ones do not answer. */
    private static Layout of(int servers, Integer... silent) {
        return new Layout(IntStream.range(0, servers)
                .mapToObj(i -> new Place(
                        "s" + i, "s" + i, "", true, !Arrays.asList(silent).contains(i)))
                .toList());
    }

    private Optional<String> after(int moreSeconds, AutopilotConfig config, Layout layout) {
        return after(moreSeconds, config, layout, 0);
    }

    private Optional<String> after(int moreSeconds, AutopilotConfig config, Layout layout, long lagOfFirst) {
        seconds += moreSeconds;
        return dead.tick(
                config, layout, address -> address.equals("s0") ? lagOfFirst : 0, TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void oneInWhosePlaceAnotherHasComeGoesAfterTheStabilizationTime() {
        assertThat(after(0, DEFAULTS, of(4, 3))).isEmpty();
        assertThat(after(9, DEFAULTS, of(4, 3))).isEmpty();
        assertThat(after(1, DEFAULTS, of(4, 3))).contains("s3");
    }

    @Test
    void oneThatAnswersAgainCountsAnew() {
        assertThat(after(0, DEFAULTS, of(4, 3))).isEmpty();
        assertThat(after(5, DEFAULTS, of(4))).isEmpty();
        assertThat(after(5, DEFAULTS, of(4, 3))).isEmpty();
        assertThat(after(10, DEFAULTS, of(4, 3))).contains("s3");
    }

    @Test
    void oneOfThreeOrOfFiveIsWaitedForBecauseNothingIsGainedWithoutIt() {
        assertThat(after(0, DEFAULTS, of(3, 2))).isEmpty();
        assertThat(after(100_000, DEFAULTS, of(3, 2))).isEmpty();
        assertThat(after(0, DEFAULTS, of(5, 2))).isEmpty();
        assertThat(after(100_000, DEFAULTS, of(5, 2))).isEmpty();
    }

    @Test
    void twoOfFiveGoOneAfterTheOther() {
        assertThat(after(0, DEFAULTS, of(5, 3, 4))).isEmpty();
        assertThat(after(10, DEFAULTS, of(5, 3, 4))).contains("s3");
        Layout rest = new Layout(of(5, 3, 4).places().stream()
                .filter(place -> !place.name().equals("s3"))
                .toList());
        assertThat(after(1, DEFAULTS, rest)).contains("s4");
    }

    @Test
    void theFloorTheSwitchAndAStragglerHoldItBack() {
        AutopilotConfig four = DEFAULTS.toBuilder().setMinQuorum(4).build();
        AutopilotConfig off = DEFAULTS.toBuilder().setCleanupDeadServers(false).build();
        assertThat(after(0, DEFAULTS, of(4, 3))).isEmpty();

        assertThat(after(60, four, of(4, 3))).isEmpty();
        assertThat(after(60, off, of(4, 3))).isEmpty();
        assertThat(after(60, DEFAULTS, of(4, 3), DEFAULTS.getMaxTrailingLogs() + 1))
                .isEmpty();
        assertThat(after(1, DEFAULTS, of(4, 3), DEFAULTS.getMaxTrailingLogs())).contains("s3");
    }

    @Test
    void withoutAMajorityNobodyGoes() {
        assertThat(after(0, DEFAULTS, of(3, 1, 2))).isEmpty();
        assertThat(after(1_000, DEFAULTS, of(3, 1, 2))).isEmpty();
    }
}
