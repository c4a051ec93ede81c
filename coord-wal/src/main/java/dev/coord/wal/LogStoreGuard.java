package dev.coord.wal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The checks that every backend makes alike: arguments, failed after a failed mutation, closed.
 *
 * <p>Threads: mutations are serialised by the caller of the store and are the only writers of {@code failure}; any
 * thread may close and any thread may ask.
 */
public final class LogStoreGuard {

    private final String name;
    private final int entryBytesMax;

    /** Written by the mutating thread, read by it and by whoever reports. */
    private volatile @Nullable Throwable failure;

    /** Written by whoever closes, read by all. */
    private volatile boolean closed;

    /**
     * @param name what messages call the store, for instance its directory
     * @param entryBytesMax the largest entry, bytes of data
     */
    public LogStoreGuard(String name, int entryBytesMax) {
        this.name = name;
        this.entryBytesMax = entryBytesMax;
    }

    public int entryBytesMax() {
        checkOpen();
        return entryBytesMax;
    }

    /** True for the first call only. */
    public synchronized boolean close() {
        if (closed) {
            return false;
        }
        closed = true;
        return true;
    }

    public boolean isClosed() {
        return closed;
    }

    /** @throws LogException if closed */
    public void checkOpen() {
        if (closed) {
            throw new LogException(LogException.Kind.CLOSED, "log " + name + " is closed");
        }
    }

    /** @throws LogException if closed or failed */
    public void checkWritable() {
        checkOpen();
        Throwable cause = failure;
        if (cause != null) {
            throw new LogException(
                    LogException.Kind.FAILED,
                    "log " + name + " has failed before and takes no more changes; open it anew to see what is on disk."
                            + " It failed with: " + cause.getMessage(),
                    cause);
        }
    }

    /** Marks the store failed. Returns what to throw: the cause itself if it is one already. */
    public LogException fail(String what, Throwable cause) {
        LogException thrown = cause instanceof LogException known
                ? known
                : new LogException(
                        LogException.Kind.IO,
                        "log " + name + ": " + what + " failed: " + cause
                                + "; the log takes no more changes until it is" + " opened anew",
                        cause);
        failure = thrown;
        return thrown;
    }

    /** @throws IndexOutOfBoundsException if the index is outside of the range */
    public void checkIndex(long index, long firstIndex, long nextIndex) {
        if (index < firstIndex || index >= nextIndex) {
            throw new IndexOutOfBoundsException(
                    "index " + index + " is not within [" + firstIndex + ", " + nextIndex + ") of log " + name);
        }
    }

    /** @throws IllegalArgumentException if this batch can't be appended at nextIndex */
    public void checkBatch(List<LogEntry> entries, long nextIndex) {
        long expected = nextIndex;
        for (int i = 0; i < entries.size(); i++) {
            LogEntry entry = entries.get(i);
            if (entry.index() != expected) {
                throw new IllegalArgumentException("entry " + i + " of the batch has index " + entry.index() + " where "
                        + expected + " must follow in log " + name);
            }
            if (entry.bytes() > entryBytesMax) {
                throw new IllegalArgumentException("entry " + entry.index() + " has " + entry.bytes() + " bytes; log "
                        + name + " takes at most entryBytesMax = " + entryBytesMax);
            }
            expected++;
        }
    }

    /** @throws IllegalArgumentException if larger than nextIndex */
    public void checkFirstKept(long firstKept, long nextIndex) {
        if (firstKept > nextIndex) {
            throw new IllegalArgumentException(
                    "can't keep log " + name + " from " + firstKept + " on: it ends at " + nextIndex);
        }
    }

    /** @throws IllegalArgumentException if smaller than firstIndex */
    public void checkNextKept(long nextKept, long firstIndex) {
        if (nextKept < firstIndex) {
            throw new IllegalArgumentException(
                    "can't cut log " + name + " at " + nextKept + ": it begins at " + firstIndex);
        }
    }

    /** @throws IllegalArgumentException if smaller than 1 */
    public void checkReset(long nextIndex) {
        if (nextIndex < 1) {
            throw new IllegalArgumentException("can't reset log " + name + " to " + nextIndex + ": indexes begin at 1");
        }
    }
}
