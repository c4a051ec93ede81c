package dev.coord.server.loop;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that runs tasks in the order in which they came, and deadlines when they are due. What it is given to own is
 * touched by this thread alone. A task that throws is logged; the loop goes on.
 */
public final class EventLoop implements Executor, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

    /** How long it sleeps at most, so that a clock that was set on (a test's, a woken machine's) is noticed. */
    private static final long SLEEP_MILLIS_MAX = 50;
    /** How many tasks run before deadlines are looked at. */
    private static final int TASKS_A_TURN = 256;

    private final String name;
    private final int tasksMax;
    private final LongSupplier clockMillis;
    private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private final Deadlines deadlines = new Deadlines();
    private final Thread thread;

    /** Written by whoever closes, read by the loop's thread. */
    private volatile boolean closed;

    /**
     * @param tasksMax how many tasks {@link #offer} lets wait
     * @param clockMillis milliseconds that never go back; from any beginning
     */
    public EventLoop(String name, int tasksMax, LongSupplier clockMillis) {
        this.name = name;
        this.tasksMax = tasksMax;
        this.clockMillis = clockMillis;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /** Milliseconds of the system's clock that never goes back. */
    public static long systemMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    public void start() {
        thread.start();
    }

    /** Takes a request from outside. Safe from any thread. False: refused, because too many are waiting. */
    public boolean offer(Runnable task) {
        if (inbox.size() >= tasksMax) {
            return false;
        }
        inbox.add(task);
        return true;
    }

    /**
     * Takes a task that must not be lost: what was started ends, leadership changes. Its number is bounded by what the loop
     * itself started. Safe from any thread.
     */
    @Override
    public void execute(Runnable task) {
        inbox.add(task);
    }

    /** How many tasks {@link #offer} lets wait: for the message that says so. */
    public int tasksMax() {
        return tasksMax;
    }

    public long nowMillis() {
        return clockMillis.getAsLong();
    }

    /** Runs something once, at a time by the loop's clock. On the loop's thread only. */
    public Deadline at(long millis, Runnable due) {
        return deadlines.add(millis, due);
    }

    /** Runs something once, after so long. On the loop's thread only. */
    public Deadline after(long millis, Runnable due) {
        return at(nowMillis() + millis, due);
    }

    /** How many deadlines are set. On the loop's thread only. */
    public int deadlines() {
        return deadlines.size();
    }

    /** Lets the task at hand end, drops the others, and waits for the thread. Idempotent. */
    @Override
    public void close() {
        closed = true;
        if (Thread.currentThread() == thread || thread.getState() == Thread.State.NEW) {
            return;
        }
        // Not by an interrupt, which would close the file that a task may be writing.
        inbox.add(() -> {});
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            try {
                turn();
            } catch (InterruptedException e) {
                LOG.error("{}: interrupted, stops", name);
                return;
            }
        }
    }

    private void turn() throws InterruptedException {
        long sleepMillis = Math.min(SLEEP_MILLIS_MAX, Math.max(0, deadlines.nextMillis() - nowMillis()));
        Runnable task = inbox.poll(sleepMillis, TimeUnit.MILLISECONDS);
        // Those that came before this turn, no more: deadlines have their turn, too.
        int others = Math.min(inbox.size(), TASKS_A_TURN);
        while (task != null && !closed) {
            guarded(task);
            task = others-- > 0 ? inbox.poll() : null;
        }
        long now = nowMillis();
        for (Deadline due = deadlines.takeDue(now); due != null && !closed; due = deadlines.takeDue(now)) {
            guarded(due::run);
        }
    }

    @SuppressWarnings("CatchingUnchecked") // A loop must outlive whatever one task does.
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (Exception e) {
            LOG.error("{}: a task failed, the loop goes on", name, e);
        }
    }
}
