package dev.coord.wal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a log holds, for comparison.
 *
 * @param firstIndex the log's first index
 * @param entries the entries from there on
 */
public record Contents(long firstIndex, List<LogEntry> entries) {

    public Contents {
        entries = List.copyOf(entries);
    }

    /** Reads the whole log. */
    public static Contents of(LogStore log) {
        List<LogEntry> entries = new ArrayList<>();
        for (long index = log.firstIndex(); index < log.nextIndex(); index++) {
            LogEntry entry = log.read(index);
            ByteBuffer copy = ByteBuffer.allocate(entry.bytes());
            copy.put(entry.data().duplicate()).flip();
            entries.add(new LogEntry(entry.index(), entry.term(), copy));
        }
        return new Contents(log.firstIndex(), entries);
    }

    public long nextIndex() {
        return firstIndex + entries.size();
    }

    public Contents append(List<LogEntry> batch) {
        List<LogEntry> more = new ArrayList<>(entries);
        more.addAll(batch);
        return new Contents(firstIndex, more);
    }

    public Contents truncatePrefix(long firstKept) {
        return firstKept <= firstIndex
                ? this
                : new Contents(firstKept, entries.subList((int) (firstKept - firstIndex), entries.size()));
    }

    public Contents truncateSuffix(long nextKept) {
        return nextKept >= nextIndex()
                ? this
                : new Contents(firstIndex, entries.subList(0, (int) (nextKept - firstIndex)));
    }

    /** The range and the terms: enough to see what differs. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[" + firstIndex + ", " + nextIndex() + ")");
        for (LogEntry entry : entries) {
            text.append(' ')
                    .append(entry.index())
                    .append('@')
                    .append(entry.term())
                    .append('/')
                    .append(entry.bytes());
        }
        return text.toString();
    }
}
