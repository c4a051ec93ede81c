package dev.coord.wal.mapdb;

import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.SyncMeter;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import dev.coord.wal.disk.SequenceMark;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commits that the data file need not hold yet: one record each, one write and one sync. The file is filled with
 * zeros when it is made and written from its start again and again, so that a sync need not record a new size. {@link
 * JournalScan} says which records count.
 *
 * <p>Threads: the mutating one.
 */
final class Journal implements Closeable {

    static final String FILE = "log.mapdb.journal";

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    static final int FIRST_RECORD = JournalCodec.BLOCK_BYTES;

    private final DiskFile file;
    private final SequenceMark mark;
    private final SyncMeter meter;
    private final long capacity;
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    /** True when a header was found. */
    private boolean begun;

    /** Of the last record. */
    private long sequence;

    /** Where the next record goes. */
    private long end = FIRST_RECORD;

    /**
     * Opens the journal of a directory, made if it is not there, and hands out what is in it. {@link #clear} before the
     * first record is added.
     *
     * @param bytes size to make it with
     * @throws LogException {@link Kind#DAMAGED} or {@link Kind#NEWER_FORMAT}, naming file and offset
     */
    static Journal open(Disk disk, SyncMeter meter, long bytes, JournalScan.Replay replay) throws IOException {
        boolean there = disk.list().contains(FILE);
        JournalScan.Damage missing = there ? null : whyMissing(disk);
        if (missing != null) {
            throw missing.exception(disk);
        }
        DiskFile file = there ? disk.open(FILE) : disk.create(FILE);
        boolean ok = false;
        try {
            long size = Math.max(file.size(), bytes);
            JournalScan scan = JournalScan.of(disk, file, replay);
            if (scan.damage() != null) {
                throw scan.damage().exception(disk);
            }
            if (scan.begun() && !scan.marked()) {
                LOG.warn(
                        "{} is missing: a lost commit can't be told from a crash this once",
                        disk.describe(SequenceMark.FILE));
            }
            Journal journal = new Journal(file, SequenceMark.open(disk), meter, size);
            journal.begun = scan.begun();
            journal.sequence = scan.sequence();
            journal.end = scan.end();
            if (file.size() < size) {
                journal.fill(file.size());
                disk.syncDirectory();
            }
            ok = true;
            return journal;
        } finally {
            if (!ok) {
                file.close();
            }
        }
    }

    /** For a directory without a journal: null if there may be none. */
    static JournalScan.@Nullable Damage whyMissing(Disk disk) throws IOException {
        return SequenceMark.read(disk) != null
                ? new JournalScan.Damage(0, "the file is missing, but commits were written to it")
                : null;
    }

    private Journal(DiskFile file, SequenceMark mark, SyncMeter meter, long capacity) {
        this.file = file;
        this.mark = mark;
        this.meter = meter;
        this.capacity = capacity;
    }

    /** A file that was being made when a crash came holds nothing, and its header is written by {@link #clear}. */
    private void fill(long from) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect(64 << 10);
        for (long at = from; at < capacity; at += zeros.limit()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), capacity - at));
            file.write(zeros, at);
        }
    }

    /** True when a record of so many blocks has its place; else {@link #clear} first. One that never has makes the file grow. */
    boolean hasRoomFor(int blocks) {
        return end == FIRST_RECORD || end + JournalCodec.recordBytes(blocks) <= capacity;
    }

    /**
     * Makes a commit durable.
     *
     * @param nextIndex the log's next index after it
     */
    void add(SortedMap<Long, byte[]> blocks, long nextIndex) throws IOException {
        long bytes = JournalCodec.recordBytes(blocks.size());
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocateDirect(Math.toIntExact(bytes));
        }
        JournalCodec.put(buffer, sequence + 1, blocks);
        meter.written(buffer.limit());
        file.write(buffer, end);
        meter.sync(file::sync);
        sequence++;
        end += bytes;
        mark(nextIndex);
    }

    /** The last commit has been acknowledged. */
    void mark(long nextIndex) throws IOException {
        mark.advance(sequence, nextIndex);
    }

    /** The data file holds everything, synced: begins from the start again. */
    void clear() throws IOException {
        file.write(JournalCodec.header(sequence), 0);
        meter.written(JournalCodec.BLOCK_BYTES);
        meter.sync(file::sync);
        end = FIRST_RECORD;
    }

    /** Of the last commit. */
    long sequence() {
        return sequence;
    }

    /** True if it was not made now. */
    boolean wasThere() {
        return begun;
    }

    boolean isEmpty() {
        return end == FIRST_RECORD;
    }

    @Override
    public void close() throws IOException {
        try (file;
                mark) {
            buffer = ByteBuffer.allocate(0);
        }
    }
}
