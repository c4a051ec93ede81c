package dev.coord.server.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.history.ToldHistory.Changes;
import dev.coord.server.history.ToldHistory.Nothing;
import dev.coord.server.history.ToldHistory.Snapshot;
import dev.coord.server.history.ToldHistory.Told;
import dev.coord.server.history.ToldHistory.Written;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What subscribers were told, known to be good or bad. */
class ToldHistoryTest {

    private static final Told EMPTY = new Snapshot(1, Map.of());

    private static Changes set(long revision, String key, String value) {
        return new Changes(revision, Map.of(key, Optional.of(value)));
    }

    private static Changes gone(long revision, String key) {
        return new Changes(revision, Map.of(key, Optional.empty()));
    }

    private static List<String> violations(List<Told> a, List<Told> b, Written... writes) {
        return ToldHistory.of(Map.of("a", a, "b", b), List.of(writes)).violations();
    }

    private static List<String> violations(List<Told> told, Written... writes) {
        return ToldHistory.of(Map.of("a", told), List.of(writes)).violations();
    }

    @Test
    void all_that_was_acknowledged_is_told_in_order_and_once() {
        List<Told> told = List.of(EMPTY, set(2, "k", "1"), new Nothing(4), set(5, "l", "2"), gone(6, "k"));
        ToldHistory history = ToldHistory.of(
                Map.of("a", told, "b", List.of(EMPTY, new Snapshot(5, Map.of("k", "1", "l", "2")), gone(6, "k"))),
                List.of(new Written(2, "k", "1"), new Written(5, "l", "2")));
        assertThat(history.violations()).isEmpty();
        assertThat(history.snapshotsCompared()).isEqualTo(2);
    }

    @Test
    void a_change_told_twice_is_found() {
        assertThat(violations(List.of(EMPTY, set(2, "k", "1"), set(2, "k", "1"))))
                .hasSize(1);
    }

    @Test
    void a_change_out_of_order_is_found() {
        assertThat(violations(List.of(EMPTY, set(3, "k", "1"), set(2, "l", "1"))))
                .isNotEmpty();
    }

    @Test
    void a_snapshot_that_goes_back_is_found() {
        assertThat(violations(List.of(new Snapshot(3, Map.of()), new Snapshot(2, Map.of()))))
                .hasSize(1);
    }

    @Test
    void a_change_that_only_others_were_told_of_is_found() {
        assertThat(violations(
                        List.of(EMPTY, set(2, "k", "1"), set(3, "k", "2"), set(4, "k", "3")),
                        List.of(EMPTY, set(2, "k", "1"), set(4, "k", "3"))))
                .singleElement()
                .asString()
                .startsWith("b ")
                .contains("never of {3=");
    }

    @Test
    void a_bookmark_past_a_change_that_was_not_told_is_found() {
        assertThat(violations(List.of(EMPTY, set(2, "k", "1"), set(3, "k", "2")), List.of(EMPTY, new Nothing(2))))
                .hasSize(1);
    }

    @Test
    void an_acknowledged_write_that_nobody_was_told_of_is_found() {
        assertThat(violations(List.of(EMPTY, set(2, "k", "1"), set(4, "k", "3")), new Written(3, "k", "2")))
                .isNotEmpty();
    }

    @Test
    void two_stories_of_one_revision_are_found() {
        assertThat(violations(List.of(EMPTY, set(2, "k", "1")), List.of(EMPTY, set(2, "k", "other"))))
                .isNotEmpty();
        assertThat(violations(List.of(EMPTY, set(2, "k", "1")), new Written(2, "k", "other")))
                .isNotEmpty();
        assertThat(violations(List.of(new Snapshot(2, Map.of()), new Snapshot(2, Map.of("k", "1")))))
                .isNotEmpty();
    }

    @Test
    void a_snapshot_that_the_changes_before_it_do_not_give_is_found() {
        List<Told> changes = List.of(EMPTY, set(2, "k", "1"), set(3, "l", "1"), gone(4, "k"), set(5, "m", "1"));
        assertThat(violations(changes, List.of(new Snapshot(4, Map.of("l", "1")))))
                .isEmpty();
        assertThat(violations(changes, List.of(new Snapshot(4, Map.of("l", "1", "k", "1")))))
                .hasSize(1);
        assertThat(violations(changes, List.of(new Snapshot(4, Map.of())))).hasSize(1);
        assertThat(violations(changes, List.of(new Snapshot(4, Map.of("l", "old")))))
                .hasSize(1);
    }

    @Test
    void where_everybody_got_a_snapshot_the_sum_begins_anew() {
        List<Told> a = List.of(EMPTY, set(2, "k", "1"), new Snapshot(9, Map.of("k", "7")), set(10, "k", "8"));
        assertThat(violations(a, List.of(EMPTY, new Snapshot(10, Map.of("k", "8")))))
                .isEmpty();
        assertThat(violations(a, List.of(EMPTY, new Snapshot(10, Map.of("k", "7")))))
                .hasSize(1);
    }
}
