package dev.coord.wal.lmdb;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogRange;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreGuard;
import dev.coord.wal.RangeRecord;
import dev.coord.wal.SyncMeter;
import dev.coord.wal.ThreadWrites;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.ByteBufferProxy;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Env.MapFullException;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.EnvInfo;
import org.lmdbjava.GetOp;
import org.lmdbjava.LmdbException;
import org.lmdbjava.PutFlags;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/**
 * A log in LMDB. A batch is one transaction; the engine syncs its pages and then its header page, which counts as one
 * sync here. The map grows by itself, up to {@value #MAP_BYTES_MAX} bytes. Reads copy.
 *
 * <p>Needs {@code --add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED}.
 */
public final class LmdbLogStore implements LogStore {

    /** The map is address space, not memory, and not disk. */
    static final long MAP_BYTES_AT_FIRST = 1L << 30;

    static final long MAP_BYTES_MAX = 1L << 40;

    /** Readers at one moment; one more gets an exception. */
    static final int READERS_MAX = 1024;

    /** Entries deleted in one transaction. */
    static final int SWEEP_ENTRIES = 1 << 16;

    private static final String DATA_FILE = "data.mdb";
    private static final long RANGE_KEY = 0;

    private final Path file;
    private final LogStoreGuard guard;
    private final SyncMeter meter = new SyncMeter();

    /**
     * Read lock: the map stays where it is and the environment open. Write lock: to move the map, or to close. Neither
     * is held during a sync by the side that the other waits for: mutations take no lock.
     */
    private final ReadWriteLock mapLock = new ReentrantReadWriteLock();

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> dbi;
    private final int pageSize;

    private final LogRange range;

    /** Written by the mutating thread, read by all. */
    private volatile long liveBytes;

    // Owned by the mutating thread.
    private final ValueCodec codec = new ValueCodec();
    private final ByteBuffer key = newKey();
    private long mapBytes;

    /**
     * Opens the log in a directory; an empty directory holds an empty log that begins at 1. Takes no lock: see
     * {@code LogDirectory}.
     *
     * @throws LogException {@link Kind#DAMAGED}, {@link Kind#NEWER_FORMAT} or {@link Kind#IO}, naming the file
     */
    public static LmdbLogStore open(Path directory, LogOptions options) {
        return open(directory, options, MAP_BYTES_AT_FIRST);
    }

    static LmdbLogStore open(Path directory, LogOptions options, long mapBytesAtFirst) {
        Path file = directory.resolve(DATA_FILE);
        Env<ByteBuffer> env;
        long mapBytes;
        try {
            mapBytes = Math.max(mapBytesAtFirst, Files.exists(file) ? Files.size(file) : 0);
            env = Env.create(ByteBufferProxy.PROXY_OPTIMAL)
                    .setMapSize(mapBytes)
                    .setMaxReaders(READERS_MAX)
                    .open(directory.toFile(), EnvFlags.MDB_NOTLS);
        } catch (IOException | RuntimeException e) {
            throw new LogException(Kind.IO, "can't open " + file + ": " + e, e);
        }
        boolean opened = false;
        try {
            LmdbLogStore store = new LmdbLogStore(file, options, env, mapBytes);
            opened = true;
            return store;
        } catch (LmdbException e) {
            throw new LogException(Kind.IO, "can't open " + file + ": " + e, e);
        } finally {
            if (!opened) {
                env.close();
            }
        }
    }

    private LmdbLogStore(Path file, LogOptions options, Env<ByteBuffer> env, long mapBytes) {
        this.file = file;
        this.guard = new LogStoreGuard(file.toString(), options.entryBytesMax());
        this.env = env;
        this.mapBytes = mapBytes;
        this.dbi = env.openDbi((byte[]) null, DbiFlags.MDB_INTEGERKEY);
        this.pageSize = env.stat().pageSize;
        this.range = load();
    }

    private LogRange load() {
        RangeRecord record;
        long last = 0;
        long data;
        try (Txn<ByteBuffer> txn = env.txnRead();
                Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
            ByteBuffer value = dbi.get(txn, keyOf(RANGE_KEY));
            boolean some = cursor.last();
            if (value == null && some) {
                throw damaged("its range record (key 0) is missing");
            }
            if (value != null && !RangeRecord.isWhole(value)) {
                throw damaged("its range record (key 0) does not match its checksum");
            }
            record = value == null ? RangeRecord.of(false, 1, 1) : RangeRecord.get(value);
            if (record.format() > RangeRecord.FORMAT) {
                throw new LogException(
                        Kind.NEWER_FORMAT,
                        file + " has format " + record.format() + "; this build reads up to " + RangeRecord.FORMAT
                                + ": run the build that wrote it, or a newer one");
            }
            if (some) {
                last = indexOf(cursor.key());
            }
            data = dataBytes(cursor, record.firstIndex(), record.sweeping() ? record.nextIndex() : Long.MAX_VALUE);
            if (value == null) {
                last = -1;
            }
        }
        long first = record.firstIndex();
        long next = record.sweeping() ? record.nextIndex() : Math.max(record.nextIndex(), last + 1);
        liveBytes = data;
        if (last < 0) {
            commit("making the log", txn -> putRange(txn, RangeRecord.of(false, 1, 1)));
        }
        if (record.sweeping()) {
            sweep(first, next);
        }
        return new LogRange(first, next);
    }

    private long dataBytes(Cursor<ByteBuffer> cursor, long from, long to) {
        long bytes = 0;
        for (boolean is = cursor.get(keyOf(Math.max(from, 1)), GetOp.MDB_SET_RANGE);
                is && indexOf(cursor.key()) < to;
                is = cursor.seek(SeekOp.MDB_NEXT)) {
            bytes += cursor.val().remaining() - ValueCodec.HEADER_BYTES;
        }
        return bytes;
    }

    @Override
    public long firstIndex() {
        guard.checkOpen();
        return range.first();
    }

    @Override
    public long nextIndex() {
        guard.checkOpen();
        return range.next();
    }

    @Override
    public int entryBytesMax() {
        return guard.entryBytesMax();
    }

    @Override
    public LogEntry read(long index) {
        Lock lock = mapLock.readLock();
        lock.lock();
        try {
            while (true) {
                guard.checkOpen();
                int seen = range.changes();
                guard.checkIndex(index, range.first(), range.next());
                LogEntry entry = find(index);
                if (entry != null) {
                    return entry;
                }
                if (range.changes() == seen) {
                    throw damaged("entry " + index + " is gone or does not match its checksum");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable LogEntry find(long index) {
        try (Txn<ByteBuffer> txn = env.txnRead()) {
            ByteBuffer found = dbi.get(txn, newKey().putLong(0, index));
            return found == null ? null : new ValueCodec().copy(index, found);
        } catch (LmdbException e) {
            throw new LogException(Kind.IO, "can't read entry " + index + " from " + file + ": " + e, e);
        }
    }

    @Override
    public void append(List<LogEntry> entries) {
        guard.checkWritable();
        guard.checkBatch(entries, range.next());
        if (entries.isEmpty()) {
            return;
        }
        commit("append of entries from " + range.next() + " on", txn -> {
            for (LogEntry entry : entries) {
                codec.put(dbi.reserve(txn, keyOf(entry.index()), ValueCodec.bytes(entry), PutFlags.MDB_APPEND), entry);
            }
        });
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
    public void truncatePrefix(long firstKept) {
        guard.checkWritable();
        guard.checkFirstKept(firstKept, range.next());
        if (firstKept > range.first()) {
            truncate(firstKept, range.next());
        }
    }

    @Override
    public void truncateSuffix(long nextKept) {
        guard.checkWritable();
        guard.checkNextKept(nextKept, range.first());
        if (nextKept < range.next()) {
            truncate(range.first(), nextKept);
        }
    }

    @Override
    public void reset(long next) {
        guard.checkWritable();
        guard.checkReset(next);
        shrink(
                next,
                next,
                () -> commit("reset to " + next, txn -> {
                    dbi.drop(txn, false);
                    putRange(txn, RangeRecord.of(false, next, next));
                }));
        liveBytes = 0;
    }

    private void truncate(long first, long next) {
        shrink(first, next, () -> sweep(first, next));
        Lock lock = mapLock.readLock();
        lock.lock();
        try (Txn<ByteBuffer> txn = env.txnRead();
                Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
            liveBytes = dataBytes(cursor, first, next);
        } finally {
            lock.unlock();
        }
    }

    /** Shows readers the smaller range, then makes it so. */
    private void shrink(long first, long next, Runnable change) {
        long firstBefore = range.first();
        long nextBefore = range.next();
        boolean done = false;
        range.show(first, next);
        try {
            change.run();
            done = true;
        } finally {
            if (!done) {
                range.show(firstBefore, nextBefore);
            }
        }
    }

    /** Writes the range, and deletes what lies outside of it in transactions of bounded size. */
    private void sweep(long first, long next) {
        boolean[] more = {true};
        while (more[0]) {
            commit("truncation to [" + first + ", " + next + ")", txn -> {
                more[0] = deleteOutside(txn, first, next);
                putRange(txn, RangeRecord.of(more[0], first, next));
            });
        }
    }

    /** True when some are left. */
    private boolean deleteOutside(Txn<ByteBuffer> txn, long first, long next) {
        int left = SWEEP_ENTRIES;
        try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
            while (cursor.last() && indexOf(cursor.key()) >= Math.max(next, 1)) {
                if (left-- == 0) {
                    return true;
                }
                cursor.delete();
            }
            while (cursor.get(keyOf(RANGE_KEY + 1), GetOp.MDB_SET_RANGE) && indexOf(cursor.key()) < first) {
                if (left-- == 0) {
                    return true;
                }
                cursor.delete();
            }
        }
        return false;
    }

    private void putRange(Txn<ByteBuffer> txn, RangeRecord range) {
        ByteBuffer value = ByteBuffer.allocateDirect(RangeRecord.BYTES);
        range.put(value);
        dbi.put(txn, keyOf(RANGE_KEY), value);
    }

    private interface Change {
        void in(Txn<ByteBuffer> txn);
    }

    /** Makes a change durable, with a larger map if it needs one. */
    private void commit(String what, Change change) {
        try {
            while (!committed(change)) {
                growMap();
            }
        } catch (RuntimeException | Error e) {
            throw guard.fail(what, e);
        }
    }

    /** False if the map is full. */
    private boolean committed(Change change) {
        long written = ThreadWrites.bytes();
        long begin;
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            change.in(txn);
            begin = System.nanoTime();
            txn.commit();
        } catch (MapFullException e) {
            return false;
        }
        meter.synced(System.nanoTime() - begin);
        meter.written(ThreadWrites.bytes() - written);
        return true;
    }

    private void growMap() {
        if (mapBytes >= MAP_BYTES_MAX) {
            throw new LogException(
                    Kind.IO, file + " has reached MAP_BYTES_MAX = " + MAP_BYTES_MAX + " bytes: compact or migrate it");
        }
        Lock lock = mapLock.writeLock();
        lock.lock();
        try {
            mapBytes *= 2;
            env.setMapSize(mapBytes);
        } finally {
            lock.unlock();
        }
    }

    /** For the mutating thread. */
    private ByteBuffer keyOf(long index) {
        return key.putLong(0, index);
    }

    private static ByteBuffer newKey() {
        return ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    }

    private static long indexOf(ByteBuffer found) {
        return found.order(ByteOrder.nativeOrder()).getLong(found.position());
    }

    private LogException damaged(String what) {
        return new LogException(
                Kind.DAMAGED,
                file + " is damaged: " + what
                        + " (the engine hides the offset); restore the log directory from a copy, or"
                        + " move it aside and let this server catch up from its peers");
    }

    /** The free list's entries are free pages; its bytes are the pages of its own tree. */
    @Override
    public LogStats stats() {
        Lock lock = mapLock.readLock();
        lock.lock();
        try {
            guard.checkOpen();
            EnvInfo info = env.info();
            MetaPages pages = MetaPages.read(file, pageSize);
            long fileBytes = Math.max(Files.size(file), (info.lastPageNumber + 1) * pageSize);
            long first = range.first();
            return meter.stats(
                    Math.max(0, range.next() - first),
                    liveBytes,
                    fileBytes,
                    pages.freePages() * pageSize,
                    pages.freePages(),
                    pages.freeListPages() * pageSize);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't read the size of " + file + ": " + e, e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public LatencyHistogram syncLatency() {
        guard.checkOpen();
        return meter.syncLatency();
    }

    @Override
    public void close() {
        Lock lock = mapLock.writeLock();
        lock.lock();
        try {
            if (guard.close()) {
                env.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
