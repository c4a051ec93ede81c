package dev.coord.wal;

import dev.coord.wal.LogException.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What logs in page stores share: they keep a record of the range beside the entries, show readers a smaller range before
 * they delete what lies outside of it, and delete in transactions of bounded size.
 *
 * <p>Threads: mutations come from one thread at a time, everything else from any.
 */
public abstract class PageLogStore implements LogStore {

    /** Key of the range record; entries have keys from 1 on. */
    protected static final long RANGE_KEY = 0;

    /** What messages call the engine's file. */
    protected final String file;

    protected final LogStoreGuard guard;
    protected final SyncMeter meter;

    /** What readers go by. */
    protected final LogRange range = new LogRange(1, 1);

    private final LogReader reader;

    /** Written by the mutating thread, read by all. */
    private volatile long liveBytes;

    /** @param reader of the same directory, to name the place of damage */
    protected PageLogStore(String file, LogOptions options, SyncMeter meter, LogReader reader) {
        this.file = file;
        this.guard = new LogStoreGuard(file, options.entryBytesMax());
        this.meter = meter;
        this.reader = reader;
    }

    /** Makes a batch durable. */
    protected abstract void write(List<LogEntry> entries);

    /**
     * Deletes entries outside of a range, of bounded number, and records the range, all in one durable transaction.
     *
     * @return true if some are left to delete
     */
    protected abstract boolean sweep(long first, long next);

    /** Bytes of data of the entries within a range that the store holds. */
    protected abstract long dataBytes(long first, long next);

    // ---- opening

    /**
     * Takes over what was found, and ends a truncation that a crash interrupted.
     *
     * @param known the record of the range
     * @param next one past the last entry found
     */
    protected final void begin(RangeRecord known, long next) {
        if (known.sweeping()) {
            sweepAll(known.firstIndex(), known.nextIndex());
        }
        range.show(known.firstIndex(), known.sweeping() ? known.nextIndex() : Math.max(known.nextIndex(), next));
        liveBytes = dataBytes(range.first(), range.next());
    }

    /**
     * The record of the range.
     *
     * @param bytes as they lie under {@link #RANGE_KEY}; null if there are none
     * @param hasEntries whether there is anything else
     * @return null if the store is new
     */
    protected final @Nullable RangeRecord rangeRecord(@Nullable ByteBuffer bytes, boolean hasEntries) {
        if (bytes == null) {
            if (hasEntries) {
                throw damaged(0, "its range record (key 0) is missing");
            }
            return null;
        }
        if (!RangeRecord.isWhole(bytes)) {
            throw damaged(0, "its range record (key 0) does not match its checksum");
        }
        RangeRecord record = RangeRecord.get(bytes);
        if (record.format() > RangeRecord.FORMAT) {
            throw new LogException(
                    Kind.NEWER_FORMAT,
                    file + " has format " + record.format() + "; this build reads up to " + RangeRecord.FORMAT
                            + ": run the build that wrote it, or a newer one");
        }
        return record;
    }

    /** @param index the entry that can't be read, 0 if it is not known */
    protected final LogException damaged(long index, String what) {
        return damaged(file, reader, index, what);
    }

    /** For a store that does not open. */
    protected static LogException damaged(String file, LogReader reader, long index, String what) {
        return DamageSearch.exception(file, reader, index, what);
    }

    // ---- what every log does

    @Override
    public final long firstIndex() {
        guard.checkOpen();
        return range.first();
    }

    @Override
    public final long nextIndex() {
        guard.checkOpen();
        return range.next();
    }

    @Override
    public final int entryBytesMax() {
        return guard.entryBytesMax();
    }

    @Override
    public final void append(List<LogEntry> entries) {
        guard.checkWritable();
        guard.checkBatch(entries, range.next());
        if (entries.isEmpty()) {
            return;
        }
        write(entries);
        long bytes = 0;
        for (LogEntry entry : entries) {
            bytes += entry.bytes();
        }
        meter.proposed(bytes);
        addLiveBytes(bytes);
        range.extendTo(entries.get(entries.size() - 1).index() + 1);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void addLiveBytes(long bytes) {
        liveBytes += bytes;
    }

    @Override
    public final void truncatePrefix(long firstKept) {
        guard.checkWritable();
        guard.checkFirstKept(firstKept, range.next());
        if (firstKept > range.first()) {
            shrink(firstKept, range.next());
        }
    }

    @Override
    public final void truncateSuffix(long nextKept) {
        guard.checkWritable();
        guard.checkNextKept(nextKept, range.first());
        if (nextKept < range.next()) {
            shrink(range.first(), nextKept);
        }
    }

    @Override
    public final void reset(long next) {
        guard.checkWritable();
        guard.checkReset(next);
        shrink(next, next);
    }

    /** Shows readers the other range, then makes it so. */
    protected void shrink(long first, long next) {
        long firstBefore = range.first();
        long nextBefore = range.next();
        boolean done = false;
        range.show(first, next);
        try {
            sweepAll(first, next);
            liveBytes = dataBytes(first, next);
            done = true;
        } finally {
            if (!done) {
                range.show(firstBefore, nextBefore);
            }
        }
    }

    private void sweepAll(long first, long next) {
        boolean more = true;
        while (more) {
            more = sweep(first, next);
        }
    }

    /** Number of entries, and bytes of their data. */
    protected final LogStats stats(long fileBytes, long freeBytes, long freeListEntries, long freeListBytes) {
        long first = range.first();
        return meter.stats(
                Math.max(0, range.next() - first), liveBytes, fileBytes, freeBytes, freeListEntries, freeListBytes);
    }

    @Override
    public final LatencyHistogram syncLatency() {
        guard.checkOpen();
        return meter.syncLatency();
    }
}
