package dev.coord.wal.mapdb;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.SyncMeter;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The data file, changed by commits that happen whole or not at all. Changed blocks stay in memory until a commit puts
 * them into the journal with one sync, and then into the file without one; the file is synced when the journal is full.
 *
 * <p>Threads: one writes and commits; any reads, and never waits for a sync.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
final class JournaledFile implements Closeable {

    private static final int BLOCK = JournalCodec.BLOCK_BYTES;

    /** The engine's header and the beginnings of its free lists take 32,832 bytes. */
    private static final int HEAD_BYTES = 33 << 10;

    private final DiskFile file;
    private final Journal journal;
    private final SyncMeter meter;

    /** The engine sums up the head of its file four bytes at a time, in each commit: it is kept in memory as well. */
    private final byte[] head = new byte[HEAD_BYTES];

    /** Blocks that the file does not hold yet, by number. Written by the mutating thread, read by all. */
    private final Map<Long, byte[]> changed = new ConcurrentHashMap<>();

    /** Odd while blocks go from memory: whoever read the file before that and memory after it reads again. */
    private volatile int moves;

    /** Past the last byte, on the disk or in memory; what was never written reads as zeros. */
    private volatile long length;

    /** True from when a commit begins until it is done: if it fails, only the journal knows the truth. */
    private boolean unsettled;

    /** True from when the journal has a commit until the file has it, too. */
    private boolean journaled;

    private boolean closed;

    /** @param journalBytes size of the journal, if it is made now */
    JournaledFile(Disk disk, String name, SyncMeter meter, long journalBytes) throws IOException {
        this.meter = meter;
        boolean there = disk.list().contains(name);
        this.file = there ? disk.open(name) : disk.create(name);
        boolean ok = false;
        try {
            this.journal =
                    Journal.open(disk, meter, journalBytes, (number, bytes) -> file.write(bytes, number * BLOCK));
            if (!there && journal.wasThere()) {
                throw new LogException(
                        Kind.DAMAGED,
                        disk.describe(name) + " is missing (offset 0), but its journal is there" + LogDamage.ADVICE);
            }
            // What the journal or the cache shows may not be on the disk: nothing is built upon it before it is.
            disk.syncDirectory();
            checkpoint();
            ok = true;
        } finally {
            if (!ok) {
                file.close();
            }
        }
        this.length = file.size();
        loadHead();
    }

    private void loadHead() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(head);
        file.read(bytes, 0);
        Arrays.fill(head, bytes.position(), HEAD_BYTES, (byte) 0);
    }

    long length() {
        return length;
    }

    /** What lies behind the old end reads as zeros. */
    void growTo(long bytes) {
        length = Math.max(length, bytes);
    }

    /** Reads so many bytes; those past the end are zeros. */
    void read(long position, byte[] into, int at, int bytes) throws IOException {
        if (position + bytes <= HEAD_BYTES) {
            System.arraycopy(head, (int) position, into, at, bytes);
            return;
        }
        while (true) {
            int seen = moves;
            ByteBuffer buffer = ByteBuffer.wrap(into, at, bytes);
            file.read(buffer, position);
            while (buffer.hasRemaining()) {
                buffer.put((byte) 0);
            }
            if (!changed.isEmpty()) {
                overlay(position, into, at, bytes);
            }
            if (moves == seen && seen % 2 == 0) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    private void overlay(long position, byte[] into, int at, int bytes) {
        for (long number = position / BLOCK; number * BLOCK < position + bytes; number++) {
            byte[] block = changed.get(number);
            if (block != null) {
                long from = Math.max(position, number * BLOCK);
                long to = Math.min(position + bytes, (number + 1) * BLOCK);
                System.arraycopy(
                        block, (int) (from - number * BLOCK), into, at + (int) (from - position), (int) (to - from));
            }
        }
    }

    void write(long position, byte[] from, int at, int bytes) throws IOException {
        if (position < HEAD_BYTES) {
            System.arraycopy(from, at, head, (int) position, (int) Math.min(bytes, HEAD_BYTES - position));
        }
        for (int done = 0; done < bytes; ) {
            long number = (position + done) / BLOCK;
            int within = (int) (position + done - number * BLOCK);
            int here = Math.min(bytes - done, BLOCK - within);
            byte[] block = changed.get(number);
            if (block == null) {
                block = new byte[BLOCK];
                if (here < BLOCK) {
                    file.read(ByteBuffer.wrap(block), number * BLOCK);
                }
                System.arraycopy(from, at + done, block, within, here);
                changed.put(number, block);
            } else {
                System.arraycopy(from, at + done, block, within, here);
            }
            done += here;
        }
        growTo(position + bytes);
    }

    /** Of the last commit. */
    long sequence() {
        return journal.sequence();
    }

    /** Notes the end of a log that has no mark of it yet. */
    void mark(long nextIndex) throws IOException {
        journal.mark(nextIndex);
    }

    /**
     * Makes what was written since the last commit durable.
     *
     * @param nextIndex the log's next index after it
     */
    void commit(long nextIndex) throws IOException {
        NavigableMap<Long, byte[]> blocks = new TreeMap<>(changed);
        if (blocks.isEmpty()) {
            return;
        }
        unsettled = true;
        if (!journal.hasRoomFor(blocks.size())) {
            checkpoint();
        }
        journal.add(blocks, nextIndex);
        journaled = true;
        apply(blocks);
        clearChanged();
        journaled = false;
        unsettled = false;
    }

    /** Neighbouring blocks go in one write. */
    private void apply(NavigableMap<Long, byte[]> blocks) throws IOException {
        ByteBuffer run = ByteBuffer.allocate(Math.min(blocks.size(), 1 << 10) * BLOCK);
        long begin = blocks.firstKey();
        for (Map.Entry<Long, byte[]> block : blocks.entrySet()) {
            if (!run.hasRemaining() || block.getKey() != begin + run.position() / BLOCK) {
                flush(run, begin);
                begin = block.getKey();
            }
            run.put(block.getValue());
        }
        flush(run, begin);
    }

    private void flush(ByteBuffer run, long block) throws IOException {
        run.flip();
        meter.written(run.limit());
        file.write(run, block * BLOCK);
        run.clear();
    }

    private void clearChanged() {
        moves++;
        changed.clear();
        moves++;
    }

    /** Forgets what was written since the last commit; what the journal has already stays, for it will be there again. */
    void forgetChanges() throws IOException {
        if (!journaled) {
            clearChanged();
            loadHead();
        }
    }

    private void checkpoint() throws IOException {
        meter.sync(file::sync);
        journal.clear();
    }

    /** Forgets what was not committed; the data file then holds all that was. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (file;
                journal) {
            if (!unsettled && !journal.isEmpty()) {
                checkpoint();
            }
        }
    }
}
