package dev.coord.tools;

import dev.coord.wal.LogStats;
import dev.coord.wal.maintenance.LogCopy;
import dev.coord.wal.maintenance.ProgressListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The story of an outage: a log is appended to, one entry at a time, and its front forgotten now and then; a burst makes it
 * large; the burst is forgotten; what do the same appends cost now, and what after a compaction?
 */
final class FreeListScenario {

    static final String BEFORE = "before";
    static final String AFTER = "after the burst";
    static final String COMPACTED = "compacted";

    /** Entries that stay when the front is forgotten, and how many appends lie between. */
    private static final int KEPT = 1_000;

    private static final int TRUNCATE_EVERY = 200;
    private static final int BURST_BATCH = 512;
    private static final int WARM_UP_APPENDS = 100;

    private final int burst;
    private final int appends;
    private final long partNanosMax;
    private final ProgressListener progress;

    /**
     * @param burst entries of the burst
     * @param appends measured in each part
     * @param partNanosMax no part takes longer: a burst that does ends early, and so do the appends
     */
    FreeListScenario(int burst, int appends, long partNanosMax, ProgressListener progress) {
        this.burst = burst;
        this.appends = appends;
        this.partNanosMax = partNanosMax;
        this.progress = progress;
    }

    /**
     * What a backend's run found.
     *
     * @param parts in order: {@link #BEFORE}, {@link #AFTER}, {@link #COMPACTED}
     * @param burstEntries how many the burst had
     */
    record Run(List<BenchResult> parts, long burstEntries) {}

    Run run(Path directory, String backend) {
        List<BenchResult> parts = new ArrayList<>();
        long burstEntries;
        try (BenchLog log = new BenchLog(directory, backend)) {
            for (int i = 0; i < KEPT + WARM_UP_APPENDS; i++) {
                log.append(1);
            }
            parts.add(steady(log, backend, BEFORE));
            burstEntries = burst(log, backend);
            log.keep(KEPT);
            parts.add(steady(log, backend, AFTER));
        }
        LogCopy.inPlace(
                directory, null, (phase, done, total) -> progress.progress(backend + ": compacting", done, total));
        try (BenchLog log = new BenchLog(directory, backend)) {
            for (int i = 0; i < WARM_UP_APPENDS; i++) {
                log.append(1);
            }
            parts.add(steady(log, backend, COMPACTED));
        }
        return new Run(parts, burstEntries);
    }

    private BenchResult steady(BenchLog log, String backend, String phase) {
        Latencies latencies = new Latencies();
        LogStats before = log.stats();
        long end = System.nanoTime() + partNanosMax;
        for (int i = 0; i < appends && System.nanoTime() - end < 0; i++) {
            latencies.add(log.append(1));
            if (i % TRUNCATE_EVERY == TRUNCATE_EVERY - 1) {
                log.keep(KEPT);
            }
            progress.progress(backend + ": " + phase, i, appends);
        }
        return BenchResult.of(backend, phase, 1, latencies, before, log.stats());
    }

    private long burst(BenchLog log, String backend) {
        long end = System.nanoTime() + partNanosMax;
        long done = 0;
        while (done < burst && System.nanoTime() - end < 0) {
            int batch = (int) Math.min(BURST_BATCH, burst - done);
            log.append(batch);
            done += batch;
            progress.progress(backend + ": burst", done, burst);
        }
        return done;
    }
}
