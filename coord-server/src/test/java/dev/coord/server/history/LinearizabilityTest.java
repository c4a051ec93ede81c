package dev.coord.server.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.history.KeyModel.Acquire;
import dev.coord.server.history.KeyModel.Answer;
import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Delete;
import dev.coord.server.history.KeyModel.Entry;
import dev.coord.server.history.KeyModel.Found;
import dev.coord.server.history.KeyModel.Get;
import dev.coord.server.history.KeyModel.Put;
import dev.coord.server.history.KeyModel.Release;
import dev.coord.server.history.KeyModel.Swap;
import dev.coord.server.history.KeyModel.Wrote;
import dev.coord.server.history.Verdict.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Histories that are known to be good or bad. Times are small numbers: from call to return. */
class LinearizabilityTest {

    private final List<Operation<Asked, Answer>> history = new ArrayList<>();

    private void did(long call, long returned, Asked asked, Answer answer) {
        history.add(new Operation<>("c" + history.size(), "k", asked, answer, call, returned));
    }

    private void unanswered(long call, Asked asked) {
        history.add(new Operation<>("c" + history.size(), "k", asked, null, call, 0));
    }

    private static Found found(String value, long index) {
        return new Found(new Entry(value, index, 0, null), index);
    }

    private static Found locked(String value, long index, long lockIndex, @Nullable String session) {
        return new Found(new Entry(value, index, lockIndex, session), index);
    }

    private static Wrote wrote(long revision) {
        return new Wrote(true, revision);
    }

    private static Wrote unmet(long revision) {
        return new Wrote(false, revision);
    }

    private Kind verdict() {
        return new Linearizability<KeyModel.Key, Asked, Answer>(new KeyModel(), Duration.ofSeconds(20), 1_000_000)
                .check(history)
                .kind();
    }

    private void isGood() {
        assertThat(verdict()).isEqualTo(Kind.LINEARIZABLE);
    }

    private void isBad() {
        assertThat(verdict()).isEqualTo(Kind.VIOLATION);
    }

    @Test
    void one_after_the_other() {
        did(1, 2, new Get(), new Found(null, 1));
        did(3, 4, new Put("a"), wrote(5));
        did(5, 6, new Get(), found("a", 5));
        did(7, 8, new Swap("b", 5), wrote(6));
        did(9, 10, new Swap("c", 5), unmet(7));
        did(11, 12, new Get(), found("b", 6));
        did(13, 14, new Delete(), wrote(8));
        did(15, 16, new Get(), new Found(null, 8));
        did(17, 18, new Swap("d", 0), wrote(9));
        isGood();
    }

    @Test
    void a_read_beside_a_write_may_see_either() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 9, new Put("b"), wrote(3));
        did(4, 5, new Get(), found("a", 2));
        did(6, 7, new Get(), found("b", 3));
        isGood();
    }

    @Test
    void a_stale_read_is_found() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 4, new Put("b"), wrote(3));
        did(5, 6, new Get(), found("a", 2));
        isBad();
    }

    @Test
    void a_read_that_goes_back_behind_another_is_found() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 9, new Put("b"), wrote(3));
        did(4, 5, new Get(), found("b", 3));
        did(6, 7, new Get(), found("a", 2));
        isBad();
    }

    @Test
    void a_read_of_what_is_written_later_is_found() {
        did(1, 2, new Get(), found("a", 2));
        did(3, 4, new Put("a"), wrote(2));
        isBad();
    }

    @Test
    void a_lost_write_is_found() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 4, new Get(), new Found(null, 3));
        isBad();
    }

    @Test
    void a_lost_update_is_found_two_swaps_of_one_index_both_held() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 9, new Swap("b", 2), wrote(3));
        did(4, 8, new Swap("c", 2), wrote(4));
        isBad();
    }

    @Test
    void a_swap_that_failed_without_a_reason_is_found() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 4, new Swap("b", 2), unmet(3));
        isBad();
    }

    @Test
    void a_write_that_was_refused_and_took_effect_is_found() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 4, new Swap("b", 1), unmet(3));
        did(5, 6, new Get(), found("b", 3));
        isBad();
    }

    @Test
    void an_unanswered_write_may_have_happened_or_not_or_happen_later() {
        did(1, 2, new Put("a"), wrote(2));
        unanswered(3, new Put("b"));
        unanswered(3, new Put("never"));
        did(4, 5, new Get(), found("a", 2));
        did(6, 7, new Get(), found("b", 7));
        did(8, 9, new Swap("c", 7), wrote(8));
        isGood();
    }

    @Test
    void an_unanswered_write_happens_once_at_the_most() {
        did(1, 2, new Put("a"), wrote(2));
        unanswered(3, new Put("b"));
        did(4, 5, new Get(), found("b", 3));
        did(6, 7, new Put("c"), wrote(4));
        did(8, 9, new Get(), found("b", 5));
        isBad();
    }

    @Test
    void an_unanswered_write_does_not_happen_before_its_call() {
        did(1, 2, new Get(), found("b", 2));
        unanswered(3, new Put("b"));
        isBad();
    }

    @Test
    void an_unanswered_write_has_one_index() {
        unanswered(1, new Put("b"));
        did(2, 3, new Get(), found("b", 3));
        did(4, 5, new Get(), found("b", 4));
        isBad();
    }

    @Test
    void an_unanswered_swap_may_have_held_or_not() {
        did(1, 2, new Put("a"), wrote(2));
        unanswered(3, new Swap("b", 2));
        unanswered(3, new Swap("c", 1));
        did(4, 5, new Get(), found("b", 4));
        isGood();
        did(6, 7, new Get(), found("c", 5));
        isBad();
    }

    @Test
    void an_answer_without_a_revision_says_all_the_same_what_happened() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 4, new Swap("b", 2), wrote(0));
        did(5, 6, new Swap("c", 2), unmet(0));
        did(7, 8, new Get(), found("b", 5));
        did(9, 10, new Swap("d", 5), wrote(0));
        isGood();
        did(11, 12, new Get(), found("b", 5));
        isBad();
    }

    @Test
    void a_lock_goes_from_one_to_the_next() {
        did(1, 2, new Acquire("s1", "1"), wrote(2));
        did(3, 4, new Acquire("s2", "2"), unmet(3));
        did(5, 6, new Acquire("s1", "again"), wrote(4));
        did(7, 8, new Get(), locked("again", 4, 1, "s1"));
        did(9, 10, new Release("s2", "x"), unmet(5));
        did(11, 12, new Release("s1", "free"), wrote(6));
        did(13, 14, new Acquire("s2", "2"), wrote(7));
        did(15, 16, new Get(), locked("2", 7, 2, "s2"));
        isGood();
    }

    @Test
    void two_holders_are_found() {
        did(1, 2, new Acquire("s1", "1"), wrote(2));
        did(3, 4, new Acquire("s2", "2"), wrote(3));
        isBad();
    }

    @Test
    void a_fence_that_did_not_rise_is_found() {
        did(1, 2, new Acquire("s1", "1"), wrote(2));
        did(3, 4, new Release("s1", "free"), wrote(3));
        did(5, 6, new Acquire("s2", "2"), wrote(4));
        did(7, 8, new Get(), locked("2", 4, 1, "s2"));
        isBad();
    }

    @Test
    void a_holder_whose_release_was_not_answered_may_still_hold() {
        did(1, 2, new Acquire("s1", "1"), wrote(2));
        unanswered(3, new Release("s1", "free"));
        did(4, 5, new Acquire("s2", "2"), unmet(3));
        did(6, 7, new Acquire("s2", "3"), wrote(5));
        isGood();
    }

    @Test
    void a_bound_reached_is_undecided_and_does_not_pass() {
        for (int i = 0; i < 40; i++) {
            unanswered(1, new Put("v" + i));
        }
        did(2, 3, new Get(), found("nobody wrote this", 9));
        Verdict verdict = new Linearizability<KeyModel.Key, Asked, Answer>(
                        new KeyModel(), Duration.ofSeconds(20), 5_000)
                .check(history);
        assertThat(verdict.kind()).isEqualTo(Kind.UNDECIDED);
        assertThat(verdict.passes()).isFalse();
    }

    @Test
    void a_violation_names_what_no_order_explains() {
        did(1, 2, new Put("a"), wrote(2));
        did(3, 4, new Get(), found("other", 2));
        Verdict verdict = new Linearizability<KeyModel.Key, Asked, Answer>(
                        new KeyModel(), Duration.ofSeconds(20), 5_000)
                .check(history);
        assertThat(verdict.explanation()).contains("key k").contains("other");
    }

    @Test
    void revisions_go_up_in_real_time_over_all_keys() {
        did(1, 2, new Put("a"), wrote(5));
        history.add(new Operation<>("c", "other", new Get(), new Found(null, 5), 3, 4));
        history.add(new Operation<>("c", "other", new Put("b"), wrote(6), 3, 9));
        assertThat(RevisionOrder.violation(history)).isEmpty();
        history.add(new Operation<>("c", "third", new Get(), new Found(null, 4), 3, 4));
        assertThat(RevisionOrder.violation(history))
                .hasValueSatisfying(why -> assertThat(why).contains("third"));
    }

    @Test
    void two_writes_at_one_revision_are_found() {
        did(1, 4, new Put("a"), wrote(5));
        history.add(new Operation<>("c", "other", new Put("b"), wrote(5), 2, 3));
        assertThat(RevisionOrder.violation(history)).isPresent();
    }

    /** A true register is simulated and passes; with one answer falsified the same history does not. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void a_simulated_register_passes_and_one_false_answer_does_not(long seed) {
        Random random = new Random(seed);
        KeyModel model = new KeyModel();
        KeyModel.Key key = model.initial();
        long last = 0;
        for (int i = 1; i <= 150; i++) {
            long at = 10L * i;
            Asked asked = random.nextInt(3) == 0
                    ? new Swap("v" + i, random.nextBoolean() ? last : last + 1)
                    : random.nextBoolean() ? new Put("v" + i) : new Get();
            Answer answer = answer(model, key, asked, i + 1);
            key = model.step(key, asked, answer).iterator().next();
            last = key.index();
            // Each takes its place at `at` and overlaps some before and after it.
            if (random.nextInt(10) == 0 && !(asked instanceof Get)) {
                unanswered(at - random.nextInt(30), asked);
            } else {
                did(at - random.nextInt(30), at + random.nextInt(30), asked, answer);
            }
        }
        did(2_000, 2_001, new Get(), found(String.valueOf(key.value()), key.index()));
        isGood();

        history.remove(history.size() - 1);
        did(2_000, 2_001, new Get(), found("v" + 1_000, key.index()));
        isBad();
    }

    private static Answer answer(KeyModel model, KeyModel.Key key, Asked asked, long revision) {
        if (asked instanceof Get) {
            return key.value() == null
                    ? new Found(null, revision)
                    : new Found(new Entry(key.value(), key.index(), 0, null), revision);
        }
        Set<KeyModel.Key> held = model.step(key, asked, wrote(revision));
        return held.isEmpty() ? unmet(revision) : wrote(revision);
    }
}
