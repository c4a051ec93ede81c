package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void the_pause_doubles_up_to_the_longest_with_jitter_below() {
        Backoff backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), new SplittableRandom(7));
        for (int i = 0; i < 100; i++) {
            assertThat(backoff.delayMillis(1)).isBetween(25L, 50L);
            assertThat(backoff.delayMillis(3)).isBetween(100L, 200L);
            assertThat(backoff.delayMillis(6)).isBetween(500L, 1_000L);
            assertThat(backoff.delayMillis(1_000)).isBetween(500L, 1_000L);
        }
    }

    @Test
    void equal_seeds_give_equal_pauses() {
        Backoff one = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), new SplittableRandom(7));
        Backoff two = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), new SplittableRandom(7));
        for (int failures = 1; failures < 20; failures++) {
            assertThat(one.delayMillis(failures)).isEqualTo(two.delayMillis(failures));
        }
    }

    @Test
    void a_server_that_says_when_to_come_again_is_obeyed_with_jitter_above() {
        Backoff backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), new SplittableRandom(7));
        for (int i = 0; i < 100; i++) {
            assertThat(backoff.delayMillis(1, 4_000)).isBetween(4_000L, 5_000L);
            assertThat(backoff.delayMillis(6, 1)).as("its own pause is longer").isBetween(500L, 1_000L);
            assertThat(backoff.delayMillis(1, 0)).isBetween(25L, 50L);
        }
    }
}
