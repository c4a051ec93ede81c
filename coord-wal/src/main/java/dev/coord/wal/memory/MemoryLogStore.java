package dev.coord.wal.memory;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreGuard;
import dev.coord.wal.SyncMeter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A log in memory. Nothing is durable: it is gone when the store is closed. Otherwise it does what {@link LogStore}
 * says, in the plainest way there is. Bounded by the heap alone.
 */
public final class MemoryLogStore implements LogStore {

    private final LogStoreGuard guard;
    private final SyncMeter meter = new SyncMeter();

    /** Guarded by {@code this}, like the position. */
    private final NavigableMap<Long, LogEntry> entries = new TreeMap<>();

    private long firstIndex = 1;
    private long nextIndex = 1;
    private long liveBytes;

    public MemoryLogStore(LogOptions options) {
        this.guard = new LogStoreGuard("(in memory)", options.entryBytesMax());
    }

    @Override
    public synchronized long firstIndex() {
        guard.checkOpen();
        return firstIndex;
    }

    @Override
    public synchronized long nextIndex() {
        guard.checkOpen();
        return nextIndex;
    }

    @Override
    public synchronized LogEntry read(long index) {
        guard.checkOpen();
        guard.checkIndex(index, firstIndex, nextIndex);
        LogEntry entry = entries.get(index);
        if (entry == null) {
            throw new AssertionError("no entry at " + index + " within [" + firstIndex + ", " + nextIndex + ")");
        }
        return new LogEntry(index, entry.term(), entry.data().duplicate());
    }

    @Override
    public synchronized void append(List<LogEntry> batch) {
        guard.checkWritable();
        guard.checkBatch(batch, nextIndex);
        for (LogEntry entry : batch) {
            ByteBuffer copy = ByteBuffer.allocate(entry.bytes());
            copy.put(entry.data().duplicate()).flip();
            entries.put(entry.index(), new LogEntry(entry.index(), entry.term(), copy.asReadOnlyBuffer()));
            liveBytes += entry.bytes();
            meter.proposed(entry.bytes());
        }
        nextIndex += batch.size();
    }

    @Override
    public synchronized void truncatePrefix(long firstKept) {
        guard.checkWritable();
        guard.checkFirstKept(firstKept, nextIndex);
        if (firstKept > firstIndex) {
            forget(entries.headMap(firstKept, false));
            firstIndex = firstKept;
        }
    }

    @Override
    public synchronized void truncateSuffix(long nextKept) {
        guard.checkWritable();
        guard.checkNextKept(nextKept, firstIndex);
        if (nextKept < nextIndex) {
            forget(entries.tailMap(nextKept, true));
            nextIndex = nextKept;
        }
    }

    @Override
    public synchronized void reset(long next) {
        guard.checkWritable();
        guard.checkReset(next);
        forget(entries);
        firstIndex = next;
        nextIndex = next;
    }

    private void forget(NavigableMap<Long, LogEntry> range) {
        for (LogEntry entry : range.values()) {
            liveBytes -= entry.bytes();
        }
        range.clear();
    }

    @Override
    public int entryBytesMax() {
        return guard.entryBytesMax();
    }

    @Override
    public synchronized LogStats stats() {
        guard.checkOpen();
        return meter.stats(nextIndex - firstIndex, liveBytes, 0, 0, 0, 0);
    }

    @Override
    public LatencyHistogram syncLatency() {
        guard.checkOpen();
        return meter.syncLatency();
    }

    @Override
    public synchronized void close() {
        if (guard.close()) {
            entries.clear();
        }
    }
}
