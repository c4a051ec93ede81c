package dev.coord.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.limits.WaitingRoom.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who comes in when, on a clock of the test's. */
class WaitingRoomTest {

    private static final long SECOND = 1_000_000_000L;

    private final WaitingRoom room = new WaitingRoom(new Settings(100, 50, Duration.ofSeconds(30)), 0);

    @Test
    void few_come_in_without_a_wait() {
        for (int i = 0; i < 50; i++) {
            assertThat(room.enter(0)).isZero();
        }
        assertThat(room.turnedAway()).isZero();
        assertThat(room.enter(0)).as("the next waits for its turn").isEqualTo(10);
    }

    @Test
    void a_crowd_that_comes_again_when_it_is_told_is_in_at_the_pace_and_none_is_sent_away_for_ever() {
        List<Long> coming = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            coming.add(0L);
        }
        long now = 0;
        int rounds = 0;
        while (!coming.isEmpty()) {
            assertThat(rounds++).isLessThan(100_000);
            coming.sort(null);
            now = Math.max(now, coming.remove(0));
            long millis = room.enter(now);
            if (millis > 0) {
                coming.add(now + millis * 1_000_000);
            }
        }
        assertThat(room.admitted()).isEqualTo(1_000);
        assertThat(now).as("950 at 100 a second, and little more").isBetween(9 * SECOND, 13 * SECOND);
        assertThat(room.turnedAway())
                .as("nearly all are told a time that holds")
                .isLessThan(2_000);
    }

    @Test
    void nobody_is_sent_away_for_longer_than_a_minute() {
        long longest = 0;
        for (int i = 0; i < 50_000; i++) {
            longest = Math.max(longest, room.enter(0));
        }
        assertThat(longest).isEqualTo(WaitingRoom.WAIT_MILLIS_MAX);
    }

    @Test
    void it_closes_when_nobody_was_turned_away_for_a_while_and_opens_after_an_outage() {
        assertThat(room.isOpen(29 * SECOND)).isTrue();
        assertThat(room.isOpen(31 * SECOND)).isFalse();
        for (int i = 0; i < 1_000; i++) {
            assertThat(room.enter(40 * SECOND)).as("closed").isZero();
        }
        int before = room.opening();

        room.look(true, 50 * SECOND);
        room.look(false, 51 * SECOND);
        room.look(true, 52 * SECOND);
        assertThat(room.isOpen(53 * SECOND)).as("a leader away for a second").isFalse();

        room.look(false, 60 * SECOND);
        room.look(true, 64 * SECOND);
        assertThat(room.isOpen(65 * SECOND)).isTrue();
        assertThat(room.opening()).as("whoever was in asks again").isEqualTo(before + 1);
    }

    @Test
    void it_stays_open_while_it_turns_away() {
        for (int i = 0; i < 60; i++) {
            room.enter(29 * SECOND);
        }
        assertThat(room.isOpen(38 * SECOND)).isTrue();
        assertThat(room.isOpen(40 * SECOND)).isFalse();
    }

    @Test
    void a_rate_of_nothing_is_no_room() {
        WaitingRoom none = new WaitingRoom(new Settings(0, 1, Duration.ofSeconds(30)), 0);
        assertThat(none.isOpen(1)).isFalse();
        assertThat(none.enter(1)).isZero();
        assertThat(none.enter(1)).isZero();
    }
}
