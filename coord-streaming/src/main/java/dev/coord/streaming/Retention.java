package dev.coord.streaming;

import org.jspecify.annotations.Nullable;

/** All entries of a shard's rings from the oldest to the newest. Belongs to the shard's thread, but for the count. */
@SuppressWarnings("NonAtomicVolatileUpdate") // of the count, which the shard's thread alone writes
final class Retention {

    private @Nullable Entry oldest;
    private @Nullable Entry newest;
    /** Written by the shard's thread, read by all. */
    private volatile long bytes;

    void add(Entry entry) {
        entry.older = newest;
        if (newest == null) {
            oldest = entry;
        } else {
            newest.newer = entry;
        }
        newest = entry;
        bytes = bytes + entry.bytes();
    }

    void remove(Entry entry) {
        if (entry.older == null) {
            oldest = entry.newer;
        } else {
            entry.older.newer = entry.newer;
        }
        if (entry.newer == null) {
            newest = entry.older;
        } else {
            entry.newer.older = entry.older;
        }
        entry.older = null;
        entry.newer = null;
        bytes = bytes - entry.bytes();
    }

    @Nullable
    Entry oldest() {
        return oldest;
    }

    long bytes() {
        return bytes;
    }
}
