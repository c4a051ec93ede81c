package dev.coord.server.watch;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A timer whose time passes when the scenario says so. */
final class ManualTimer implements Timer {

    /** What was asked for and not cancelled. */
    record Entry(long delayMillis, Runnable task) {}

    private final List<Entry> scheduled = new CopyOnWriteArrayList<>();

    @Override
    public Scheduled schedule(long delayMillis, Runnable task) {
        Entry entry = new Entry(delayMillis, task);
        scheduled.add(entry);
        return () -> scheduled.remove(entry);
    }

    List<Entry> scheduled() {
        return scheduled;
    }

    void fireAll() {
        List<Entry> due = List.copyOf(scheduled);
        scheduled.removeAll(due);
        due.forEach(entry -> entry.task().run());
    }
}
