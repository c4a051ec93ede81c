package dev.coord.server.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One batch that the group has agreed on, when its turn to be applied comes. On every server. */
@Name(ReplicateEvent.NAME)
@Label("Replicate")
@Category({"Coord", "Writes"})
@Description("Entries that the group has agreed on come to be applied")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // read by the flight recorder
public final class ReplicateEvent extends Event {

    public static final String NAME = "coord.Replicate";

    @Label("First Index")
    private long firstIndex;

    @Label("Wait")
    @Description(
            "Since its first entry was durable in this server's log: other servers' syncs, the network, batches before")
    @Timespan(Timespan.NANOSECONDS)
    private long waited;

    /** Records it, if it is recorded. */
    public void agreed(long first, long waitedNanos) {
        firstIndex = first;
        waited = waitedNanos;
        commit();
    }
}
