package dev.coord.server.log;

import dev.coord.server.log.BuildProgress.Purpose;
import dev.coord.wal.LogStats;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server does to its log without being asked: it compacts it when enough is free, and moves it to the backend that is
 * wanted. What was begun here stops when it is not wanted any more; what an operator has begun is left alone. Tick thread only.
 */
final class DueWork {

    private static final Logger LOG = LoggerFactory.getLogger(DueWork.class);

    private final LogSettings settings;

    /** The last build that was begun here. */
    private @Nullable Build own;

    private long compactionBegunNanos;
    private boolean compactedOnce;
    private long moveBegunNanos;
    /** The backend of the last try to move the log; empty: there was none. */
    private String movedTo = "";

    DueWork(LogSettings settings) {
        this.settings = settings;
    }

    void look(LogOperations operations) {
        Build running = operations.running();
        String backend = settings.backend().get();
        boolean moves = !backend.isEmpty() && !backend.equals(operations.backend());
        boolean compacts = settings.compaction().getAsBoolean();
        if (running != null) {
            stopIfUnwanted(running, compacts, backend);
        } else if (moves) {
            move(operations, backend);
        } else if (compacts) {
            compactIfDue(operations);
        }
    }

    private void stopIfUnwanted(Build running, boolean compacts, String backend) {
        boolean wanted = running.purpose() == Purpose.COMPACT
                ? compacts
                : running.backend().equals(backend);
        if (running == own && !wanted) {
            LOG.info("What is built beside the log, in '{}', is not wanted any more: it stops", running.backend());
            running.stop();
        }
    }

    private void move(LogOperations operations, String backend) {
        // A try that failed is not repeated at once; another wish is followed at once.
        if (backend.equals(movedTo) && tooSoon(moveBegunNanos)) {
            return;
        }
        movedTo = backend;
        moveBegunNanos = System.nanoTime();
        try {
            Build begun = operations.begin(Purpose.SHADOW, backend);
            CompletableFuture<@Nullable Void> unused = begun.takeOver();
            own = begun;
        } catch (LogOperationException e) {
            LOG.warn(
                    "The log shall be kept in '{}', but stays in '{}': {}",
                    backend,
                    operations.backend(),
                    e.getMessage());
        }
    }

    private void compactIfDue(LogOperations operations) {
        if (!LogOperations.canCompact(operations.backend()) || (compactedOnce && tooSoon(compactionBegunNanos))) {
            return;
        }
        LogStats stats = operations.stats();
        if (stats.freeBytes() < settings.freeBytesMin() || stats.freeBytes() < stats.fileBytes() / 2) {
            return;
        }
        compactedOnce = true;
        compactionBegunNanos = System.nanoTime();
        try {
            own = operations.begin(Purpose.COMPACT, operations.backend());
        } catch (LogOperationException e) {
            LOG.warn(
                    "{} of {} bytes of the log are free, but it is not compacted: {}",
                    stats.freeBytes(),
                    stats.fileBytes(),
                    e.getMessage());
        }
    }

    private boolean tooSoon(long sinceNanos) {
        return System.nanoTime() - sinceNanos < settings.distance().toNanos();
    }
}
