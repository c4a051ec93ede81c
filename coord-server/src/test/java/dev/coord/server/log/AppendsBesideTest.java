package dev.coord.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What appends take while another log is built beside: prints it, for a figure of a shared machine is nothing to fail for. On a
 * quiet one the 99th percentile during a build should be within twice that before.
 */
@Tag("slow")
class AppendsBesideTest {

    private static final int BURST_ENTRIES = 40_000;
    private static final int ENTRIES_KEPT = 10_000;
    private static final int ENTRY_BYTES = 1_000;
    private static final int APPENDS_EACH_SECOND = 200;
    private static final int SECONDS = 10;

    @TempDir
    private Path directory;

    private long next = 1;

    @ParameterizedTest
    @CsvSource({"lmdb,lmdb", "mapdb,mapdb", "mapdb,segment", "segment,lmdb"})
    void appendsGoOn(String backend, String beside) throws Exception {
        try (LiveLog log = LiveLog.open(directory, backend, LogOptions.DEFAULT);
                LogOperations operations = new LogOperations(log, LogSettings.of(() -> false, () -> "", 1))) {
            operations.start();
            while (next <= BURST_ENTRIES) {
                append(log, 500);
            }
            log.truncatePrefix(next - ENTRIES_KEPT);
            long freeBefore = log.stats().freeBytes();
            LatencyHistogram before = appendFor(log, SECONDS, null);

            CompletableFuture<BuildOutcome> build;
            if (backend.equals(beside)) {
                build = operations.compact();
            } else {
                build = operations.startShadow(beside);
                CompletableFuture<?> unused = operations.takeOver();
            }
            LatencyHistogram during = appendFor(log, 60, build);

            BuildOutcome outcome = build.get(10, TimeUnit.SECONDS);
            LatencyHistogram after = appendFor(log, SECONDS, null);
            assertThat(outcome.result()).isEqualTo(BuildOutcome.Result.TOOK_OVER);
            System.out.printf(
                    "%s to %s: %.1f s, file %d -> %d bytes, free %d -> %d bytes; appends before %s; during %s; after %s%n",
                    backend,
                    beside,
                    outcome.seconds(),
                    outcome.fileBytesBefore(),
                    outcome.fileBytesAfter(),
                    freeBefore,
                    log.stats().freeBytes(),
                    millis(before),
                    millis(during),
                    millis(after));
        }
    }

    private static String millis(LatencyHistogram latency) {
        return String.format(
                "%d, p50 %.2f p99 %.2f max %.2f ms",
                latency.count(),
                latency.percentileNanos(50) / 1e6,
                latency.percentileNanos(99) / 1e6,
                latency.maxNanos() / 1e6);
    }

    /** Appends at an even rate, for a time or until the build has ended. */
    private LatencyHistogram appendFor(LiveLog log, int secondsMax, CompletableFuture<BuildOutcome> until)
            throws InterruptedException {
        LatencyHistogram begin = log.appendLatency();
        long distance = TimeUnit.SECONDS.toNanos(1) / APPENDS_EACH_SECOND;
        long start = System.nanoTime();
        for (long i = 0; i < (long) secondsMax * APPENDS_EACH_SECOND && (until == null || !until.isDone()); i++) {
            append(log, 5);
            long wait = start + (i + 1) * distance - System.nanoTime();
            if (wait > 0) {
                TimeUnit.NANOSECONDS.sleep(wait);
            }
        }
        return log.appendLatency().since(begin);
    }

    private void append(LiveLog log, int count) {
        List<LogEntry> batch = new ArrayList<>();
        Random random = new Random(next);
        for (int i = 0; i < count; i++) {
            byte[] data = new byte[ENTRY_BYTES];
            random.nextBytes(data);
            batch.add(new LogEntry(next++, 1, ByteBuffer.wrap(data)));
        }
        log.append(batch);
    }
}
