package dev.coord.wal;

/**
 * What a log holds and what it has cost. A moment's picture.
 *
 * @param entries number of entries within the range
 * @param liveBytes bytes of data of these entries
 * @param fileBytes bytes that the log's files take on disk
 * @param freeBytes bytes within the files that hold nothing live and can be written again without growing
 * @param freeListEntries entries of the free list; 0 where there is none
 * @param freeListBytes bytes that the free list takes; 0 where there is none
 * @param proposedBytes bytes of data given to append since open
 * @param syncedBytes bytes made durable since open, everything counted: data, headers, indexes, free lists
 * @param syncs number of syncs since open
 * @param syncLatency how long these syncs took, see {@link LogStore#syncLatency()}
 */
public record LogStats(
        long entries,
        long liveBytes,
        long fileBytes,
        long freeBytes,
        long freeListEntries,
        long freeListBytes,
        long proposedBytes,
        long syncedBytes,
        long syncs,
        LatencyHistogram syncLatency) {

    /** Bytes synced for each byte proposed: the write amplification; 0 before the first append. */
    public double writeAmplification() {
        return proposedBytes == 0 ? 0 : (double) syncedBytes / proposedBytes;
    }

    /** Time spent in syncs since open, nanoseconds. */
    public long syncNanosTotal() {
        return syncLatency.totalNanos();
    }

    /** The longest sync since open, nanoseconds. */
    public long syncNanosMax() {
        return syncLatency.maxNanos();
    }
}
