package dev.coord.server.rescue;

import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.TimedCommand;
import dev.coord.server.raft.RaftEntry;
import dev.coord.server.state.State;
import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogVisitor;
import dev.coord.wal.maintenance.ProgressListener;
import java.util.List;
import java.util.function.Consumer;

/** Applies a log to the state that it goes on from. */
final class LogReplay implements LogVisitor {

    private final long base;
    private final boolean pastDamage;
    private final ProgressListener progress;
    private final Consumer<String> missing;

    private State state;
    private List<String> voters = List.of();
    /** The next entry that belongs into the state. */
    private long expected;

    private long lastIndex;
    private long lastTerm;
    private long applied;
    private long leftOut;
    private long damages;
    private boolean stopped;
    /** Nothing was applied yet, so there is nothing that a hole could make wrong. */
    private boolean untouched;

    /** @param good false: there ought to have been a snapshot to begin with, and it is damaged */
    LogReplay(
            State initial,
            long base,
            boolean good,
            boolean pastDamage,
            ProgressListener progress,
            Consumer<String> missing) {
        this.state = initial;
        this.base = base;
        this.pastDamage = pastDamage;
        this.progress = progress;
        this.missing = missing;
        expected = base + 1;
        lastIndex = base;
        untouched = base == 0 || !good;
    }

    @Override
    public void entry(LogEntry entry, String file, long offset) {
        lastTerm = Math.max(lastTerm, entry.term());
        RaftEntry raft = RaftEntry.of(entry);
        if (raft.kind() == RaftEntry.Kind.CONFIGURATION) {
            voters = raft.voters();
        }
        if (entry.index() <= base) {
            return;
        }
        if (!stopped && entry.index() > expected) {
            hole(expected, entry.index());
        }
        if (stopped) {
            leftOut++;
            return;
        }
        if (raft.kind() == RaftEntry.Kind.UNKNOWN) {
            stopAt(entry, "is of a kind that this build does not know");
        } else if (raft.kind() == RaftEntry.Kind.COMMAND) {
            apply(entry, raft);
        }
        if (!stopped) {
            expected = entry.index() + 1;
            lastIndex = entry.index();
        }
    }

    private void apply(LogEntry entry, RaftEntry raft) {
        try {
            TimedCommand timed = CommandCodec.decode(raft.command());
            state = state.apply(timed.command(), timed.timeMillis()).state();
            applied++;
            untouched = false;
        } catch (RuntimeException e) {
            stopAt(entry, "can't be applied: " + e.getMessage());
        }
    }

    private void stopAt(LogEntry entry, String why) {
        leftOut++;
        if (pastDamage) {
            missing.accept("log entry " + entry.index() + " " + why + ": it is left out");
        } else {
            stopped = true;
            missing.accept("log entry " + entry.index() + " " + why
                    + ": the state ends before it; --past-damage goes on without it");
        }
    }

    private void hole(long from, long to) {
        String entries =
                to - from == 1 ? "log entry " + from + " is" : "log entries " + from + " to " + (to - 1) + " are";
        if (pastDamage || untouched) {
            missing.accept(entries + " missing: what follows is applied without, and may not be what it was");
        } else {
            stopped = true;
            missing.accept(entries + " missing: the state ends before; --past-damage goes on after it");
        }
    }

    @Override
    public void damage(LogDamage damage) {
        damages++;
        if (damage.entries() == 0 || damage.nextIndex() > base + 1) {
            missing.accept("damage in the log: " + damage);
        }
    }

    @Override
    public void progress(long done, long total) {
        progress.progress("reading the log", done, total);
    }

    /** After the whole log was read. */
    void end() {
        if (untouched && applied == 0 && base == 0 && expected == 1) {
            missing.accept("the log holds no command");
        }
    }

    State state() {
        return state;
    }

    List<String> voters() {
        return voters;
    }

    long lastIndex() {
        return lastIndex;
    }

    long lastTerm() {
        return lastTerm;
    }

    long applied() {
        return applied;
    }

    long leftOut() {
        return leftOut;
    }

    long damages() {
        return damages;
    }
}
