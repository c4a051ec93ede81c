package dev.coord.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is due comes out when it is due, however often it was put off, brought forward or cancelled. */
class DeadlinesTest {

    private final Deadlines deadlines = new Deadlines();

    @Test
    void whatIsDueComesOutInOrderAndNotBefore() {
        List<String> ran = new ArrayList<>();
        deadlines.add(30, () -> ran.add("c"));
        deadlines.add(10, () -> ran.add("a"));
        deadlines.add(20, () -> ran.add("b"));

        runDue(9);
        assertThat(ran).isEmpty();
        runDue(25);
        assertThat(ran).containsExactly("a", "b");
        runDue(30);
        assertThat(ran).containsExactly("a", "b", "c");
        assertThat(deadlines.nextMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void anyMixOfMovesAndCancellationsAgreesWithASimpleList() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Deadline> all = new ArrayList<>();
        List<Integer> ran = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int id = i;
            all.add(deadlines.add(random.nextInt(1_000), () -> ran.add(id)));
        }
        for (long now = 0; now < 2_000; now += 7) {
            for (int moves = 0; moves < 20; moves++) {
                Deadline deadline = all.get(random.nextInt(all.size()));
                if (random.nextInt(5) == 0) {
                    deadline.cancel();
                } else {
                    deadline.moveTo(now + 1 + random.nextInt(1_000));
                }
            }
            List<Integer> expected = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).isSet() && all.get(i).millis() <= now) {
                    expected.add(i);
                }
            }
            ran.clear();
            runDue(now);
            assertThat(ran).as("seed %d, at %d", seed, now).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void aCancelledDeadlineTakesNoRoom() {
        for (int i = 0; i < 1_000; i++) {
            deadlines.add(i, () -> {}).cancel();
        }

        assertThat(deadlines.size()).isZero();
    }

    private void runDue(long now) {
        for (Deadline due = deadlines.takeDue(now); due != null; due = deadlines.takeDue(now)) {
            due.run();
        }
    }
}
