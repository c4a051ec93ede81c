package dev.coord.tools;

import dev.coord.wal.LogStats;

/**
 * What appends cost in one part of a benchmark.
 *
 * @param backend which log
 * @param phase which part
 * @param batch entries of an append
 * @param appends how many
 * @param p50Nanos half of them took no longer
 * @param p99Nanos 99 of 100 took no longer
 * @param nanos all of them took
 * @param syncedBytes bytes made durable for them
 * @param proposedBytes bytes of data appended
 * @param after what the log held then; null where there is no log
 */
record BenchResult(
        String backend,
        String phase,
        int batch,
        int appends,
        long p50Nanos,
        long p99Nanos,
        long nanos,
        long syncedBytes,
        long proposedBytes,
        LogStats after) {

    static BenchResult of(
            String backend, String phase, int batch, Latencies latencies, LogStats before, LogStats after) {
        return new BenchResult(
                backend,
                phase,
                batch,
                latencies.count(),
                latencies.percentile(0.5),
                latencies.percentile(0.99),
                latencies.totalNanos(),
                after.syncedBytes() - before.syncedBytes(),
                after.proposedBytes() - before.proposedBytes(),
                after);
    }

    /** Bytes made durable for each byte of data. */
    double amplification() {
        return proposedBytes == 0 ? 0 : (double) syncedBytes / proposedBytes;
    }

    double entriesPerSecond() {
        return nanos == 0 ? 0 : (double) batch * appends * 1e9 / nanos;
    }

    void put(JsonText json) {
        json.object()
                .put("backend", backend)
                .put("phase", phase)
                .put("batch", batch)
                .put("appends", appends)
                .put("p50_nanos", p50Nanos)
                .put("p99_nanos", p99Nanos)
                .put("entries_per_second", entriesPerSecond())
                .put("synced_bytes", syncedBytes)
                .put("proposed_bytes", proposedBytes)
                .put("amplification", amplification())
                .put("file_bytes", after.fileBytes())
                .put("free_bytes", after.freeBytes())
                .put("free_list_entries", after.freeListEntries())
                .put("free_list_bytes", after.freeListBytes())
                .end();
    }
}
