package dev.coord.wal.mapdb;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogReader;
import dev.coord.wal.LogStats;
import dev.coord.wal.PageLogStore;
import dev.coord.wal.RangeRecord;
import dev.coord.wal.SyncMeter;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.NioDisk;
import dev.coord.wal.disk.SequenceMark;
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
public final class MapDbLogStore extends PageLogStore {

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

    private final Disk disk;
    private final JournaledFile data;
    private final DB db;
    private final ConcurrentNavigableMap<Long, byte[]> map;
    private final RecentBatches recent = new RecentBatches();

    /** Write lock: to close. Read lock: to read, so that the engine is not closed under a reader. */
    private final ReadWriteLock closeLock = new ReentrantReadWriteLock();

    /** Held while truncating; readers take it only when they miss an entry. */
    private final Lock truncation = new ReentrantLock();

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
        LogReader reader = new MapDbLogReader(disk);
        String file = disk.describe(DATA_FILE);
        SyncMeter meter = new SyncMeter();
        JournaledFile data;
        try {
            data = new JournaledFile(disk, DATA_FILE, meter, journalBytes);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't open " + file + ": " + e, e);
        }
        boolean opened = false;
        try {
            MapDbLogStore store = new MapDbLogStore(disk, data, meter, options, reader);
            opened = true;
            return store;
        } catch (LogException e) {
            throw e;
        } catch (DBException.VolumeIOError e) {
            throw new LogException(Kind.IO, "can't read " + file + ": " + e.getCause(), e);
        } catch (RuntimeException | StackOverflowError | AssertionError e) {
            // The engine trusts its pages: whatever it stumbles over, it is these.
            throw damaged(file, reader, 0, e.toString());
        } finally {
            if (!opened) {
                closeQuietly(data);
            }
        }
    }

    private MapDbLogStore(Disk disk, JournaledFile data, SyncMeter meter, LogOptions options, LogReader reader) {
        super(disk.describe(DATA_FILE), options, meter, reader);
        this.disk = disk;
        this.data = data;
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
        load(isNew);
    }

    private static void closeQuietly(JournaledFile data) {
        try {
            data.close();
        } catch (IOException e) {
            // The reason why the log did not open is what the caller must see.
            LOG.debug("closing a log that did not open: {}", e.toString());
        }
    }

    private void load(boolean isNew) {
        byte[] record = map.get(RANGE_KEY);
        RangeRecord known = rangeRecord(record == null ? null : ByteBuffer.wrap(record), !isNew);
        if (known == null) {
            known = RangeRecord.of(false, 1, 1);
            RangeRecord fresh = known;
            commit("making the log", 1, () -> putRange(fresh));
        }
        begin(known, end());
        checkMark();
    }

    /** One past the last entry. */
    private long end() {
        Map.Entry<Long, byte[]> last = map.lastEntry();
        if (last.getKey() == RANGE_KEY) {
            return 1;
        }
        int count = BatchCodec.count(last.getValue());
        if (count < 0) {
            throw damaged(last.getKey(), "the batch of entry " + last.getKey() + " is torn");
        }
        return last.getKey() + count;
    }

    /** The tree may have lost its end without a trace, but for the mark. */
    private void checkMark() {
        SequenceMark.Mark mark;
        try {
            mark = SequenceMark.read(disk);
            if (mark == null) {
                data.mark(range.next());
            }
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't read " + disk.describe(SequenceMark.FILE) + ": " + e, e);
        }
        if (mark != null && mark.sequence() == data.sequence() && mark.nextIndex() != range.next()) {
            throw damaged(
                    range.next(),
                    "it holds entries up to " + (range.next() - 1) + ", but those up to " + (mark.nextIndex() - 1)
                            + " were acknowledged");
        }
    }

    /** Demands that the batches follow one another. */
    @Override
    protected long dataBytes(long first, long next) {
        long bytes = 0;
        long expected = first;
        for (Map.Entry<Long, byte[]> entry : map.tailMap(RANGE_KEY, false).entrySet()) {
            byte[] batch = entry.getValue();
            long base = entry.getKey();
            int count = BatchCodec.count(batch);
            if (count < 0 || (base > expected && base < next)) {
                throw damaged(expected, "the batch of entry " + expected + " is gone or torn");
            }
            long end = Math.min(next, base + count);
            long begin = Math.max(first, base);
            if (begin < end) {
                bytes += BatchCodec.offset(batch, (int) (end - base))
                        - BatchCodec.offset(batch, (int) (begin - base))
                        - (end - begin) * BatchCodec.HEADER_BYTES;
                expected = end;
            }
        }
        if (expected < next) {
            throw damaged(expected, "the batch of entry " + expected + " is gone");
        }
        return bytes;
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
                    throw damaged(index, "entry " + index + " is gone or does not match its checksum");
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
        } catch (DBException | AssertionError e) {
            LOG.debug("entry {} of {} can't be read", index, file, e);
            return null;
        }
    }

    @Override
    protected void write(List<LogEntry> entries) {
        long next = entries.get(entries.size() - 1).index() + 1;
        commit("append of entries from " + range.next() + " on", next, () -> put(entries));
    }

    private void put(List<LogEntry> entries) {
        int from = 0;
        int bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            int more = entries.get(i).bytes();
            if (bytes > 0 && (long) bytes + BatchCodec.HEADER_BYTES + more > RECORD_BYTES) {
                putRecord(entries.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += BatchCodec.HEADER_BYTES + more;
        }
        putRecord(entries.subList(from, entries.size()));
    }

    private void putRecord(List<LogEntry> run) {
        long base = run.get(0).index();
        byte[] bytes = BatchCodec.encode(run);
        map.put(base, bytes);
        recent.appended(new Batch(base, bytes, run.size(), 0));
    }

    @Override
    protected void shrink(long first, long next) {
        truncation.lock();
        try {
            recent.clear();
            super.shrink(first, next);
        } finally {
            truncation.unlock();
        }
    }

    @Override
    protected boolean sweep(long first, long next) {
        boolean[] more = new boolean[1];
        commit("truncation to [" + first + ", " + next + ")", next, () -> {
            more[0] = deleteOutside(first, next);
            putRange(RangeRecord.of(more[0], first, next));
        });
        return more[0];
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

    private void commit(String what, long next, Runnable change) {
        try {
            change.run();
            db.commit(); // the engine's header, with its checksum
            data.commit(next);
        } catch (IOException | RuntimeException | Error e) {
            forgetChanges();
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

    /** Walks the free lists: milliseconds after a burst. */
    @Override
    public LogStats stats() {
        guard.checkOpen();
        try {
            FreeLists free = FreeLists.read(data::read);
            return stats(
                    disk.size(DATA_FILE) + disk.size(Journal.FILE), free.freeBytes(), free.entries(), free.listBytes());
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't read the free lists of " + file + ": " + e, e);
        }
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
