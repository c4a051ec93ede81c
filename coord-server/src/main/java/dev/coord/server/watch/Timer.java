package dev.coord.server.watch;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Calls back later. Safe from any thread. */
public interface Timer {

    /**
     * Runs a task once.
     *
     * @param task must not block
     */
    Scheduled schedule(long delayMillis, Runnable task);

    /** A task that was not run yet. */
    interface Scheduled {
        /** Drops the task, if it has not begun. */
        void cancel();
    }

    /** On the executor's threads; it stays its owner's to close. */
    static Timer on(ScheduledExecutorService executor) {
        return (delayMillis, task) -> {
            Future<?> future = executor.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        };
    }
}
