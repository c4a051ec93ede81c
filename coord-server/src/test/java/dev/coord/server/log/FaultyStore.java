package dev.coord.server.log;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import java.util.List;

/** A store with a fault that a test gives it: overrides what it needs. */
public class FaultyStore implements LogStore {

    private final LogStore store;

    protected FaultyStore(LogStore store) {
        this.store = store;
    }

    @Override
    public long firstIndex() {
        return store.firstIndex();
    }

    @Override
    public long nextIndex() {
        return store.nextIndex();
    }

    @Override
    public LogEntry read(long index) {
        return store.read(index);
    }

    @Override
    public void append(List<LogEntry> entries) {
        store.append(entries);
    }

    @Override
    public void truncatePrefix(long firstKept) {
        store.truncatePrefix(firstKept);
    }

    @Override
    public void truncateSuffix(long nextKept) {
        store.truncateSuffix(nextKept);
    }

    @Override
    public void reset(long nextIndex) {
        store.reset(nextIndex);
    }

    @Override
    public int entryBytesMax() {
        return store.entryBytesMax();
    }

    @Override
    public LogStats stats() {
        return store.stats();
    }

    @Override
    public LatencyHistogram syncLatency() {
        return store.syncLatency();
    }

    @Override
    public void close() {
        store.close();
    }
}
