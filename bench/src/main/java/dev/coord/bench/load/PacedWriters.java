package dev.coord.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes at a steady rate to every server, from threads of its own. A write's time counts from when it was due, so that writers
 * who wait for a slow server hide nothing.
 */
final class PacedWriters implements AutoCloseable {

    private static final int KEYS = 1_000;
    /** After so long a writer gives up what it is behind: the load stays bounded. */
    private static final long BEHIND_NANOS_MAX = 2_000_000_000L;

    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<Double> millis = new ConcurrentLinkedQueue<>();
    private final AtomicInteger failed = new AtomicInteger();
    private final int keysTogether;
    private volatile boolean closed;

    /** One key at a time. */
    PacedWriters(List<ServerProcess> servers, int perServer, int writesPerSecond) {
        this(servers, perServer, writesPerSecond, 1);
    }

    /** @param keysTogether how many keys each write sets, in one transaction if more than one */
    PacedWriters(List<ServerProcess> servers, int perServer, int writesPerSecond, int keysTogether) {
        this.keysTogether = keysTogether;
        long everyNanos = 1_000_000_000L * perServer / writesPerSecond;
        for (ServerProcess server : servers) {
            for (int i = 0; i < perServer; i++) {
                int number = threads.size();
                Thread thread = new Thread(() -> write(server, number, everyNanos), "writer-" + number);
                threads.add(thread);
                thread.start();
            }
        }
    }

    private void write(ServerProcess server, int number, long everyNanos) {
        long due = System.nanoTime();
        try {
            for (int i = 0; !closed; i++) {
                long wait = due - System.nanoTime();
                if (wait > 0) {
                    Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
                }
                String key = "load/" + (number * KEYS + i % KEYS);
                String value = "value-" + i;
                if (keysTogether == 1 ? server.put(key, value) : server.putTogether(key + "/", keysTogether, value)) {
                    millis.add((System.nanoTime() - due) / 1e6);
                } else {
                    failed.incrementAndGet();
                }
                due = Math.max(due + everyNanos, System.nanoTime() - BEHIND_NANOS_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was written since the last time, in milliseconds. */
    double[] take() {
        List<Double> taken = new ArrayList<>();
        for (Double each = millis.poll(); each != null; each = millis.poll()) {
            taken.add(each);
        }
        return taken.stream().mapToDouble(Double::doubleValue).toArray();
    }

    int takeFailed() {
        return failed.getAndSet(0);
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Ends::join);
    }
}
