package dev.coord.wal.mapdb;

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
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.NioDisk;
import dev.coord.wal.mapdb.RecentBatches.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.mapdb.DB;
import org.mapdb.DBException;
import org.mapdb.Serializer;
import org.mapdb.StoreDirect;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log in MapDB. A batch is one commit with one sync, and lies in as few records as {@value #RECORD_BYTES} bytes each
 * allow.
 *
 * <p>How it is tuned: a batch is one record, so that the tree changes once and not once for each entry; records lie
 * outside of the tree's nodes, so that a node stays small. The engine's own transactions are not used. They make, sync
 * and delete a journal at each commit, write the whole head of the file, 32 KiB, into both, byte by byte where they can,
 * and then never read the journal: a process killed at the wrong moment would leave half a commit behind. Instead the
 * engine writes through to a {@link JournaledFile}, which makes a commit one write and one sync, and whole or not at all.
 */
public final class MapDbLogStore implements LogStore {

    private static final Logger LOG = LoggerFactory.getLogger(MapDbLogStore.class);

    /** A larger batch is cut into several records of one commit. */
    static final int RECORD_BYTES = 1 << 20;

    /** Records deleted in one commit, whose changes the engine keeps in memory. */
    static final int SWEEP_RECORDS = 1 << 13;

    /** Commits that the data file need not be synced for. */
    static final long JOURNAL_BYTES = 8 << 20;

    static final String DATA_FILE = "log.mapdb";
    private static final int CONCURRENCY_SHIFT = 3;
    private static final int SPACE_BYTES = 1 << 20;
    private static final String MAP = "log";
    private static final int NODE_KEYS = 32;
    private static final long RANGE_KEY = 0;

    private final Disk disk;
    private final String file;
    private final LogStoreGuard guard;
    private final SyncMeter meter;
    private final JournaledFile data;
    private final DB db;
    private final ConcurrentNavigableMap<Long, byte[]> map;
    private final RecentBatches recent = new RecentBatches();
    private final LogRange range;

    /** Write lock: to close. Read lock: to read, so that the engine is not closed under a reader. */
    private final ReadWriteLock closeLock = new ReentrantReadWriteLock();

    /** Held while truncating; readers take it only when they miss an entry. */
    private final Lock truncation = new ReentrantLock();

    /** Written by the mutating thread, read by all. */
    private volatile long liveBytes;

    /**
     * Opens the log in a directory; an empty directory holds an empty log that begins at 1. Takes no lock: see
     * {@code LogDirectory}.
     *
     * @throws LogException {@link Kind#DAMAGED}, {@link Kind#NEWER_FORMAT} or {@link Kind#IO}, naming the file
     */
    public static MapDbLogStore open(Path directory, LogOptions options) {
        return open(new NioDisk(directory), options, JOURNAL_BYTES);
    }

    /** @param journalBytes size of the journal, if it is made now */
    static MapDbLogStore open(Disk disk, LogOptions options, long journalBytes) {
        SyncMeter meter = new SyncMeter();
        JournaledFile data;
        try {
            data = new JournaledFile(disk, DATA_FILE, meter, journalBytes);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't open " + disk.describe(DATA_FILE) + ": " + e, e);
        }
        boolean opened = false;
        try {
            MapDbLogStore store = new MapDbLogStore(disk, data, meter, options);
            opened = true;
            return store;
        } catch (DBException e) {
            throw damaged(disk.describe(DATA_FILE), e.toString());
        } finally {
            if (!opened) {
                closeQuietly(data);
            }
        }
    }

    private MapDbLogStore(Disk disk, JournaledFile data, SyncMeter meter, LogOptions options) {
        this.disk = disk;
        this.file = disk.describe(DATA_FILE);
        this.data = data;
        this.meter = meter;
        this.guard = new LogStoreGuard(file, options.entryBytesMax());
        boolean isNew = data.length() == 0;
        this.db = new DB(
                StoreDirect.Companion.make(
                        DATA_FILE,
                        JournaledVolume.factory(data),
                        0, // no lock: the directory's is ours
                        false,
                        true,
                        CONCURRENCY_SHIFT,
                        SPACE_BYTES,
                        0,
                        false,
                        false,
                        false,
                        true,
                        false),
                !isNew,
                true,
                MapDbLogStore.class.getClassLoader(),
                0);
        this.map = db.treeMap(MAP, Serializer.LONG, Serializer.BYTE_ARRAY)
                .valuesOutsideNodesEnable()
                .maxNodeSize(NODE_KEYS)
                .createOrOpen();
        this.range = load();
    }

    private static void closeQuietly(JournaledFile data) {
        try {
            data.close();
        } catch (IOException e) {
            // The reason why the log did not open is what the caller must see.
            LOG.debug("closing a log that did not open: {}", e.toString());
        }
    }

    private LogRange load() {
        byte[] record = map.get(RANGE_KEY);
        if (record == null) {
            if (!map.isEmpty()) {
                throw damaged(file, "its range record (key 0) is missing");
            }
            commit("making the log", () -> putRange(RangeRecord.of(false, 1, 1)));
            return new LogRange(1, 1);
        }
        ByteBuffer bytes = ByteBuffer.wrap(record);
        if (!RangeRecord.isWhole(bytes)) {
            throw damaged(file, "its range record (key 0) does not match its checksum");
        }
        RangeRecord known = RangeRecord.get(bytes);
        if (known.format() > RangeRecord.FORMAT) {
            throw new LogException(
                    Kind.NEWER_FORMAT,
                    file + " has format " + known.format() + "; this build reads up to " + RangeRecord.FORMAT
                            + ": run the build that wrote it, or a newer one");
        }
        if (known.sweeping()) {
            sweep(known.firstIndex(), known.nextIndex());
        }
        Map.Entry<Long, byte[]> last = map.lastEntry();
        long next = known.nextIndex();
        if (last.getKey() > RANGE_KEY) {
            int count = BatchCodec.count(last.getValue());
            if (count < 0) {
                throw damaged(file, "the batch of entry " + last.getKey() + " is torn");
            }
            next = Math.max(next, last.getKey() + count);
        }
        liveBytes = countLiveBytes(known.firstIndex(), next);
        return new LogRange(known.firstIndex(), next);
    }

    private long countLiveBytes(long first, long next) {
        long bytes = 0;
        for (Map.Entry<Long, byte[]> entry : map.tailMap(RANGE_KEY, false).entrySet()) {
            byte[] batch = entry.getValue();
            long base = entry.getKey();
            long end = Math.min(next, base + BatchCodec.count(batch));
            long begin = Math.max(first, base);
            if (begin < end) {
                bytes += BatchCodec.offset(batch, (int) (end - base))
                        - BatchCodec.offset(batch, (int) (begin - base))
                        - (end - begin) * BatchCodec.HEADER_BYTES;
            }
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
        Lock lock = closeLock.readLock();
        lock.lock();
        try {
            while (true) {
                guard.checkOpen();
                int seen = range.changes();
                guard.checkIndex(index, range.first(), range.next());
                LogEntry entry = find(index, seen);
                if (entry != null) {
                    return entry;
                }
                if (range.changes() == seen && !isFoundUnderLock(index)) {
                    throw damaged(file, "entry " + index + " is gone or does not match its checksum");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The tree reads a node and then the record that it points to: a truncation between the two makes an entry seem lost.
     * So nothing is lost unless it is missing while nobody truncates.
     */
    private boolean isFoundUnderLock(long index) {
        truncation.lock();
        try {
            return index < range.first() || index >= range.next() || find(index, range.changes()) != null;
        } finally {
            truncation.unlock();
        }
    }

    private @Nullable LogEntry find(long index, int changes) {
        Batch batch = recent.find(index, changes);
        if (batch == null) {
            batch = fetch(index, changes);
            if (batch == null) {
                return null;
            }
            recent.read(batch);
        }
        return BatchCodec.entry(batch.bytes, index, (int) (index - batch.base));
    }

    private @Nullable Batch fetch(long index, int changes) {
        try {
            Map.Entry<Long, byte[]> found = map.floorEntry(index);
            if (found == null || found.getKey() == RANGE_KEY || found.getValue() == null) {
                return null;
            }
            Batch batch = new Batch(found.getKey(), found.getValue(), BatchCodec.count(found.getValue()), changes);
            return batch.holds(index) ? batch : null;
        } catch (DBException e) {
            LOG.debug("entry {} of {} can't be read", index, file, e);
            return null;
        }
    }

    @Override
    public void append(List<LogEntry> entries) {
        guard.checkWritable();
        guard.checkBatch(entries, range.next());
        if (entries.isEmpty()) {
            return;
        }
        long[] bytes = {0};
        commit("append of entries from " + range.next() + " on", () -> bytes[0] = put(entries));
        meter.proposed(bytes[0]);
        addLiveBytes(bytes[0]);
        range.extendTo(entries.get(entries.size() - 1).index() + 1);
    }

    /** Bytes of data. */
    private long put(List<LogEntry> entries) {
        long total = 0;
        int from = 0;
        int bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            int more = entries.get(i).bytes();
            total += more;
            if (bytes > 0 && (long) bytes + BatchCodec.HEADER_BYTES + more > RECORD_BYTES) {
                putRecord(entries.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += BatchCodec.HEADER_BYTES + more;
        }
        putRecord(entries.subList(from, entries.size()));
        return total;
    }

    private void putRecord(List<LogEntry> run) {
        long base = run.get(0).index();
        byte[] bytes = BatchCodec.encode(run);
        map.put(base, bytes);
        recent.appended(new Batch(base, bytes, run.size(), 0));
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
            shrink(firstKept, range.next());
        }
    }

    @Override
    public void truncateSuffix(long nextKept) {
        guard.checkWritable();
        guard.checkNextKept(nextKept, range.first());
        if (nextKept < range.next()) {
            shrink(range.first(), nextKept);
        }
    }

    @Override
    public void reset(long next) {
        guard.checkWritable();
        guard.checkReset(next);
        shrink(next, next);
    }

    /** Shows readers the other range, then makes it so. */
    private void shrink(long first, long next) {
        long firstBefore = range.first();
        long nextBefore = range.next();
        boolean done = false;
        truncation.lock();
        range.show(first, next);
        recent.clear();
        try {
            sweep(first, next);
            liveBytes = countLiveBytes(first, next);
            done = true;
        } finally {
            if (!done) {
                range.show(firstBefore, nextBefore);
            }
            truncation.unlock();
        }
    }

    /** Writes the range, and deletes what lies outside of it in commits of bounded size. */
    private void sweep(long first, long next) {
        boolean[] more = {true};
        while (more[0]) {
            commit("truncation to [" + first + ", " + next + ")", () -> {
                more[0] = deleteOutside(first, next);
                putRange(RangeRecord.of(more[0], first, next));
            });
        }
    }

    /** True when some are left. */
    private boolean deleteOutside(long first, long next) {
        int left = SWEEP_RECORDS;
        while (true) {
            Long last = map.lastKey();
            if (last <= RANGE_KEY || last < next) {
                break;
            }
            if (left-- == 0) {
                return true;
            }
            map.remove(last);
        }
        cutLast(next);
        while (true) {
            Long base = map.higherKey(RANGE_KEY);
            Long after = base == null ? null : map.higherKey(base);
            boolean before = base != null && (after == null ? first == next : after <= first);
            if (base == null || !before) {
                return false;
            }
            if (left-- == 0) {
                return true;
            }
            map.remove(base);
        }
    }

    /** Cuts the last batch where the range ends. */
    private void cutLast(long next) {
        Map.Entry<Long, byte[]> last = map.lastEntry();
        if (last == null || last.getKey() <= RANGE_KEY) {
            return;
        }
        byte[] batch = last.getValue();
        int kept = (int) Math.min(next - last.getKey(), Integer.MAX_VALUE);
        if (kept < BatchCodec.count(batch)) {
            map.put(last.getKey(), Arrays.copyOf(batch, BatchCodec.offset(batch, kept)));
        }
    }

    private void putRange(RangeRecord record) {
        byte[] bytes = new byte[RangeRecord.BYTES];
        record.put(ByteBuffer.wrap(bytes));
        map.put(RANGE_KEY, bytes);
    }

    private void commit(String what, Runnable change) {
        boolean changed = false;
        try {
            change.run();
            db.commit(); // the engine's header, with its checksum
            changed = true;
            data.commit();
        } catch (IOException | RuntimeException | Error e) {
            if (!changed) {
                forgetChanges();
            }
            throw guard.fail(what, e);
        }
    }

    /** Readers must not find half a change. */
    private void forgetChanges() {
        try {
            data.forgetChanges();
        } catch (IOException e) {
            LOG.debug(
                    "can't go back to the last commit of {}: {}",
                    file,
                    e.toString()); // why the change failed is what counts
        }
    }

    private static LogException damaged(String file, String what) {
        return new LogException(
                Kind.DAMAGED,
                file + " is damaged: " + what
                        + " (the engine hides the offset); restore the log directory from a copy, or"
                        + " move it aside and let this server catch up from its peers");
    }

    /** Walks the free lists: milliseconds after a burst. */
    @Override
    public LogStats stats() {
        guard.checkOpen();
        long first = range.first();
        try {
            FreeLists free = FreeLists.read(data::read);
            return meter.stats(
                    Math.max(0, range.next() - first),
                    liveBytes,
                    disk.size(DATA_FILE) + disk.size(Journal.FILE),
                    free.freeBytes(),
                    free.entries(),
                    free.listBytes());
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't read the free lists of " + file + ": " + e, e);
        }
    }

    @Override
    public LatencyHistogram syncLatency() {
        guard.checkOpen();
        return meter.syncLatency();
    }

    @Override
    public void close() {
        Lock lock = closeLock.writeLock();
        lock.lock();
        try {
            if (guard.close()) {
                db.close();
                data.close();
            }
        } catch (IOException e) {
            throw new LogException(Kind.IO, "closing " + file + " failed: " + e, e);
        } finally {
            lock.unlock();
        }
    }
}
