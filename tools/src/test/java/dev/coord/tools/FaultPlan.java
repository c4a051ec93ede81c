package dev.coord.tools;

import dev.coord.wal.maintenance.LogDirectory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * What a seed makes of a run: nothing in it depends on what the cluster does. Immutable.
 *
 * @param snapshots they are taken so often that servers catch up by them
 * @param ownClocks the servers' clocks can jump
 */
record FaultPlan(long seed, String backend, boolean snapshots, boolean ownClocks, List<Step> steps) {

    /** What can happen to real processes. */
    enum Fault {
        /** SIGKILL, and a start. */
        KILL,
        /** SIGKILL for all of them at once. */
        KILL_ALL,
        /** SIGTERM, and a start. */
        RESTART,
        /** SIGSTOP and SIGCONT. */
        PAUSE,
        /** A server and the others don't reach each other. */
        ISOLATE,
        /** Two servers don't reach each other; both reach the third. */
        CUT_PAIR,
        /** What a server sends does not arrive; it hears the others. */
        MUTE,
        /** A server hears nothing; the others hear it. */
        DEAFEN,
        /** Everything between servers is late. */
        DELAY,
        /** Connections between servers stall, and some are reset. */
        LOSS,
        /** A server's wall clock jumps by hours, forwards or back. */
        CLOCK,
        /** Whoever writes to a server's disk has to wait, again and again. */
        SLOW_DISK,
        /** New blocks of a server's disk can't be written, or nothing at all any more. */
        FAILING_DISK,
        /** A server's disk has no more room, or nearly none. */
        FULL_DISK,
        /** Leadership is handed on. */
        TRANSFER
    }

    /**
     * One fault.
     *
     * @param server whom it meets, counted from 0
     * @param other the second one of a pair
     * @param amount of whatever it takes an amount of, 0 to 999
     * @param flip of whatever there are two kinds of
     * @param lastsMillis until it ends
     * @param beside the next one begins before it ends
     * @param pauseMillis between its end and the next one
     */
    record Step(
            Fault fault,
            int server,
            int other,
            int amount,
            boolean flip,
            int lastsMillis,
            boolean beside,
            int pauseMillis) {}

    static final int SERVERS = 3;
    static final int AMOUNTS = 1_000;
    private static final int LASTS_MILLIS_MIN = 200;
    /** More than an election takes. */
    private static final int LASTS_MILLIS_MAX = 3_000;

    private static final int PAUSE_MILLIS_MIN = 100;
    private static final int PAUSE_MILLIS_MAX = 1_000;
    private static final List<String> BACKENDS = LogDirectory.BACKENDS.stream()
            .filter(backend -> !backend.equals(LogDirectory.MEMORY))
            .toList();

    FaultPlan {
        steps = List.copyOf(steps);
    }

    static FaultPlan of(long seed, Duration length) {
        Random random = new Random(seed);
        String backend = BACKENDS.get(random.nextInt(BACKENDS.size()));
        boolean snapshots = random.nextBoolean();
        boolean clocks = random.nextBoolean();
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        if (!clocks) {
            faults.remove(Fault.CLOCK);
        }
        List<Step> steps = new ArrayList<>();
        for (long millis = 0; millis < length.toMillis(); ) {
            int server = random.nextInt(SERVERS);
            Step step = new Step(
                    faults.get(random.nextInt(faults.size())),
                    server,
                    (server + 1 + random.nextInt(SERVERS - 1)) % SERVERS,
                    random.nextInt(AMOUNTS),
                    random.nextBoolean(),
                    random.nextInt(LASTS_MILLIS_MIN, LASTS_MILLIS_MAX),
                    random.nextInt(3) == 0,
                    random.nextInt(PAUSE_MILLIS_MIN, PAUSE_MILLIS_MAX));
            steps.add(step);
            millis += step.lastsMillis + step.pauseMillis;
        }
        return new FaultPlan(seed, backend, snapshots, clocks, steps);
    }

    @Override
    public String toString() {
        return "seed " + seed + ", " + backend + (snapshots ? ", snapshots" : "")
                + (ownClocks ? ", clocks of their own" : "") + ": "
                + steps.stream().map(step -> step.fault + " " + step.server).collect(Collectors.joining(", "));
    }
}
