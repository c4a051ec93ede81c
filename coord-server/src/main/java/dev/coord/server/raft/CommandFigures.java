package dev.coord.server.raft;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LatencyRecorder;
import java.util.concurrent.atomic.LongAdder;

/** How long the commands took that clients brought to this server, and how many failed. Safe from any thread. */
public final class CommandFigures {

    /** A recorder is for one thread at a time; it is the state machine's nearly always, so nobody waits. Guarded by itself. */
    private final LatencyRecorder latency = new LatencyRecorder();

    /** Written by the state machine's thread alone. */
    private final LatencyRecorder applied = new LatencyRecorder();

    private final LongAdder failures = new LongAdder();

    CommandFigures() {}

    void committed(long nanos) {
        synchronized (latency) {
            latency.record(nanos);
        }
    }

    /** By the state machine's thread. */
    void appliedBatch(long nanos) {
        applied.record(nanos);
    }

    void failed() {
        failures.increment();
    }

    /** From being taken to being answered, of those that the group has agreed on, refused ones among them. */
    public LatencyHistogram latency() {
        return latency.picture();
    }

    /** From a batch's coming to be applied until its state could be read, of what this server applied for anybody. */
    public LatencyHistogram applied() {
        return applied.picture();
    }

    /** Those that failed or whose outcome is unknown, since the start. */
    public long failures() {
        return failures.sum();
    }
}
