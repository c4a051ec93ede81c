package dev.coord.wal.maintenance;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogVisitor;
import java.util.ArrayList;
import java.util.List;

/**
 * What is in a log, in figures.
 *
 * @param location where it lies
 * @param layout its range, files and free space
 * @param entries number of entries that are whole
 * @param liveBytes bytes of data of these
 * @param entryBytesMax bytes of the largest
 * @param terms runs of entries of one term, in index order
 * @param damages number of damages: {@link LogVerification} names them
 */
public record LogInspection(
        LogLocation location,
        LogLayout layout,
        long entries,
        long liveBytes,
        long entryBytesMax,
        List<TermRun> terms,
        long damages) {

    /** Runs of terms beyond this number are not kept apart: the last run then stands for all that follow. */
    public static final int TERM_RUNS_MAX = 10_000;

    /**
     * Entries of one term.
     *
     * @param term which
     * @param firstIndex the first of them
     * @param lastIndex the last of them
     */
    public record TermRun(long term, long firstIndex, long lastIndex) {}

    public LogInspection {
        terms = List.copyOf(terms);
    }

    /** Reads the whole log. */
    public static LogInspection of(LogScan scan, ProgressListener progress) {
        Counting counting = new Counting(progress);
        LogLayout layout = scan.read(counting);
        return new LogInspection(
                scan.location(),
                layout,
                counting.entries,
                counting.bytes,
                counting.bytesMax,
                counting.terms,
                counting.damages);
    }

    private static final class Counting implements LogVisitor {

        private final ProgressListener progress;
        private final List<TermRun> terms = new ArrayList<>();
        private long entries;
        private long bytes;
        private long bytesMax;
        private long damages;

        Counting(ProgressListener progress) {
            this.progress = progress;
        }

        @Override
        public void entry(LogEntry entry, String file, long offset) {
            entries++;
            bytes += entry.bytes();
            bytesMax = Math.max(bytesMax, entry.bytes());
            TermRun last = terms.isEmpty() ? null : terms.get(terms.size() - 1);
            if (last != null && (last.term == entry.term() || terms.size() == TERM_RUNS_MAX)) {
                terms.set(terms.size() - 1, new TermRun(last.term, last.firstIndex, entry.index()));
            } else {
                terms.add(new TermRun(entry.term(), entry.index(), entry.index()));
            }
        }

        @Override
        public void damage(LogDamage damage) {
            damages++;
        }

        @Override
        public void progress(long done, long total) {
            progress.progress("reading", done, total);
        }
    }
}
