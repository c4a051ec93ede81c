package dev.coord.wal.maintenance;

import dev.coord.wal.LogEntry;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** A checksum of each entry of a log, to compare it with another: eight bytes an entry. For one thread. */
final class EntrySums {

    private static final long NONE = 0;

    private final CRC32C crc = new CRC32C();
    private long[] sums = new long[1024];
    private long first = -1;
    private long next = -1;
    private long count;

    /** Entries come in index order; some may be missing. */
    void add(LogEntry entry) {
        if (first < 0) {
            first = entry.index();
        }
        long at = entry.index() - first;
        if (at >= Integer.MAX_VALUE - 8) {
            throw new IllegalStateException("a log of more than " + Integer.MAX_VALUE + " entries can't be compared");
        }
        if (at >= sums.length) {
            sums = Arrays.copyOf(sums, (int) Math.max(at + 1, Math.min(2L * sums.length, Integer.MAX_VALUE - 8)));
        }
        sums[(int) at] = of(entry);
        next = entry.index() + 1;
        count++;
    }

    /** Number of entries added. */
    long count() {
        return count;
    }

    long first() {
        return first;
    }

    long next() {
        return next;
    }

    boolean has(long index) {
        return sum(index) != NONE;
    }

    boolean matches(LogEntry entry) {
        return sum(entry.index()) == of(entry);
    }

    private long sum(long index) {
        return first < 0 || index < first || index >= next ? NONE : sums[(int) (index - first)];
    }

    /** Of term and bytes; never {@link #NONE}. */
    private long of(LogEntry entry) {
        crc.reset();
        crc.update(entry.data().duplicate());
        long data = crc.getValue();
        crc.reset();
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (entry.term() >>> shift));
        }
        return (data << 32) | (crc.getValue() & 0x7FFF_FFFFL) | 0x8000_0000L;
    }
}
