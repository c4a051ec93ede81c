package dev.coord.server.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * One command on the server that led while it went through the log, from being taken to being answered; the stages are its
 * fields. Passes from thread to thread with the command, one at a time.
 */
@Name(WriteEvent.NAME)
@Label("Write")
@Category({"Coord", "Writes"})
@Description("A command from being taken by the leader to being answered")
@StackTrace(false)
@Threshold("10 ms")
@SuppressWarnings("UnusedVariable") // read by the flight recorder
public final class WriteEvent extends Event {

    public static final String NAME = "coord.Write";

    private static final EventType TYPE = EventType.getEventType(WriteEvent.class);

    @Label("Command")
    @Description("Kind of the command")
    private String command = "";

    @Label("Priority")
    private String priority = "";

    @Label("Size")
    @DataAmount
    private long bytes;

    @Label("Log Index")
    private long index;

    @Label("Queue")
    @Description("Waiting for its turn before it was proposed")
    @Timespan(Timespan.NANOSECONDS)
    private long queue;

    @Label("Log")
    @Description("From being proposed until it was durable in the leader's own log, with the wait for the batch before")
    @Timespan(Timespan.NANOSECONDS)
    private long log;

    @Label("Replicate")
    @Description("From being durable here until the group had agreed and its turn to be applied came")
    @Timespan(Timespan.NANOSECONDS)
    private long replicate;

    @Label("Apply")
    @Description("From then until the new state could be read, of the whole batch")
    @Timespan(Timespan.NANOSECONDS)
    private long apply;

    @Label("Publish")
    @Description("From then until it was answered: the hub was told meanwhile")
    @Timespan(Timespan.NANOSECONDS)
    private long publish;

    private transient long takenNanos;
    private transient long proposedNanos;

    private WriteEvent() {}

    /** Begins one; null while nobody records. */
    public static @Nullable WriteEvent begun(String command, String priority, long bytes) {
        if (!TYPE.isEnabled()) {
            return null;
        }
        WriteEvent event = new WriteEvent();
        event.command = command;
        event.priority = priority;
        event.bytes = bytes;
        event.takenNanos = System.nanoTime();
        event.begin();
        return event;
    }

    /** It goes to the log now; the last time counts. */
    public void proposed() {
        proposedNanos = System.nanoTime();
        queue = proposedNanos - takenNanos;
    }

    /** Says which entry of the log it has become. */
    public void at(long entryIndex) {
        index = entryIndex;
    }

    public long index() {
        return index;
    }

    /**
     * It was applied and is about to be answered: records it.
     *
     * @param durableNanos when its entry was durable here; 0: not known, then the log's share is that of replication
     * @param applyNanos when its batch began to be applied, {@link System#nanoTime}
     * @param readableNanos when the state that holds it could be read
     */
    public void answered(long durableNanos, long applyNanos, long readableNanos) {
        end();
        if (!shouldCommit()) {
            return;
        }
        // The others may agree before this server's own disk is done.
        long durable = durableNanos == 0 ? proposedNanos : Math.min(durableNanos, applyNanos);
        log = Math.max(0, durable - proposedNanos);
        replicate = Math.max(0, applyNanos - durable);
        apply = readableNanos - applyNanos;
        publish = System.nanoTime() - readableNanos;
        commit();
    }
}
