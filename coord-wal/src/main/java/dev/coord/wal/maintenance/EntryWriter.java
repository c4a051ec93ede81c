package dev.coord.wal.maintenance;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogVisitor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what a scan gives into another log, in batches, and remembers its checksums. For one thread. */
final class EntryWriter implements LogVisitor {

    /** Bytes of a batch, so that a copy costs few syncs and a bounded memory. */
    private static final int BATCH_BYTES = 4 << 20;

    private static final int BATCH_ENTRIES = 1 << 14;

    private final LogStore to;
    private final boolean salvage;
    private final ProgressListener progress;
    private final EntrySums sums = new EntrySums();
    private final List<LogEntry> batch = new ArrayList<>();
    private int batchBytes;
    private long entries;
    private long bytes;

    /** The first damage; when it takes entries away, nothing behind it is written. */
    private @Nullable LogDamage damage;

    private boolean stopped;

    /** @param salvage true: write what lies before the first damage; false: damage is an exception */
    EntryWriter(LogStore to, boolean salvage, ProgressListener progress) {
        this.to = to;
        this.salvage = salvage;
        this.progress = progress;
    }

    @Override
    public void entry(LogEntry entry, String file, long offset) {
        if (stopped) {
            return;
        }
        if (entries == 0 && entry.index() != to.nextIndex()) {
            to.reset(entry.index());
        }
        if (batchBytes + entry.bytes() > BATCH_BYTES || batch.size() == BATCH_ENTRIES) {
            flush();
        }
        batch.add(entry);
        batchBytes += entry.bytes();
        bytes += entry.bytes();
        entries++;
        sums.add(entry);
    }

    private void flush() {
        to.append(batch);
        batch.clear();
        batchBytes = 0;
    }

    @Override
    public void damage(LogDamage found) {
        if (!salvage) {
            throw new LogException(
                    Kind.DAMAGED,
                    "the log is damaged and was not copied: " + found
                            + "; 'verify' names all of it, and 'copy --salvage' copies what lies before it");
        }
        damage = damage == null ? found : damage;
        stopped |= found.entries() > 0 && entries > 0;
    }

    @Override
    public void progress(long done, long total) {
        progress.progress("copying", done, total);
    }

    /** Writes the rest. An empty log keeps its position. */
    void finish(LogLayout layout) {
        if (entries == 0 && layout.nextIndex() != to.nextIndex()) {
            to.reset(layout.nextIndex());
        }
        flush();
    }

    EntrySums sums() {
        return sums;
    }

    long entries() {
        return entries;
    }

    long bytes() {
        return bytes;
    }

    @Nullable
    LogDamage damage() {
        return damage;
    }
}
