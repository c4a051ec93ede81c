package dev.coord.server.audit;

import dev.coord.server.logging.RotatedFile;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events from any thread without making it wait, and writes them in the order in which they came.
 *
 * <p><b>At its bound</b> ({@link #QUEUE_MAX} events that wait) and while the file can't be written, events are left out, requests
 * go on, and both the server's log and, as soon as there is room, a line of the file say how many are missing. Lines are handed to
 * the operating system within moments; they outlive the process, not a machine that loses power at once.
 */
public final class AuditLog implements AutoCloseable {

    /** Events that may wait to be written. */
    public static final int QUEUE_MAX = 16_384;

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final int BATCH_MAX = 1_024;
    private static final long LOOK_MILLIS = 200;
    private static final long END_MILLIS_MAX = 5_000;

    private final RotatedFile file;
    private final BlockingQueue<AuditEvent> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final AtomicLong leftOut = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closing;

    /** @throws IOException when the file can't be written */
    public AuditLog(AuditSettings settings) throws IOException {
        file = new RotatedFile(settings.path(), settings.rotation(), InstantSource.system());
        Thread writer = new Thread(this::run, "coord-audit");
        writer.setDaemon(true);
        writer.start();
    }

    /** Never blocks, never fails. */
    public void record(AuditEvent event) {
        if (!queue.offer(event)) {
            leftOut.incrementAndGet();
        }
    }

    private void run() {
        try {
            writeAll();
        } finally {
            ended.countDown();
        }
    }

    private void writeAll() {
        List<AuditEvent> batch = new ArrayList<>();
        while (!closing || !queue.isEmpty()) {
            try {
                AuditEvent first = queue.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, BATCH_MAX - 1);
                }
                write(batch);
                batch.clear();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void write(List<AuditEvent> batch) {
        long missing = leftOut.get();
        if (batch.isEmpty() && missing == 0) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        if (missing > 0) {
            lines.append(gap(missing)).append('\n');
        }
        batch.forEach(event -> lines.append(event.json()).append('\n'));
        try {
            file.append(lines.toString());
            if (missing > 0) {
                leftOut.addAndGet(-missing);
                LOG.warn("{} events are missing from the audit log: more came than could be written", missing);
            }
        } catch (IOException e) {
            if (missing == 0) {
                LOG.error("The audit log can't be written, events are left out until it can: {}", e.toString());
            }
            leftOut.addAndGet(batch.size());
        }
    }

    private static String gap(long missing) {
        return new JsonObject()
                .put("created_at", Instant.now().toString())
                .put("event_type", "audit_gap")
                .put("payload", new JsonObject().put("missing", missing))
                .encode();
    }

    /** Writes what has come so far. */
    @Override
    public void close() throws IOException {
        closing = true;
        try {
            if (!ended.await(END_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
                LOG.error("The audit log can't be written: {} events are lost", queue.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        file.close();
    }
}
