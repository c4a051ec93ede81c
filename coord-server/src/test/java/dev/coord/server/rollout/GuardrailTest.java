package dev.coord.server.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.raft.v1.Signals;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutFigure;
import dev.coord.api.storage.v1.RolloutPhase;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.rollout.Verdict.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuardrailTest {

    private static final List<String> SERVERS = List.of("s1", "s2");
    private static final long SOAK_MILLIS = 20_000;

    private long now = 1_000_000;
    private Optional<Reach> reach = Optional.empty();

    private static Rollout.Builder rollout(RolloutPhase phase, int step) {
        return Rollout.newBuilder()
                .setFeature("hub-shape")
                .addAllSteps(List.of(10, 50, 100))
                .setSoakMs(SOAK_MILLIS)
                .setBaselineMs(10_000)
                .addAllGuards(Signal.guards(List.of("commit-p99=2x,20ms")))
                .setSamplesMin(100)
                .setPhase(phase)
                .setStep(step)
                .setSinceMs(1_000_000);
    }

    private static Rollout.Builder soaking() {
        return rollout(RolloutPhase.ROLLOUT_PHASE_SOAKING, 1)
                .addBaseline(RolloutFigure.newBuilder().setSignal("commit-p99").setValue(15));
    }

    private static ServerInfo report(long commits, double p99Millis) {
        return ServerInfo.newBuilder()
                .setSignals(Signals.newBuilder().setCommits(commits).setCommitP99Micros((long) (p99Millis * 1_000)))
                .build();
    }

    private Verdict tick(Guardrail guardrail, ServerInfo first, ServerInfo second) {
        now += 1_000;
        return guardrail.tick(SERVERS, Map.of("s1", first, "s2", second), now, () -> reach);
    }

    private Verdict ticks(Guardrail guardrail, int times, ServerInfo first, ServerInfo second) {
        Verdict verdict = Verdict.waiting("not asked");
        for (int i = 0; i < times; i++) {
            verdict = tick(guardrail, first, second);
        }
        return verdict;
    }

    @Test
    void a_good_step_goes_on_after_its_whole_soak_and_not_before() {
        Guardrail guardrail = new Guardrail(soaking().build(), 0, 0);

        assertThat(ticks(guardrail, 19, report(500, 12), report(100, 14)).kind())
                .isEqualTo(Kind.WAIT);
        Verdict verdict = tick(guardrail, report(500, 12), report(100, 14));

        assertThat(verdict.kind()).isEqualTo(Kind.GO_ON);
        assertThat(verdict.reason()).contains("1200 commits seen");
    }

    @Test
    void what_a_step_soaked_under_another_leader_does_not_count() {
        now += 3_600_000;
        Guardrail guardrail = new Guardrail(soaking().build(), 0, now);

        assertThat(ticks(guardrail, 19, report(500, 12), report(100, 14)))
                .isEqualTo(Verdict.waiting("soaking: 1 s to go, 1140 commits seen"));
        assertThat(tick(guardrail, report(500, 12), report(100, 14)).kind()).isEqualTo(Kind.GO_ON);
    }

    @Test
    void a_slow_follower_breaks_the_step_after_three_ticks_with_the_figures_in_the_reason() {
        Guardrail guardrail = new Guardrail(soaking().build(), 0, 0);

        assertThat(ticks(guardrail, 2, report(500, 12), report(100, 45)).kind()).isEqualTo(Kind.WAIT);
        Verdict verdict = tick(guardrail, report(500, 12), report(100, 45));

        assertThat(verdict.kind()).isEqualTo(Kind.GO_BACK);
        assertThat(verdict.reason())
                .contains("commit-p99 of s2 is 45 ms, above the limit of 30 ms")
                .contains("2.0 x the baseline of 15 ms, at least 20 ms");
        assertThat(verdict.figures()).anyMatch(figure -> figure.getServer().equals("s2") && figure.getValue() == 45);
    }

    @Test
    void noise_that_comes_and_goes_breaks_nothing() {
        Guardrail guardrail = new Guardrail(soaking().build(), 0, 0);

        for (int i = 0; i < 9; i++) {
            assertThat(ticks(guardrail, 2, report(500, 90), report(100, 12)).kind())
                    .isNotEqualTo(Kind.GO_BACK);
            assertThat(tick(guardrail, report(500, 12), report(100, 12)).kind()).isNotEqualTo(Kind.GO_BACK);
        }
    }

    @Test
    void a_step_does_not_go_on_while_something_is_beyond_its_limit() {
        Guardrail guardrail = new Guardrail(soaking().build(), 0, 0);

        ticks(guardrail, 19, report(500, 12), report(100, 12));
        Verdict verdict = tick(guardrail, report(500, 12), report(100, 45));

        assertThat(verdict.kind()).isEqualTo(Kind.WAIT);
        assertThat(verdict.reason()).contains("commit-p99 s2");
    }

    @Test
    void below_the_floor_nothing_is_broken_however_far_above_the_baseline() {
        Rollout rollout = soaking()
                .clearBaseline()
                .addBaseline(RolloutFigure.newBuilder().setSignal("commit-p99").setValue(1))
                .build();

        assertThat(ticks(new Guardrail(rollout, 0, 0), 5, report(500, 19), report(500, 19))
                        .kind())
                .isEqualTo(Kind.WAIT);
    }

    @Test
    void too_few_samples_neither_break_a_step_nor_let_it_go_on() {
        Guardrail guardrail = new Guardrail(soaking().build(), 0, 0);

        Verdict verdict = ticks(guardrail, 40, report(9, 5_000), report(9, 5_000));

        assertThat(verdict.kind()).isEqualTo(Kind.WAIT);
        assertThat(verdict.reason()).isEqualTo("the step waits for evidence: 72 of 100 commits were seen");
    }

    @Test
    void a_step_that_reaches_nobody_goes_on_to_some_and_says_that_it_proved_nothing() {
        reach = Optional.of(new Reach(0, 2, List.of()));

        Verdict verdict = ticks(new Guardrail(soaking().build(), 0, 0), 20, report(500, 12), report(100, 12));

        assertThat(verdict.kind()).isEqualTo(Kind.GO_ON);
        assertThat(verdict.reason()).startsWith("proved nothing: it reached none of 2, 1200 commits seen");
    }

    @Test
    void a_step_that_reaches_nobody_does_not_go_on_to_everybody_at_once() {
        reach = Optional.of(new Reach(0, 2, List.of()));
        Rollout fifty = soaking().setStep(2).build();

        Verdict waits = ticks(new Guardrail(fifty, 0, 0), 60, report(500, 12), report(100, 12));

        assertThat(waits.kind()).isEqualTo(Kind.WAIT);
        assertThat(waits.reason()).startsWith("the step reaches none of 2 and has proved nothing");
        reach = Optional.of(new Reach(1, 2, List.of("s1")));
        assertThat(ticks(new Guardrail(fifty, 0, 0), 20, report(500, 12), report(100, 12))
                        .kind())
                .isEqualTo(Kind.GO_ON);
        reach = Optional.of(new Reach(0, 2, List.of()));
        Rollout blind = fifty.toBuilder().setWithoutEvidence(true).build();
        assertThat(ticks(new Guardrail(blind, 0, 0), 20, report(500, 12), report(100, 12))
                        .kind())
                .isEqualTo(Kind.GO_ON);
    }

    @Test
    void of_one_server_a_step_reaches_all_or_none_and_goes_on() {
        reach = Optional.of(new Reach(0, 1, List.of()));
        Rollout fifty = soaking().setStep(2).build();

        assertThat(ticks(new Guardrail(fifty, 0, 0), 20, report(500, 12), report(100, 12))
                        .kind())
                .isEqualTo(Kind.GO_ON);
    }

    @Test
    void told_to_it_goes_on_without_evidence_and_says_so() {
        Guardrail guardrail = new Guardrail(soaking().setWithoutEvidence(true).build(), 0, 0);

        Verdict verdict = ticks(guardrail, 20, report(1, 1), report(1, 1));

        assertThat(verdict.kind()).isEqualTo(Kind.GO_ON);
        assertThat(verdict.reason()).contains("4 commits seen of 100 wanted (goes on without evidence, as asked)");
    }

    @Test
    void a_server_without_figures_holds_the_step_up() {
        Guardrail guardrail = new Guardrail(soaking().build(), 0, 0);
        Verdict verdict = Verdict.waiting("not asked");
        for (int i = 0; i < 25; i++) {
            now += 1_000;
            verdict = guardrail.tick(SERVERS, Map.of("s1", report(500, 12)), now, () -> reach);
        }

        assertThat(verdict.kind()).isEqualTo(Kind.WAIT);
        assertThat(verdict.reason()).isEqualTo("the step waits: no figures of s2");
    }

    @Test
    void a_server_that_comes_back_counts_when_its_first_seconds_are_over() {
        Guardrail guardrail = new Guardrail(soaking().build(), 0, 0);
        ticks(guardrail, 5, report(500, 12), report(100, 12));
        for (int i = 0; i < 20; i++) {
            now += 1_000;
            guardrail.tick(SERVERS, Map.of("s1", report(500, 12)), now, () -> reach);
        }

        assertThat(ticks(guardrail, 10, report(500, 12), report(100, 900)))
                .isEqualTo(Verdict.waiting("the step waits: no figures of s2"));
        assertThat(ticks(guardrail, 2, report(500, 12), report(100, 900)).kind())
                .isEqualTo(Kind.WAIT);
        assertThat(tick(guardrail, report(500, 12), report(100, 900)).kind()).isEqualTo(Kind.GO_BACK);
    }

    @Test
    void the_baseline_is_high_within_what_is_usual_but_not_its_worst_moment() {
        Guardrail guardrail = new Guardrail(
                rollout(RolloutPhase.ROLLOUT_PHASE_BASELINE, 0)
                        .setBaselineMs(19_000)
                        .build(),
                0,
                0);
        tick(guardrail, report(500, 400), report(100, 1));
        Verdict verdict = Verdict.waiting("not asked");
        for (int i = 1; i < 20; i++) {
            verdict = tick(guardrail, report(500, i), report(100, 1));
        }

        assertThat(verdict.kind()).isEqualTo(Kind.BEGIN);
        assertThat(verdict.figures())
                .filteredOn(figure -> figure.getSignal().equals("commit-p99"))
                .extracting(RolloutFigure::getValue)
                .containsExactly(18.0);
    }

    @Test
    void a_baseline_without_evidence_begins_nothing() {
        Guardrail guardrail =
                new Guardrail(rollout(RolloutPhase.ROLLOUT_PHASE_BASELINE, 0).build(), 0, 0);

        Verdict verdict = ticks(guardrail, 12, report(0, 0), report(0, 0));

        assertThat(verdict.kind()).isEqualTo(Kind.WAIT);
        assertThat(verdict.reason()).isEqualTo("the baseline waits for evidence: 0 of 100 commits were seen");
    }

    @Test
    void figures_of_a_time_before_are_let_pass() {
        Guardrail guardrail = new Guardrail(soaking().build(), 10, 0);

        assertThat(ticks(guardrail, 10, report(500, 90), report(500, 90)).kind())
                .isEqualTo(Kind.WAIT);
        assertThat(ticks(guardrail, 3, report(500, 90), report(500, 90)).kind()).isEqualTo(Kind.GO_BACK);
    }

    @Test
    void held_it_never_goes_on_but_further_back_if_it_is_still_broken() {
        Rollout held = soaking()
                .setPhase(RolloutPhase.ROLLOUT_PHASE_HELD)
                .setReason("it was slow")
                .build();

        assertThat(ticks(new Guardrail(held, 0, 0), 60, report(500, 12), report(500, 12)))
                .isEqualTo(Verdict.waiting("held until it is lifted by hand: it was slow"));
        assertThat(ticks(new Guardrail(held, 0, 0), 3, report(500, 90), report(500, 12))
                        .kind())
                .isEqualTo(Kind.GO_BACK);
    }

    @Test
    void paused_it_does_not_go_on_but_its_guards_do() {
        Rollout paused = soaking().setPaused(true).build();

        assertThat(ticks(new Guardrail(paused, 0, 0), 60, report(500, 12), report(500, 12)))
                .isEqualTo(Verdict.waiting("paused"));
        assertThat(ticks(new Guardrail(paused, 0, 0), 3, report(500, 90), report(500, 12))
                        .kind())
                .isEqualTo(Kind.GO_BACK);
    }

    @Test
    void guards_that_make_no_sense_are_refused_by_name() {
        assertThatThrownBy(() -> Signal.guards(List.of("disk=2x")))
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("\"disk\" is no signal: there are commit-p99");
        assertThatThrownBy(() -> Signal.guards(List.of("cpu=0.5x"))).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> Signal.guards(List.of("cpu"))).hasMessageContaining("SIGNAL=FACTORx");
        assertThatThrownBy(() -> Signal.guards(List.of("cpu=1.2.3x"))).hasMessageContaining("cpu=1.2.3x");
    }
}
