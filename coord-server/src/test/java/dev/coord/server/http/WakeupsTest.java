package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What thousands were woken for leaves an event loop to others in between. */
class WakeupsTest {

    private static final int TASKS = 2_000;
    private static final long TASK_NANOS = 20_000;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    private final AtomicLong revision = new AtomicLong(1);
    private final Wakeups wakeups = new Wakeups(context, revision::get);

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static void work() {
        long until = System.nanoTime() + TASK_NANOS;
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatTheLoopHasToDoComesBetweenTwoTurns(boolean written) throws Exception {
        AtomicInteger done = new AtomicInteger();
        CompletableFuture<Integer> doneBefore = new CompletableFuture<>();
        CountDownLatch all = new CountDownLatch(TASKS);
        // All are there before the first is run.
        CountDownLatch given = new CountDownLatch(1);
        context.runOnContext(ignored -> await(given));
        for (int i = 0; i < TASKS; i++) {
            boolean first = i == 0;
            wakeups.execute(() -> {
                if (first) {
                    // What was scheduled comes when the loop has looked at its connections.
                    var unused = context.nettyEventLoop()
                            .schedule(() -> doneBefore.complete(done.get()), 0, TimeUnit.NANOSECONDS);
                }
                if (written) {
                    revision.incrementAndGet();
                }
                work();
                done.incrementAndGet();
                all.countDown();
            });
        }
        given.countDown();

        assertThat(doneBefore.get(20, TimeUnit.SECONDS)).isLessThan(TASKS);
        assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void tasksOfManyThreadsAllRunAndThoseOfOneInTheirOrder() throws Exception {
        int threads = 4;
        List<List<Integer>> ran = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(threads * TASKS);
        List<Thread> givers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            List<Integer> own = new ArrayList<>();
            ran.add(own);
            Thread giver = new Thread(() -> {
                for (int i = 0; i < TASKS; i++) {
                    int number = i;
                    wakeups.execute(() -> {
                        own.add(number);
                        all.countDown();
                    });
                }
            });
            givers.add(giver);
            giver.start();
        }
        for (Thread giver : givers) {
            giver.join();
        }
        assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).allSatisfy(own -> assertThat(own).hasSize(TASKS).isSorted());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
