package dev.coord.server.raft;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks one after the other, in the order given, on threads of another executor. Safe from any thread. */
final class InOrder implements Executor {

    private static final Logger LOG = LoggerFactory.getLogger(InOrder.class);

    private final Executor executor;
    /** Guarded by this. */
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    /** Guarded by this: a thread of the executor has been asked to run the tasks. */
    private boolean running;

    InOrder(Executor executor) {
        this.executor = executor;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            tasks.add(task);
            if (running) {
                return;
            }
            running = true;
        }
        try {
            executor.execute(this::run);
        } catch (RuntimeException e) {
            synchronized (this) {
                running = false;
                tasks.clear();
            }
            throw e;
        }
    }

    private void run() {
        while (true) {
            Runnable task;
            synchronized (this) {
                task = tasks.poll();
                if (task == null) {
                    running = false;
                    return;
                }
            }
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("A task failed; the next ones go on", e);
            }
        }
    }
}
