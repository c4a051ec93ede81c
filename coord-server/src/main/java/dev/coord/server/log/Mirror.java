package dev.coord.server.log;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Makes one store hold what another one holds, while entries go into that one, and reads back whether it does.
 *
 * <p>Where the log is cut and written anew, the copy may have entries that are no longer in the log. So whoever cuts the log
 * says where, after the cut and before the next append; the copy is cut there before anything more is copied. An entry that
 * was read before the cut and written after it lies beyond it, so it goes, too.
 *
 * <p>Threads: one copies and compares, and alone writes {@code target}. {@link #changed} comes from the thread that changes
 * the source. Figures may be read by any.
 */
final class Mirror {

    /** What is read and appended in one step. */
    static final int STEP_BYTES = 128 << 10;

    private static final int STEP_ENTRIES = 1_024;
    /** Comparing writes nothing, so it may take longer steps than copying: it must be able to catch up. */
    private static final int COMPARE_STEPS = 8;

    private final LogStore source;
    private final LogStore target;

    /** The least index that the source was cut at since this was looked at last. */
    private final AtomicLong cut = new AtomicLong(Long.MAX_VALUE);

    /** The copying thread while it waits; woken by whoever changes the source. */
    private volatile @Nullable Thread waiter;

    // Written by the copying thread.

    private volatile long first;
    private volatile long copiedNext;
    private volatile long comparedFirst;
    private volatile long comparedNext;
    private volatile int sourceChecksum;
    private volatile int targetChecksum;
    private final RunningChecksum sourceSum = new RunningChecksum();
    private final RunningChecksum targetSum = new RunningChecksum();

    /** @param target empty and owned by the caller, as the source is */
    Mirror(LogStore source, LogStore target) {
        this.source = source;
        this.target = target;
        startOver();
    }

    private void startOver() {
        target.reset(Math.max(1, source.firstIndex()));
        first = target.firstIndex();
        copiedNext = first;
        compareFrom(first);
    }

    private void compareFrom(long index) {
        comparedFirst = index;
        comparedNext = index;
        sourceSum.restart();
        targetSum.restart();
        sourceChecksum = 0;
        targetChecksum = 0;
    }

    /** The source has changed: entries from {@code cutAt} on are others than before; the greatest long: more have come. */
    void changed(long cutAt) {
        if (cutAt != Long.MAX_VALUE) {
            cut.accumulateAndGet(cutAt, Math::min);
        }
        Thread waiting = waiter;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /** Waits until there is more in the source, or for a while; may return early. */
    void awaitMore(long nanosMax) {
        waiter = Thread.currentThread();
        if (lag() == 0 && cut.get() == Long.MAX_VALUE) {
            LockSupport.parkNanos(nanosMax);
        }
        waiter = null;
    }

    /** Copies a step; gives the bytes written, 0 when there was nothing to copy. */
    long copy() {
        align();
        List<LogEntry> batch = new ArrayList<>();
        long bytes = 0;
        for (long index = copiedNext; bytes < STEP_BYTES && batch.size() < STEP_ENTRIES; index++) {
            LogEntry entry = readIfThere(source, index);
            if (entry == null) {
                break;
            }
            batch.add(entry);
            bytes += Math.max(1, entry.bytes());
        }
        if (!batch.isEmpty()) {
            target.append(batch);
            copiedNext = target.nextIndex();
        }
        return bytes;
    }

    /** Makes the copy begin where the source begins, and end where it was cut. */
    private void align() {
        long cutAt = cut.getAndSet(Long.MAX_VALUE);
        long sourceFirst = source.firstIndex();
        long kept = Math.min(copiedNext, cutAt);
        if (cutAt <= first || sourceFirst > kept) {
            startOver();
            return;
        }
        if (kept < copiedNext) {
            target.truncateSuffix(kept);
            copiedNext = kept;
            if (kept < comparedNext) {
                compareFrom(kept);
            }
        }
        if (sourceFirst > first) {
            target.truncatePrefix(sourceFirst);
            first = sourceFirst;
            if (sourceFirst > comparedNext) {
                compareFrom(sourceFirst);
            }
        }
    }

    private static @Nullable LogEntry readIfThere(LogStore store, long index) {
        try {
            return index < store.nextIndex() ? store.read(index) : null;
        } catch (IndexOutOfBoundsException e) {
            return null; // truncated meanwhile; the next step looks anew
        }
    }

    /**
     * Reads a step of what was copied back and compares it; gives the bytes read, 0 when all was compared.
     *
     * @throws DifferentException at the first entry that differs
     */
    long compare() {
        long bytes = 0;
        long index = comparedNext;
        while (index < copiedNext && bytes < COMPARE_STEPS * STEP_BYTES) {
            LogEntry expected = readIfThere(source, index);
            if (expected == null) {
                break;
            }
            LogEntry found = target.read(index);
            if (cut.get() <= index) {
                break; // cut between the two looks: they need not agree
            }
            sourceSum.add(expected);
            targetSum.add(found);
            if (sourceSum.value() != targetSum.value()) {
                throw new DifferentException(
                        index,
                        "entry " + index + " differs: the log has term " + expected.term() + " and " + expected.bytes()
                                + " bytes, the one beside it term " + found.term() + " and " + found.bytes()
                                + " bytes; running checksums from entry " + comparedFirst + " on: "
                                + Integer.toHexString(sourceSum.value()) + " and "
                                + Integer.toHexString(targetSum.value()));
            }
            bytes += Math.max(1, expected.bytes());
            index++;
        }
        comparedNext = index;
        sourceChecksum = sourceSum.value();
        targetChecksum = targetSum.value();
        return bytes;
    }

    /** Entries in the source that are not copied yet. */
    long lag() {
        return Math.max(0, source.nextIndex() - copiedNext);
    }

    /** Entries copied and not compared yet. */
    long uncompared() {
        return Math.max(0, copiedNext - comparedNext);
    }

    /**
     * Copies and compares the rest, while nobody changes the source.
     *
     * @return false if there is more left than entriesMax
     * @throws DifferentException if the two do not hold the same
     */
    boolean complete(long entriesMax) {
        if (lag() + uncompared() > entriesMax) {
            return false;
        }
        do {
            copy();
        } while (lag() > 0);
        while (uncompared() > 0) {
            if (compare() == 0) {
                throw new IllegalStateException("entry " + comparedNext + " can't be compared");
            }
        }
        if (source.firstIndex() != target.firstIndex() || source.nextIndex() != target.nextIndex()) {
            throw new DifferentException(
                    comparedNext,
                    "the log holds [" + source.firstIndex() + ", " + source.nextIndex() + "), the one beside it ["
                            + target.firstIndex() + ", " + target.nextIndex() + ")");
        }
        return true;
    }

    /** Where the copy begins. */
    long first() {
        return first;
    }

    long copiedNext() {
        return copiedNext;
    }

    /** Where the running checksums begin. */
    long comparedFirst() {
        return comparedFirst;
    }

    long comparedNext() {
        return comparedNext;
    }

    /** Over the entries [comparedFirst, comparedNext) of the log. */
    int sourceChecksum() {
        return sourceChecksum;
    }

    /** The same of the copy. */
    int targetChecksum() {
        return targetChecksum;
    }
}
