package dev.coord.wal;

import java.util.List;

/**
 * A durable, gap-free range of entries {@code [firstIndex, nextIndex)}.
 *
 * <p><b>Durability.</b> When a mutation returns, its effect survives a crash of the process and of the machine. After a
 * crash in the middle of {@link #append} a prefix of the batch may remain, never a gap and never an altered entry. Does
 * not promise that a mutation that never returned had no effect.
 *
 * <p><b>Failure.</b> A mutation that throws {@link LogException} leaves the store failed: every later mutation throws
 * until the store is opened anew, which shows what really is on disk. Reads keep working where they can. A damaged entry
 * is an exception that names file and offset, never null and never other bytes. Wrong arguments throw {@link
 * IllegalArgumentException} or {@link IndexOutOfBoundsException}, change nothing and do not fail the store.
 *
 * <p><b>Threads.</b> Callers serialise mutations. Any number of readers run beside them and never wait for a sync; a
 * reader sees an entry once the append of it has returned, and may see it earlier.
 *
 * <p><b>Ownership.</b> The store does not keep the buffers given to it after a call returns. Buffers it gives out are
 * read-only and stay valid and unchanged until the store is closed, even when the entry is truncated away.
 */
public interface LogStore extends AutoCloseable {

    /** Index of the oldest entry; equal to {@link #nextIndex()} when there is none. */
    long firstIndex();

    /** Index that the next appended entry must have: one past the newest. An emptied log keeps its position. */
    long nextIndex();

    /** True when there is no entry. */
    default boolean isEmpty() {
        return firstIndex() == nextIndex();
    }

    /**
     * The entry at an index.
     *
     * @throws IndexOutOfBoundsException if the index is not within {@code [firstIndex, nextIndex)}
     * @throws LogException if it can't be read or does not match its checksum
     */
    LogEntry read(long index);

    /**
     * The term of the entry at an index; cheaper than {@link #read} where the backend can make it so.
     *
     * @throws IndexOutOfBoundsException if the index is not within {@code [firstIndex, nextIndex)}
     * @throws LogException if it can't be read or does not match its checksum
     */
    default long term(long index) {
        return read(index).term();
    }

    /**
     * Appends a batch with one sync. An empty batch does nothing.
     *
     * @param entries in index order without gaps, the first at {@link #nextIndex()}
     * @throws IllegalArgumentException if the indexes are not these or an entry is larger than {@link #entryBytesMax()}
     * @throws LogException if it could not be made durable
     */
    void append(List<LogEntry> entries);

    /**
     * Forgets the entries before an index. Their space may be given back later.
     *
     * @param firstKept within {@code [firstIndex, nextIndex]}; smaller ones do nothing
     * @throws IllegalArgumentException if larger than {@link #nextIndex()}
     * @throws LogException if it could not be made durable
     */
    void truncatePrefix(long firstKept);

    /**
     * Forgets the entries from an index on, so that others can be appended there.
     *
     * @param nextKept within {@code [firstIndex, nextIndex]}: the new {@link #nextIndex()}; larger ones do nothing
     * @throws IllegalArgumentException if smaller than {@link #firstIndex()}
     * @throws LogException if it could not be made durable
     */
    void truncateSuffix(long nextKept);

    /**
     * Forgets every entry and goes on from an index, in one step: after a crash either all or nothing has happened.
     *
     * @param nextIndex at least 1: the new {@link #firstIndex()} and {@link #nextIndex()}
     * @throws LogException if it could not be made durable
     */
    void reset(long nextIndex);

    /** The largest entry accepted, in bytes of data. */
    int entryBytesMax();

    /** What the store holds and has written so far. Callable from any thread; a moment's picture. */
    LogStats stats();

    /**
     * How long each sync since open took, whatever it was for. Callable from any thread, never waits and touches no
     * disk, so it may be asked often; ask twice and take {@link LatencyHistogram#since} for what lay between.
     */
    LatencyHistogram syncLatency();

    /** Gives back files and memory. A second call does nothing. After it every other call throws {@link LogException}. */
    @Override
    void close();
}
