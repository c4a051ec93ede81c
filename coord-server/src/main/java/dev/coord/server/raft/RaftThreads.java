package dev.coord.server.raft;

import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes this package's executors; all threads are daemons and carry the name given. */
final class RaftThreads {

    private static final int POOL_THREADS = 8;
    private static final int POOL_QUEUE_MAX = 8_192;
    private static final int IDLE_SECONDS = 30;

    private RaftThreads() {}

    private static ThreadFactory named(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    static ScheduledExecutorService ticker(String name) {
        return Executors.newSingleThreadScheduledExecutor(named(name));
    }

    /** One thread, one task after the other. */
    static ThreadPoolExecutor single(String name) {
        return pool(name, 1);
    }

    /** For work that may block; refuses at {@link #POOL_QUEUE_MAX} tasks waiting. */
    static ThreadPoolExecutor pool(String name) {
        return pool(name, POOL_THREADS);
    }

    private static ThreadPoolExecutor pool(String name, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(POOL_QUEUE_MAX),
                named(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
