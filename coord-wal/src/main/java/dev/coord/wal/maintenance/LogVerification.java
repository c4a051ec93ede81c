package dev.coord.wal.maintenance;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogVisitor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether a log is as it was written: every checksum, no gaps, terms that never fall, nothing lost that was acknowledged;
 * and, if asked, the same as another copy, entry by entry.
 *
 * @param location where it lies
 * @param layout what it was found to hold
 * @param entries number of entries that are whole
 * @param bytes bytes of data of these
 * @param damages what is not as it was written; at most {@value #FINDINGS_MAX}
 * @param damagesInAll how many there are
 * @param lost number of entries that these take away
 * @param comparison with the other copy; null if there was none
 */
public record LogVerification(
        LogLocation location,
        LogLayout layout,
        long entries,
        long bytes,
        List<LogDamage> damages,
        long damagesInAll,
        long lost,
        @Nullable Comparison comparison) {

    /** Findings that are kept; all are counted. */
    public static final int FINDINGS_MAX = 1000;

    /**
     * How the log compares with another copy of it.
     *
     * @param other where that lies
     * @param compared number of entries that both have
     * @param differing indexes of those that differ in term or bytes, at most {@value #FINDINGS_MAX}
     * @param differingInAll how many there are
     * @param onlyHere number of entries that the other does not have
     * @param onlyThere number of entries that the other has and this one does not
     * @param otherDamages number of damages of the other
     * @param restorable number of entries lost here that the other has
     */
    public record Comparison(
            LogLocation other,
            long compared,
            List<Long> differing,
            long differingInAll,
            long onlyHere,
            long onlyThere,
            long otherDamages,
            long restorable) {

        public Comparison {
            differing = List.copyOf(differing);
        }
    }

    public LogVerification {
        damages = List.copyOf(damages);
    }

    /** True if nothing is damaged and the copies do not contradict each other; either may reach further. */
    public boolean isSound() {
        return damagesInAll == 0
                && (comparison == null || (comparison.differingInAll == 0 && comparison.otherDamages == 0));
    }

    /** Reads the whole log and, if there is one, all of the other. */
    public static LogVerification of(LogScan scan, @Nullable LogScan other, ProgressListener progress) {
        if (other == null) {
            return of(scan, (Against) null, progress);
        }
        Reading reading = new Reading(progress, "reading the other copy");
        EntrySums sums = new EntrySums();
        reading.then = sums::add;
        other.read(reading);
        return of(scan, new Against(other.location(), sums, reading.damagesInAll), progress);
    }

    private static LogVerification of(LogScan scan, @Nullable Against against, ProgressListener progress) {
        Reading reading = new Reading(progress, "verifying");
        reading.against = against;
        LogLayout layout = scan.read(reading);
        return new LogVerification(
                scan.location(),
                layout,
                reading.entries,
                reading.bytes,
                reading.damages,
                reading.damagesInAll,
                reading.lost,
                against == null ? null : against.result(reading.entries));
    }

    /** What the other copy holds, and what was found to differ. */
    private static final class Against {

        private final LogLocation other;
        private final EntrySums sums;
        private final long damages;
        private final List<Long> differing = new ArrayList<>();
        private long differingInAll;
        private long compared;
        private long restorable;

        Against(LogLocation other, EntrySums sums, long damages) {
            this.other = other;
            this.sums = sums;
            this.damages = damages;
        }

        void entry(LogEntry entry) {
            if (!sums.has(entry.index())) {
                return;
            }
            compared++;
            if (!sums.matches(entry)) {
                differingInAll++;
                if (differing.size() < FINDINGS_MAX) {
                    differing.add(entry.index());
                }
            }
        }

        void lost(LogDamage damage) {
            for (long index = damage.firstIndex(); index < damage.nextIndex(); index++) {
                restorable += sums.has(index) ? 1 : 0;
            }
        }

        Comparison result(long entriesHere) {
            return new Comparison(
                    other,
                    compared,
                    differing,
                    differingInAll,
                    entriesHere - compared,
                    sums.count() - compared,
                    damages,
                    restorable);
        }
    }

    private static final class Reading implements LogVisitor {

        private final ProgressListener progress;
        private final String phase;
        private final List<LogDamage> damages = new ArrayList<>();
        private Consumer<LogEntry> then = entry -> {};
        private @Nullable Against against;
        private long damagesInAll;
        private long lost;
        private long entries;
        private long bytes;
        private long term;
        private long expected;

        Reading(ProgressListener progress, String phase) {
            this.progress = progress;
            this.phase = phase;
        }

        @Override
        public void entry(LogEntry entry, String file, long offset) {
            if (expected > 0 && entry.index() > expected) {
                add(new LogDamage(file, offset, expected, entry.index(), "nothing is there of them"));
            }
            if (entry.term() < term) {
                add(LogDamage.ofBookkeeping(
                        file,
                        offset,
                        "entry " + entry.index() + " has term " + entry.term() + " after term " + term
                                + ": terms never fall in a log"));
            }
            term = entry.term();
            expected = entry.index() + 1;
            entries++;
            bytes += entry.bytes();
            then.accept(entry);
            if (against != null) {
                against.entry(entry);
            }
        }

        @Override
        public void damage(LogDamage damage) {
            add(damage);
            if (damage.entries() > 0) {
                expected = Math.max(expected, damage.nextIndex());
            }
        }

        private void add(LogDamage damage) {
            damagesInAll++;
            lost += damage.entries();
            if (damages.size() < FINDINGS_MAX) {
                damages.add(damage);
            }
            if (against != null) {
                against.lost(damage);
            }
        }

        @Override
        public void progress(long done, long total) {
            progress.progress(phase, done, total);
        }
    }
}
