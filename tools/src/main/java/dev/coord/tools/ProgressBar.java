package dev.coord.tools;

import dev.coord.wal.maintenance.ProgressListener;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Shows on standard error how far a long piece of work has come, how fast it goes and how long it will still take: a bar
 * that is drawn over and over on a terminal, else a line each few seconds. Work that is done at once shows nothing. For one
 * thread.
 */
final class ProgressBar implements ProgressListener, AutoCloseable {

    /** Set by the launcher, which can ask the shell. */
    static final String TERMINAL_PROPERTY = "coord.terminal";

    /** Where nobody knows how much there is. */
    static final long TOTAL_UNKNOWN = -1;

    private static final long DRAW_NANOS = 100_000_000L;
    private static final long FIRST_DRAW_NANOS = 500_000_000L;
    private static final long LINE_NANOS = 5_000_000_000L;
    private static final int WIDTH = 30;
    private static final int CLOCK_EVERY = 256;

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoClock;
    private String phase = "";
    private long phaseBegin;
    private long nextDraw;
    private int calls;
    private boolean drawn;

    ProgressBar(PrintWriter err) {
        this(err, Boolean.getBoolean(TERMINAL_PROPERTY), System::nanoTime);
    }

    ProgressBar(PrintWriter err, boolean terminal, LongSupplier nanoClock) {
        this.err = err;
        this.terminal = terminal;
        this.nanoClock = nanoClock;
    }

    @Override
    public void progress(String newPhase, long done, long total) {
        if (!newPhase.equals(phase)) {
            begin(newPhase);
        } else if (++calls % CLOCK_EVERY != 0) {
            return;
        }
        long now = nanoClock.getAsLong();
        if (now - nextDraw >= 0) {
            nextDraw = now + (terminal ? DRAW_NANOS : LINE_NANOS);
            draw(done, total == TOTAL_UNKNOWN ? total : Math.max(done, total), now - phaseBegin);
        }
    }

    private void begin(String newPhase) {
        clear();
        phase = newPhase;
        phaseBegin = nanoClock.getAsLong();
        nextDraw = phaseBegin + (terminal ? FIRST_DRAW_NANOS : LINE_NANOS);
    }

    private void draw(long done, long total, long elapsedNanos) {
        double rate = elapsedNanos == 0 ? 0 : done * 1e9 / elapsedNanos;
        if (total == TOTAL_UNKNOWN) {
            show(Figures.count(done) + " so far, " + Figures.count((long) rate) + "/s", "");
            return;
        }
        double share = total == 0 ? 1 : (double) done / total;
        String percent = Figures.decimal(Math.floor(share * 1000) / 10);
        long left = share == 0 ? 0 : (long) (elapsedNanos / share * (1 - share));
        String figures = percent + "% of " + Figures.count(total) + ", " + Figures.count((long) rate) + "/s, "
                + Figures.duration(Duration.ofNanos(left)) + " left";
        int filled = (int) (share * WIDTH);
        show(figures, "[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "] ");
    }

    /** @param bar for terminals */
    private void show(String figures, String bar) {
        if (terminal) {
            err.print("\r\033[K" + phase + " " + bar + figures);
            drawn = true;
        } else {
            err.println("coord: " + phase + ": " + figures);
        }
        err.flush();
    }

    private void clear() {
        if (drawn) {
            err.print("\r\033[K");
            err.flush();
            drawn = false;
        }
    }

    /** Takes the bar away. */
    @Override
    public void close() {
        clear();
    }
}
