package dev.coord.wal.mapdb;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import dev.coord.wal.disk.SequenceMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A journal read from its start, without a write: its whole records go to whoever wants them.
 *
 * <p>A record counts if it is whole and its sequence follows: records of earlier rounds, which lie behind it, never do. A
 * torn one was not acknowledged. If one is missing that was, because the mark says so or a later one is there, the
 * journal is damaged.
 */
final class JournalScan {

    /** What to do with a block that the data file may not hold. */
    interface Replay {
        void block(long number, ByteBuffer bytes) throws IOException;
    }

    /**
     * What is wrong.
     *
     * @param offset in the journal
     */
    record Damage(long offset, String what) {

        LogException exception(Disk disk) {
            return new LogException(
                    Kind.DAMAGED,
                    disk.describe(Journal.FILE) + " is damaged at offset " + offset + ": " + what + LogDamage.ADVICE);
        }
    }

    private final Disk disk;
    private final DiskFile file;
    private final long size;
    private final boolean marked;
    private boolean begun;
    private long sequence;
    private long end = Journal.FIRST_RECORD;
    private @Nullable Damage damage;

    private JournalScan(Disk disk, DiskFile file) throws IOException {
        this.disk = disk;
        this.file = file;
        this.size = file.size();
        this.marked = disk.list().contains(SequenceMark.FILE);
    }

    /** @throws LogException {@link Kind#NEWER_FORMAT} */
    static JournalScan of(Disk disk, DiskFile file, Replay replay) throws IOException {
        JournalScan scan = new JournalScan(disk, file);
        scan.damage = scan.run(replay);
        return scan;
    }

    /** False if the journal was being made when a crash came: it holds nothing then. */
    boolean begun() {
        return begun;
    }

    /** True if there is a mark of what was acknowledged. */
    boolean marked() {
        return marked;
    }

    /** Of the last record. */
    long sequence() {
        return sequence;
    }

    /** Where the next record goes. */
    long end() {
        return end;
    }

    /** Null if none; else what comes before it has been handed out. */
    @Nullable
    Damage damage() {
        return damage;
    }

    private @Nullable Damage run(Replay replay) throws IOException {
        ByteBuffer header = load(0, JournalCodec.BLOCK_BYTES);
        SequenceMark.Mark mark = SequenceMark.read(disk);
        long acknowledged = mark == null ? 0 : mark.sequence();
        if (!JournalCodec.isHeader(header)) {
            return acknowledged == 0 ? null : new Damage(0, "not a journal");
        }
        if (JournalCodec.format(header) > JournalCodec.FORMAT) {
            throw new LogException(
                    Kind.NEWER_FORMAT,
                    disk.describe(Journal.FILE) + " has format " + JournalCodec.format(header)
                            + "; this build reads up to " + JournalCodec.FORMAT
                            + ": run the build that wrote it, or a newer one");
        }
        if (!JournalCodec.isWholeHeader(header)) {
            return new Damage(0, "its header does not match its checksum");
        }
        begun = true;
        sequence = JournalCodec.sequenceOfHeader(header);
        while (replayNext(replay)) {
            sequence++;
        }
        if (sequence < acknowledged) {
            return new Damage(
                    end,
                    "commit " + (sequence + 1) + " does not match its checksum or is gone, but commits up to "
                            + acknowledged + " were acknowledged");
        }
        return hasLater()
                ? new Damage(
                        end,
                        "commit " + (sequence + 1)
                                + " does not match its checksum, but a later one was written after it"
                                + " had been acknowledged")
                : null;
    }

    private boolean replayNext(Replay replay) throws IOException {
        ByteBuffer record = load(end, JournalCodec.BLOCK_BYTES);
        if (!JournalCodec.isRecord(record, 0, sequence + 1)) {
            return false;
        }
        int blocks = JournalCodec.blocks(record, 0);
        if (blocks < 0 || JournalCodec.recordBytes(blocks) > size - end + JournalCodec.BLOCK_BYTES) {
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
    private boolean hasLater() throws IOException {
        for (long at = end; at < size; at += JournalCodec.BLOCK_BYTES) {
            if (JournalCodec.isLater(load(at, JournalCodec.BLOCK_BYTES), 0, sequence + 1)) {
                return true;
            }
        }
        return false;
    }

    private ByteBuffer load(long position, int bytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.read(into, position);
        return into.flip();
    }
}
