package dev.coord.wal.lmdb;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogReader;
import dev.coord.wal.LogStats;
import dev.coord.wal.PageLogStore;
import dev.coord.wal.RangeRecord;
import dev.coord.wal.SyncMeter;
import dev.coord.wal.ThreadWrites;
import dev.coord.wal.disk.NioDisk;
import dev.coord.wal.disk.SequenceMark;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log in LMDB. A batch is one transaction; the engine syncs its pages and then its header page, which counts as one
 * sync here. The map grows by itself, up to {@value #MAP_BYTES_MAX} bytes. Reads copy.
 *
 * <p>Needs {@code --add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED}.
 */
public final class LmdbLogStore extends PageLogStore {

    private static final Logger LOG = LoggerFactory.getLogger(LmdbLogStore.class);

    /** The map is address space, not memory, and not disk. */
    static final long MAP_BYTES_AT_FIRST = 1L << 30;

    static final long MAP_BYTES_MAX = 1L << 40;

    /** Readers at one moment; one more gets an exception. */
    static final int READERS_MAX = 1024;

    /** Entries deleted in one transaction. */
    static final int SWEEP_ENTRIES = 1 << 16;

    private final Path path;
    private final SequenceMark mark;

    /**
     * Read lock: the map stays where it is and the environment open. Write lock: to move the map, or to close. Neither
     * is held during a sync by the side that the other waits for: mutations take no lock.
     */
    private final ReadWriteLock mapLock = new ReentrantReadWriteLock();

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> dbi;
    private final int pageSize;

    // Owned by the mutating thread.
    private final ValueCodec codec = new ValueCodec();
    private final ByteBuffer key = newKey();
    private long mapBytes;
    private final long mapBytesMax;

    /**
     * Opens the log in a directory; an empty directory holds an empty log that begins at 1. Takes no lock: see
     * {@code LogDirectory}.
     *
     * @throws LogException {@link Kind#DAMAGED}, {@link Kind#NEWER_FORMAT} or {@link Kind#IO}, naming the file
     */
    public static LmdbLogStore open(Path directory, LogOptions options) {
        return open(directory, options, MAP_BYTES_AT_FIRST, MAP_BYTES_MAX);
    }

    /** With another map, for tests. */
    static LmdbLogStore open(Path directory, LogOptions options, long mapBytesAtFirst, long mapBytesMax) {
        Path path = directory.resolve(LmdbLogReader.DATA_FILE);
        LogReader reader = new LmdbLogReader(directory);
        Env<ByteBuffer> env;
        long mapBytes;
        SequenceMark.Mark known;
        try {
            known = SequenceMark.read(new NioDisk(directory));
            PageCheck.check(path, known);
            mapBytes = Math.max(mapBytesAtFirst, Files.exists(path) ? Files.size(path) : 0);
            env = Env.create(ByteBufferProxy.PROXY_OPTIMAL)
                    .setMapSize(mapBytes)
                    .setMaxReaders(READERS_MAX)
                    .open(directory.toFile(), EnvFlags.MDB_NOTLS);
        } catch (LogException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new LogException(Kind.IO, "can't open " + path + ": " + e, e);
        }
        boolean opened = false;
        SequenceMark mark = null;
        try {
            mark = SequenceMark.open(new NioDisk(directory));
            LmdbLogStore store = new LmdbLogStore(path, options, env, mapBytes, mapBytesMax, mark, reader);
            store.load(known);
            new NioDisk(directory).syncDirectory(); // the engine syncs its file, not the file's name
            opened = true;
            return store;
        } catch (LmdbException | IOException e) {
            throw new LogException(Kind.IO, "can't open " + path + ": " + e, e);
        } finally {
            if (!opened) {
                env.close();
                closeQuietly(mark);
            }
        }
    }

    private static void closeQuietly(@Nullable SequenceMark mark) {
        try {
            if (mark != null) {
                mark.close();
            }
        } catch (IOException e) {
            // The reason why the log did not open is what the caller must see.
            LOG.debug("closing a log that did not open: {}", e.toString());
        }
    }

    private LmdbLogStore(
            Path path,
            LogOptions options,
            Env<ByteBuffer> env,
            long mapBytes,
            long mapBytesMax,
            SequenceMark mark,
            LogReader reader) {
        super(path.toString(), options, new SyncMeter(), reader);
        this.path = path;
        this.env = env;
        this.mapBytes = mapBytes;
        this.mapBytesMax = mapBytesMax;
        this.mark = mark;
        this.dbi = env.openDbi((byte[]) null, DbiFlags.MDB_INTEGERKEY);
        this.pageSize = env.stat().pageSize;
    }

    private void load(SequenceMark.@Nullable Mark known) throws IOException {
        long transaction = MetaPages.read(path, pageSize).transaction();
        RangeRecord record;
        long last = 0;
        try (Txn<ByteBuffer> txn = env.txnRead();
                Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
            boolean some = cursor.last();
            record = rangeRecord(dbi.get(txn, keyOf(RANGE_KEY)), some);
            last = some ? indexOf(cursor.key()) : 0;
        }
        if (record == null) {
            record = RangeRecord.of(false, 1, 1);
            RangeRecord fresh = record;
            commit("making the log", 1, txn -> putRange(txn, fresh));
        }
        begin(record, last + 1);
        if (known != null && known.sequence() == transaction && known.nextIndex() != range.next()) {
            throw damaged(
                    range.next(),
                    "it holds entries up to " + (range.next() - 1) + ", but those up to " + (known.nextIndex() - 1)
                            + " were acknowledged");
        }
        mark.advance(MetaPages.read(path, pageSize).transaction(), range.next());
    }

    /** Demands that the entries follow one another. */
    @Override
    protected long dataBytes(long first, long next) {
        Lock lock = mapLock.readLock();
        lock.lock();
        try (Txn<ByteBuffer> txn = env.txnRead();
                Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
            long bytes = 0;
            long expected = first;
            for (boolean is = cursor.get(keyOf(Math.max(first, 1)), GetOp.MDB_SET_RANGE);
                    is && expected < next && indexOf(cursor.key()) == expected;
                    is = cursor.seek(SeekOp.MDB_NEXT)) {
                bytes += cursor.val().remaining() - ValueCodec.HEADER_BYTES;
                expected++;
            }
            if (expected < next) {
                throw damaged(expected, "entry " + expected + " is gone");
            }
            return bytes;
        } finally {
            lock.unlock();
        }
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
                    throw damaged(index, "entry " + index + " is gone or does not match its checksum");
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
    protected void write(List<LogEntry> entries) {
        long next = entries.get(entries.size() - 1).index() + 1;
        commit("append of entries from " + range.next() + " on", next, txn -> {
            for (LogEntry entry : entries) {
                codec.put(dbi.reserve(txn, keyOf(entry.index()), ValueCodec.bytes(entry), PutFlags.MDB_APPEND), entry);
            }
        });
    }

    /** To delete all there is takes the engine no longer than to delete one. */
    @Override
    protected boolean sweep(long first, long next) {
        boolean[] more = new boolean[1];
        commit("truncation to [" + first + ", " + next + ")", next, txn -> {
            if (first == next) {
                dbi.drop(txn, false);
            } else {
                more[0] = deleteOutside(txn, first, next);
            }
            putRange(txn, RangeRecord.of(more[0], first, next));
        });
        return more[0];
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
    private void commit(String what, long next, Change change) {
        try {
            while (!committed(next, change)) {
                growMap();
            }
        } catch (IOException | RuntimeException | Error e) {
            throw guard.fail(what, e);
        }
    }

    /** False if the map is full. */
    private boolean committed(long next, Change change) throws IOException {
        long written = ThreadWrites.bytes();
        long begin;
        long transaction;
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            transaction = txn.getId();
            change.in(txn);
            begin = System.nanoTime();
            txn.commit();
        } catch (MapFullException e) {
            return false;
        }
        meter.synced(System.nanoTime() - begin);
        meter.written(ThreadWrites.bytes() - written);
        mark.advance(transaction, next);
        return true;
    }

    private void growMap() {
        if (mapBytes >= mapBytesMax) {
            throw new LogException(
                    Kind.IO, file + " has reached MAP_BYTES_MAX = " + mapBytesMax + " bytes: compact or migrate it");
        }
        Lock lock = mapLock.writeLock();
        lock.lock();
        try {
            mapBytes = Math.min(2 * mapBytes, mapBytesMax);
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

    /** The free list's entries are free pages; its bytes are the pages of its own tree. */
    @Override
    public LogStats stats() {
        Lock lock = mapLock.readLock();
        lock.lock();
        try {
            guard.checkOpen();
            EnvInfo info = env.info();
            MetaPages pages = MetaPages.read(path, pageSize);
            long fileBytes = Math.max(Files.size(path), (info.lastPageNumber + 1) * pageSize);
            return stats(fileBytes, pages.freePages() * pageSize, pages.freePages(), pages.freeListPages() * pageSize);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't read the size of " + file + ": " + e, e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        Lock lock = mapLock.writeLock();
        lock.lock();
        try {
            if (guard.close()) {
                env.close();
                mark.close();
            }
        } catch (IOException e) {
            throw new LogException(Kind.IO, "closing " + file + " failed: " + e, e);
        } finally {
            lock.unlock();
        }
    }
}
