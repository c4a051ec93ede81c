package dev.coord.tools;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogStats;
import dev.coord.wal.maintenance.ProgressListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Appends of 1, 64 and 512 entries to each backend and to a bare file, in turns, so that a disk that changes its mood does
 * so for all of them. As the bare file is written over from its beginning when it is full, so the logs forget their older
 * half when they hold as much: as a server's log does after each snapshot.
 */
final class AppendScenario {

    static final String BARE = "bare file";

    private static final int[] BATCHES = {1, 64, 512};
    private static final int ROUNDS = 5;
    private static final int WINDOW_ENTRIES = BareFile.FILE_BYTES / BenchLog.ENTRY_BYTES;

    private final long turnNanos;
    private final ProgressListener progress;

    /** @param turnNanos how long each appends before it is the next one's turn */
    AppendScenario(long turnNanos, ProgressListener progress) {
        this.turnNanos = turnNanos;
        this.progress = progress;
    }

    List<BenchResult> run(Path scratch, List<String> backends) throws IOException {
        List<BenchResult> results = new ArrayList<>();
        for (int batch : BATCHES) {
            Path directory = Files.createDirectory(scratch.resolve("batch-" + batch));
            Map<String, BenchLog> logs = new LinkedHashMap<>();
            try (BareFile bare = new BareFile(directory)) {
                backends.forEach(backend -> logs.put(backend, new BenchLog(directory.resolve(backend), backend)));
                results.addAll(run(batch, bare, logs));
            } finally {
                logs.values().forEach(BenchLog::close);
            }
        }
        return results;
    }

    private List<BenchResult> run(int batch, BareFile bare, Map<String, BenchLog> logs) {
        Map<String, Latencies> latencies = new LinkedHashMap<>();
        Map<String, LogStats> before = new LinkedHashMap<>();
        latencies.put(BARE, new Latencies());
        logs.forEach((backend, log) -> {
            fill(log);
            before.put(backend, log.stats());
            latencies.put(backend, new Latencies());
        });
        ByteBuffer bytes = ByteBuffer.allocateDirect(batch * BenchLog.ENTRY_BYTES);
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Latencies> turn : latencies.entrySet()) {
                progress.progress("batches of " + batch, round, ROUNDS);
                BenchLog log = logs.get(turn.getKey());
                long end = System.nanoTime() + turnNanos;
                while (System.nanoTime() - end < 0) {
                    turn.getValue().add(log == null ? bare.append(bytes.clear()) : log.append(batch));
                    if (log != null) {
                        bound(log);
                    }
                }
            }
        }
        List<BenchResult> results = new ArrayList<>();
        latencies.forEach((name, measured) -> {
            BenchLog log = logs.get(name);
            long proposed = (long) measured.count() * batch * BenchLog.ENTRY_BYTES;
            results.add(
                    log == null
                            ? BenchResult.of(name, "append", batch, measured, figures(0), figures(proposed))
                            : BenchResult.of(name, "append", batch, measured, before.get(name), log.stats()));
        });
        return results;
    }

    /** Writes as much as makes a log use its space again, as the bare file was written once from end to end. */
    private static void fill(BenchLog log) {
        int batch = BATCHES[BATCHES.length - 1];
        for (long entries = 0; entries < 3L * WINDOW_ENTRIES; entries += batch) {
            log.append(batch);
            bound(log);
        }
    }

    private static void bound(BenchLog log) {
        if (log.entries() > WINDOW_ENTRIES) {
            log.keep(WINDOW_ENTRIES / 2);
        }
    }

    /** Of a bare file: what it is given is what it syncs. */
    private static LogStats figures(long bytes) {
        return new LogStats(0, 0, 0, 0, 0, 0, bytes, bytes, 0, LatencyHistogram.EMPTY);
    }
}
