package dev.coord.server.grpc;

import io.grpc.Status;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads for work that grows with the data. Its queue is bounded by what is put into it: a watch has at most one task
 * there, and reads are counted against a limit. Safe from any thread.
 */
final class WorkPool implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkPool.class);
    private static final long STOP_SECONDS_MAX = 5;

    private final int readsMax;
    private final Semaphore reads;
    private final ExecutorService threads;

    WorkPool(int threadCount, int readsMax) {
        this.readsMax = readsMax;
        reads = new Semaphore(readsMax);
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newFixedThreadPool(threadCount, task -> {
            Thread thread = new Thread(task, "coord-grpc-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Runs a read soon. Throws {@code RESOURCE_EXHAUSTED} at the bound. */
    void read(Runnable task) {
        if (!reads.tryAcquire()) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("This server has its limit of " + readsMax
                            + " lists and polls under way. Try again later or ask another server.")
                    .asRuntimeException();
        }
        execute(() -> {
            try {
                task.run();
            } finally {
                reads.release();
            }
        });
    }

    /** Runs a step of a watch or poll soon; the caller sees to it that there is only one at a time. Dropped once closed. */
    void execute(Runnable task) {
        try {
            threads.execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            log.debug("The gRPC API has stopped; a late task was dropped");
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.error("A task of the gRPC API failed in a way that is a bug", e);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                log.warn("Tasks of the gRPC API did not end within {} s", STOP_SECONDS_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
