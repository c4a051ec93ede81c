package dev.coord.wal;

/**
 * Counts what appends and syncs cost. Written by the mutating thread alone, read by any: a reader sees a moment's
 * picture whose figures need not be of one instant.
 */
public final class SyncMeter {

    private volatile long proposedBytes;
    private volatile long syncedBytes;
    private volatile long syncs;
    private final LatencyRecorder latency = new LatencyRecorder();

    /** One writer: the read-modify-write needs no atomic. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void proposed(long bytes) {
        proposedBytes += bytes;
    }

    /** Bytes that a sync has made durable, or will with the next one. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void written(long bytes) {
        syncedBytes += bytes;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void synced(long nanos) {
        syncs++;
        latency.record(nanos);
    }

    /** A sync that can fail. */
    public interface Sync<X extends Exception> {
        void run() throws X;
    }

    /** Makes a sync and counts it, if it succeeds. */
    public <X extends Exception> void sync(Sync<X> sync) throws X {
        long begin = System.nanoTime();
        sync.run();
        synced(System.nanoTime() - begin);
    }

    public LatencyHistogram syncLatency() {
        return latency.picture();
    }

    public LogStats stats(
            long entries, long liveBytes, long fileBytes, long freeBytes, long freeListEntries, long freeListBytes) {
        return new LogStats(
                entries,
                liveBytes,
                fileBytes,
                freeBytes,
                freeListEntries,
                freeListBytes,
                proposedBytes,
                syncedBytes,
                syncs,
                latency.picture());
    }
}
