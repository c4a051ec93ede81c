package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.Priority;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whose turn it is. The log is a list of what was proposed; a command is answered when the test says so. */
class WriteQueueTest {

    private final AtomicLong nanos = new AtomicLong();
    private final WriteQueue queue = new WriteQueue(nanos::get);
    private final List<Written> proposed = Collections.synchronizedList(new ArrayList<>());

    private final class Written extends WriteQueue.Item {
        private final String client;
        private final int number;
        private long waited;

        Written(Priority priority, String client, int number, int bytes) {
            super(priority, client, bytes);
            this.client = client;
            this.number = number;
        }

        @Override
        void turn(long waitedNanos) {
            waited = waitedNanos;
            proposed.add(this);
        }
    }

    private void add(String client, int count) {
        add(Priority.NORMAL, client, count, 100);
    }

    private void add(Priority priority, String client, int count, int bytes) {
        for (int i = 0; i < count; i++) {
            queue.add(new Written(priority, client, i, bytes));
        }
    }

    /** Answers the oldest that were proposed. */
    private void answer(int from, int count) {
        for (Written written : List.copyOf(proposed.subList(from, from + count))) {
            queue.ended(written);
        }
        queue.proposeOn();
    }

    private long proposedBy(String client) {
        return proposed.stream()
                .filter(written -> written.client.equals(client))
                .count();
    }

    @Test
    void a_lone_client_has_the_whole_window_and_no_more() {
        add("flood", 2_000);

        assertThat(proposed).hasSize(WriteQueue.WINDOW_COMMANDS);
        assertThat(queue.waiting(Priority.NORMAL)).isEqualTo(2_000 - WriteQueue.WINDOW_COMMANDS);

        answer(0, 10);
        assertThat(proposed).hasSize(WriteQueue.WINDOW_COMMANDS + 10);
    }

    @Test
    void who_asks_for_little_does_not_stand_behind_who_asks_for_much() {
        add("flood", 5_000);
        add("gentle", 1);
        answer(0, 1);

        assertThat(proposed.get(WriteQueue.WINDOW_COMMANDS).client)
                .as("the flood has more than its share in the log already")
                .isEqualTo("gentle");
    }

    @Test
    void clients_share_a_part_of_the_window_evenly_once_they_have_come() {
        add("flood", 5_000);
        for (int i = 0; i < 7; i++) {
            add("gentle-" + i, 50);
        }
        answer(0, WriteQueue.WINDOW_COMMANDS);

        List<Written> window = proposed.subList(WriteQueue.WINDOW_COMMANDS, proposed.size());
        assertThat(window.stream().filter(w -> w.client.equals("flood")).count())
                .isEqualTo(WriteQueue.SHARED_COMMANDS_MIN / 8);
        assertThat(proposedBy("gentle-3")).isEqualTo(WriteQueue.SHARED_COMMANDS_MIN / 8);
    }

    @Test
    void clients_share_more_of_the_window_where_commits_take_long() {
        add("gentle", 1);
        add("flood", 2_000);
        int turns = proposed.size();
        assertThat(proposedBy("flood")).isEqualTo(WriteQueue.SHARED_COMMANDS_MIN / 2);

        for (int from = 0; from < 500; from = turns) {
            turns = proposed.size();
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(10));
            add("gentle", 1);
            answer(from, turns - from);
        }

        assertThat(proposed.size() - turns)
                .as("30,000 a second of 10 ms each, for two")
                .isBetween(130, 151);
    }

    @Test
    void however_many_clients_there_are_each_has_some_of_the_window() {
        for (int i = 0; i < 100; i++) {
            add("client-" + i, 10);
        }
        assertThat(proposedBy("client-99")).isEqualTo(WriteQueue.SHARE_MIN);
    }

    @Test
    void a_client_has_the_window_again_when_the_others_have_gone() {
        add("gentle", 1);
        add("flood", 3_000);
        assertThat(proposedBy("flood")).isEqualTo(WriteQueue.SHARED_COMMANDS_MIN / 2);

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(3));
        answer(0, proposed.size());

        assertThat(queue.proposed()).isEqualTo(WriteQueue.WINDOW_COMMANDS);
    }

    @Test
    void what_is_urgent_goes_first_and_what_is_not_is_not_forgotten() {
        add("flood", 2_000);
        add(Priority.BULK, "restore", 100, 100);
        add(Priority.LIVENESS, "renewals", 400, 100);
        add(Priority.CONTROL, "", 1, 100);
        answer(0, 200);

        List<Priority> turns = proposed.subList(WriteQueue.WINDOW_COMMANDS, proposed.size()).stream()
                .map(WriteQueue.Item::priority)
                .toList();
        assertThat(turns.subList(0, 9)).contains(Priority.CONTROL);
        assertThat(turns.stream().filter(p -> p == Priority.LIVENESS).count())
                .isEqualTo(WriteQueue.SHARED_COMMANDS_MIN / 4);
        assertThat(turns).as("each eighth turn begins at the other end").contains(Priority.BULK);
    }

    @Test
    void commands_of_one_client_keep_their_order() throws InterruptedException {
        int threads = 4;
        int each = 3_000;
        CountDownLatch done = new CountDownLatch(threads);
        Deque<Written> answered = new ArrayDeque<>();
        for (int t = 0; t < threads; t++) {
            String client = "client-" + t;
            new Thread(() -> {
                        add(client, each);
                        done.countDown();
                    })
                    .start();
        }
        int next = 0;
        while (next < threads * each) {
            int ready = proposed.size();
            for (; next < ready; next++) {
                Written written = proposed.get(next);
                answered.add(written);
                queue.ended(written);
            }
            queue.proposeOn();
        }
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();

        for (int t = 0; t < threads; t++) {
            String client = "client-" + t;
            assertThat(answered.stream()
                            .filter(written -> written.client.equals(client))
                            .map(written -> written.number))
                    .hasSize(each)
                    .isSorted();
        }
        assertThat(queue.proposed()).isZero();
        assertThat(queue.waiting(Priority.NORMAL)).isZero();
    }

    @Test
    void large_commands_count_for_more() {
        int large = 256 << 10;
        add(Priority.NORMAL, "large", 100, large);
        assertThat(proposed).as("bytes bound the window, too").hasSize((int) (WriteQueue.WINDOW_BYTES / large));

        add("small", 100);
        answer(0, 1);
        assertThat(proposedBy("small"))
                .as("for one large command many small ones have their turn")
                .isBetween(14L, 18L);
        assertThat(proposedBy("large")).isEqualTo(WriteQueue.WINDOW_BYTES / large + 1);
    }

    @Test
    void it_says_how_long_a_command_has_waited() {
        add("flood", WriteQueue.WINDOW_COMMANDS + 1);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
        answer(0, 1);

        assertThat(proposed.get(WriteQueue.WINDOW_COMMANDS).waited).isEqualTo(TimeUnit.SECONDS.toNanos(2));
        assertThat(queue.waits().maxNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(2));
    }
}
