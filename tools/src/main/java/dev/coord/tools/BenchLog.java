package dev.coord.tools;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A log that a benchmark appends to, and what these appends cost. For one thread. */
final class BenchLog implements AutoCloseable {

    static final int ENTRY_BYTES = 256;

    private final LogStore log;
    private final ByteBuffer data;

    /** Reads and writes what it wants to be there: a benchmark asserts what it measures. */
    BenchLog(Path directory, String backend) {
        log = LogDirectory.open(directory, backend, LogOptions.DEFAULT);
        byte[] bytes = new byte[ENTRY_BYTES];
        new Random(1).nextBytes(bytes);
        data = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** Nanoseconds that it took to make a batch durable. */
    long append(int entries) {
        List<LogEntry> batch = new ArrayList<>(entries);
        long next = log.nextIndex();
        for (int i = 0; i < entries; i++) {
            batch.add(new LogEntry(next + i, 1, data));
        }
        long begin = System.nanoTime();
        log.append(batch);
        long nanos = System.nanoTime() - begin;
        if (log.nextIndex() != next + entries) {
            throw new IllegalStateException("the append of " + entries + " entries at " + next + " is not there");
        }
        return nanos;
    }

    long entries() {
        return log.nextIndex() - log.firstIndex();
    }

    /** Forgets all but so many of the newest entries, as after a snapshot. */
    void keep(long entries) {
        log.truncatePrefix(Math.max(log.firstIndex(), log.nextIndex() - entries));
    }

    LogStats stats() {
        return log.stats();
    }

    @Override
    public void close() {
        log.close();
    }
}
