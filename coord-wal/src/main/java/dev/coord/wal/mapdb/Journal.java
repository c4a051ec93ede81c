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
import java.nio.ByteOrder;
import java.util.SortedMap;

/**
 * The commits that the data file need not hold yet: one record each, one write and one sync. The file is filled with
 * zeros when it is made and written from its start again and again, so that a sync need not record a new size.
 *
 * <p>A record counts if it is whole and its sequence follows: records of earlier rounds, which lie behind it, never do. A
 * torn one was not acknowledged. If one is missing that was, because the mark says so or a later one is there, the
 * journal is damaged.
 *
 * <p>Threads: the mutating one.
 */
final class Journal implements Closeable {

    static final String FILE = "log.mapdb.journal";

    private static final int FIRST_RECORD = JournalCodec.BLOCK_BYTES;

    private final Disk disk;
    private final DiskFile file;
    private final SequenceMark mark;
    private final SyncMeter meter;
    private final long capacity;
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    /** True when a header was found. */
    private boolean there;

    /** Of the last record. */
    private long sequence;

    /** Where the next record goes. */
    private long end = FIRST_RECORD;

    /** What to do with a block that the data file may not hold. */
    interface Replay {
        void block(long number, ByteBuffer bytes) throws IOException;
    }

    /**
     * Opens the journal of a directory, made if it is not there, and hands out what is in it. {@link #clear} before the
     * first record is added.
     *
     * @param bytes size to make it with
     * @throws LogException {@link Kind#DAMAGED} or {@link Kind#NEWER_FORMAT}, naming file and offset
     */
    static Journal open(Disk disk, SyncMeter meter, long bytes, Replay replay) throws IOException {
        boolean there = disk.list().contains(FILE);
        if (!there && SequenceMark.read(disk) > 0) {
            throw damaged(disk, 0, "the file is missing, but commits were written to it");
        }
        DiskFile file = there ? disk.open(FILE) : disk.create(FILE);
        boolean ok = false;
        try {
            long size = Math.max(file.size(), bytes);
            Journal journal = new Journal(disk, file, SequenceMark.open(disk), meter, size);
            if (file.size() > 0) {
                journal.read(replay);
            }
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

    private Journal(Disk disk, DiskFile file, SequenceMark mark, SyncMeter meter, long capacity) {
        this.disk = disk;
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

    private void read(Replay replay) throws IOException {
        ByteBuffer header = load(0, JournalCodec.BLOCK_BYTES);
        long acknowledged = SequenceMark.read(disk);
        if (acknowledged == 0 && !JournalCodec.isHeader(header)) {
            return;
        }
        if (!JournalCodec.isHeader(header)) {
            throw damaged(disk, 0, "not a journal");
        }
        if (JournalCodec.format(header) > JournalCodec.FORMAT) {
            throw new LogException(
                    Kind.NEWER_FORMAT,
                    disk.describe(FILE) + " has format " + JournalCodec.format(header) + "; this build reads up to "
                            + JournalCodec.FORMAT + ": run the build that wrote it, or a newer one");
        }
        if (!JournalCodec.isWholeHeader(header)) {
            throw damaged(disk, 0, "its header does not match its checksum");
        }
        there = true;
        sequence = JournalCodec.sequenceOfHeader(header);
        while (replayNext(replay)) {
            sequence++;
        }
        if (sequence < acknowledged) {
            throw damaged(
                    disk,
                    end,
                    "commit " + (sequence + 1) + " does not match its checksum or is gone, but commits up to "
                            + acknowledged + " were acknowledged");
        }
        checkNothingLater();
    }

    private boolean replayNext(Replay replay) throws IOException {
        ByteBuffer record = load(end, JournalCodec.BLOCK_BYTES);
        if (!JournalCodec.isRecord(record, 0, sequence + 1)) {
            return false;
        }
        int blocks = JournalCodec.blocks(record, 0);
        if (blocks < 0 || JournalCodec.recordBytes(blocks) > file.size() - end + JournalCodec.BLOCK_BYTES) {
            return false;
        }
        record = load(end, (int) JournalCodec.recordBytes(blocks));
        if (!JournalCodec.isWhole(record)) {
            return false;
        }
        for (int i = 0; i < blocks; i++) {
            replay.block(JournalCodec.blockNumber(record, i), JournalCodec.block(record, i));
        }
        end += JournalCodec.recordBytes(blocks);
        return true;
    }

    /** A record is written only after the one before was synced: with a later one there, the one that stops us is damaged. */
    private void checkNothingLater() throws IOException {
        for (long at = end; at < file.size(); at += JournalCodec.BLOCK_BYTES) {
            if (JournalCodec.isLater(load(at, JournalCodec.BLOCK_BYTES), 0, sequence + 1)) {
                throw damaged(
                        disk,
                        end,
                        "commit " + (sequence + 1) + " does not match its checksum, but a later one was written"
                                + " after it had been acknowledged");
            }
        }
    }

    private ByteBuffer load(long position, int bytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.read(into, position);
        return into.flip();
    }

    /** True when a record of so many blocks has its place; else {@link #clear} first. One that never has makes the file grow. */
    boolean hasRoomFor(int blocks) {
        return end == FIRST_RECORD || end + JournalCodec.recordBytes(blocks) <= capacity;
    }

    /** Makes a commit durable. */
    void add(SortedMap<Long, byte[]> blocks) throws IOException {
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
        mark.advance(sequence);
    }

    /** The data file holds everything, synced: begins from the start again. */
    void clear() throws IOException {
        file.write(JournalCodec.header(sequence), 0);
        meter.written(JournalCodec.BLOCK_BYTES);
        meter.sync(file::sync);
        end = FIRST_RECORD;
    }

    /** True if it was not made now. */
    boolean wasThere() {
        return there;
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

    private static LogException damaged(Disk disk, long offset, String what) {
        return new LogException(
                Kind.DAMAGED,
                disk.describe(FILE) + " is damaged at offset " + offset + ": " + what
                        + "; restore the log directory from a copy, or move it aside and let this server catch up from"
                        + " its peers");
    }
}
