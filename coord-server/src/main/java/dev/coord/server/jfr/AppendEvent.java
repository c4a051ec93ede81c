package dev.coord.server.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One append to the log: a batch of entries made durable, by Raft's log thread. On every server. */
@Name(AppendEvent.NAME)
@Label("Log Append")
@Category({"Coord", "Writes"})
@Description("A batch of entries written to the log and synced")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // read by the flight recorder
public final class AppendEvent extends Event {

    public static final String NAME = "coord.LogAppend";

    @Label("First Index")
    private long firstIndex;

    @Label("Entries")
    private int entries;

    @Label("Size")
    @DataAmount
    private long bytes;

    @Label("Sync")
    @Description("What of the duration was the sync")
    @Timespan(Timespan.NANOSECONDS)
    private long sync;

    /**
     * Records it, if it is recorded; after {@code begin} and {@code end}.
     *
     * @param syncNanos all syncs of this append together
     */
    public void appended(long first, int count, long dataBytes, long syncNanos) {
        firstIndex = first;
        entries = count;
        bytes = dataBytes;
        sync = syncNanos;
        commit();
    }
}
