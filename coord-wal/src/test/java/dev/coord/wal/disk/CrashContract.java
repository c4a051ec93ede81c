package dev.coord.wal.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.Contents;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogScript;
import dev.coord.wal.LogScript.Operation;
import dev.coord.wal.LogStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Stops a scripted run at every write, sync and directory change, lets the power go or the process die, opens what is
 * left and demands that it is what was acknowledged, give or take the one operation under way; then goes on, and
 * demands the same again.
 */
@NullUnmarked
public abstract class CrashContract {

    protected static final int ENTRY_BYTES_MAX = 1500;

    private final int operations;
    private final int crashesPerStep;

    /**
     * How much to do.
     *
     * @param operations of a run
     * @param crashesPerStep ways in which the power may go at each step
     */
    protected CrashContract(int operations, int crashesPerStep) {
        this.operations = operations;
        this.crashesPerStep = crashesPerStep;
    }

    /** Bytes by which the disk is larger in each run until it holds all. */
    protected abstract long capacityStep();

    /** Opens the log on a disk, with entries of up to {@link #ENTRY_BYTES_MAX} bytes; small files, so that they fill up. */
    protected abstract LogStore open(Disk disk);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    final void powerCutAtEveryStepLosesNothingAcknowledgedAndBringsNothingBack(long seed) {
        everyStep(seed, operations, run -> {
            List<CrashableDisk> disks = new ArrayList<>();
            for (int i = 0; i < crashesPerStep; i++) {
                disks.add(run.disk.afterPowerCut(run.crash(i)));
            }
            return disks;
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5})
    final void processKilledAtEveryStepLosesNothingAcknowledgedAndBringsNothingBack(long seed) {
        everyStep(seed, operations, run -> List.of(run.disk.afterKill()));
    }

    @Test
    @Tag("slow")
    final void manySeeds() {
        for (long seed = 100; seed < 160; seed++) {
            everyStep(
                    seed,
                    operations * 3 / 2,
                    run -> List.of(
                            run.disk.afterPowerCut(run.crash(0)),
                            run.disk.afterPowerCut(run.crash(1)),
                            run.disk.afterKill()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    final void afterAFailedSyncOnlyWhatIsDurableIsShown(long seed) {
        for (int step = 1; ; step++) {
            Run run = new Run(seed, new CrashableDisk());
            run.disk.failSyncAt(step);
            run.go(operations);
            if (step > run.disk.steps()) {
                assertThat(step).as("steps of the run").isGreaterThan(operations);
                return;
            }
            if (run.failure == null) {
                continue; // not a sync
            }
            // The process lives on and opens the log anew, out of a cache that claims more than the disk has.
            CrashableDisk sameMachine = run.disk.afterKill();
            Contents shown = run.checkedContents(sameMachine, "sync failed at step " + step);
            for (int i = 0; i < crashesPerStep; i++) {
                CrashableDisk later = sameMachine.afterPowerCut(run.crash(i));
                assertThat(contents(later))
                        .as("%s, sync failed at step %d, then the power", run, step)
                        .isEqualTo(shown);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    final void aDiskFullAtAnyPointLosesNothingAcknowledgedAndTheLogGoesOnWhenThereIsRoom(long seed) {
        for (long capacity = 0; ; capacity += capacityStep()) {
            Run run = new Run(seed, new CrashableDisk());
            run.disk.capacity(capacity);
            run.go(operations);
            if (run.failure == null) {
                assertThat(capacity).isPositive();
                return;
            }
            assertThat(run.failure).hasMessageContaining("No space left on device");
            CrashableDisk roomy = run.disk.afterKill();
            run.checkedContents(roomy, "full at " + capacity + " bytes");
            run.checkGoesOn(roomy, "full at " + capacity + " bytes");
        }
    }

    private void everyStep(long seed, int operations, Function<Run, List<CrashableDisk>> crash) {
        for (int step = 1; ; step++) {
            Run run = new Run(seed, new CrashableDisk());
            run.disk.stopAt(step);
            run.go(operations);
            if (run.failure == null) {
                assertThat(step).as("steps of the run").isGreaterThan(operations);
                return;
            }
            List<CrashableDisk> disks = crash.apply(run);
            for (int i = 0; i < disks.size(); i++) {
                String when = "stopped at step " + step + ", crash " + i;
                run.checkedContents(disks.get(i), when);
                run.checkGoesOn(disks.get(i), when);
            }
        }
    }

    private Contents contents(CrashableDisk disk) {
        try (LogStore log = open(disk)) {
            return Contents.of(log);
        }
    }

    /** A run of a script until it is done or the disk stops it. */
    private final class Run {
        final long seed;
        final CrashableDisk disk;
        final LogScript script;
        final List<Operation> done = new ArrayList<>();
        Contents acknowledged = new Contents(1, List.of());
        Operation underWay;
        LogException failure;

        Run(long seed, CrashableDisk disk) {
            this.seed = seed;
            this.disk = disk;
            this.script = new LogScript(seed, ENTRY_BYTES_MAX);
        }

        void go(int operations) {
            LogStore log = null;
            try {
                log = open(disk);
                for (int i = 0; i < operations; i++) {
                    underWay = script.next(acknowledged);
                    if (LogScript.isReopen(underWay)) {
                        log.close();
                        log = open(disk);
                    } else {
                        underWay.on(log);
                    }
                    done.add(underWay);
                    acknowledged = underWay.outcome(acknowledged);
                    underWay = null;
                }
                log.close();
            } catch (LogException e) {
                failure = e;
            }
        }

        /** Another one for each step, reproducible. */
        Random crash(int i) {
            return new Random(new SplittableRandom(seed * 1_000_003 + disk.steps() * 101L + i).nextLong());
        }

        Contents checkedContents(CrashableDisk left, String when) {
            Contents found;
            try {
                found = contents(left);
            } catch (LogException e) {
                throw new AssertionError(this + ", " + when + ": " + e.getMessage(), e);
            }
            List<Contents> allowed = underWay == null ? List.of(acknowledged) : underWay.outcomes(acknowledged);
            assertThat(allowed).as("%s, %s", this, when).contains(found);
            return found;
        }

        /** Appends to what is left, cuts the power again, and looks whether anything old came back. */
        void checkGoesOn(CrashableDisk left, String when) {
            Contents expected;
            try (LogStore log = open(left)) {
                expected = Contents.of(log);
                for (int i = 0; i < 2; i++) {
                    List<LogEntry> batch = script.batch(log.nextIndex());
                    log.append(batch);
                    expected = expected.append(batch);
                }
                assertThat(contents(left.afterPowerCut(crash(-1))))
                        .as("%s, %s, gone on, power cut", this, when)
                        .isEqualTo(expected);
            }
            assertThat(contents(left)).as("%s, %s, gone on", this, when).isEqualTo(expected);
        }

        @Override
        public String toString() {
            return "seed " + seed + " " + done + " then " + underWay;
        }
    }
}
