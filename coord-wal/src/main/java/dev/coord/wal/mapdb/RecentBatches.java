package dev.coord.wal.mapdb;

import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The batches appended last and the one read last, so that readers of these need not wait for the engine's locks, nor
 * fetch a batch once for each of its entries. At most {@value #BYTES_MAX} bytes or one batch, and the one read last.
 *
 * <p>Threads: appends and truncations come from the mutating thread, reads from any.
 */
final class RecentBatches {

    static final int BYTES_MAX = 8 << 20;

    /** A batch as it lies in the store; its bytes never change. */
    static final class Batch {
        final long base;
        final byte[] bytes;
        final int count;

        /** The range's count of changes when it was read. */
        final int changes;

        Batch(long base, byte[] bytes, int count, int changes) {
            this.base = base;
            this.bytes = bytes;
            this.count = count;
            this.changes = changes;
        }

        boolean holds(long index) {
            return index >= base && index < base + count;
        }
    }

    private final ConcurrentNavigableMap<Long, Batch> appended = new ConcurrentSkipListMap<>();

    /** Owned by the mutating thread. */
    private long bytes;

    /** Written and read by readers: whichever was written last. */
    private volatile @Nullable Batch lastRead;

    void appended(Batch batch) {
        appended.put(batch.base, batch);
        bytes += batch.bytes.length;
        while (bytes > BYTES_MAX && appended.size() > 1) {
            Map.Entry<Long, Batch> oldest = appended.pollFirstEntry();
            bytes -= oldest == null ? 0 : oldest.getValue().bytes.length;
        }
    }

    /**
     * The batch that an index is in, if it is here.
     *
     * @param changes the range's count of changes, read before: a batch from before a truncation is not what it was
     */
    @Nullable
    Batch find(long index, int changes) {
        Map.Entry<Long, Batch> recent = appended.floorEntry(index);
        if (recent != null && recent.getValue().holds(index)) {
            return recent.getValue();
        }
        Batch last = lastRead;
        return last != null && last.changes == changes && last.holds(index) ? last : null;
    }

    void read(Batch batch) {
        lastRead = batch;
    }

    void clear() {
        appended.clear();
        bytes = 0;
        lastRead = null;
    }
}
