package dev.coord.server.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The hub told of one batch: events put into the inboxes of its shards. Whoever watches is woken by the shards, later. */
@Name(PublishEvent.NAME)
@Label("Publish")
@Category({"Coord", "Writes"})
@Description("The hub of watches told of a batch")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // read by the flight recorder
public final class PublishEvent extends Event {

    public static final String NAME = "coord.Publish";

    @Label("Revision")
    @Description("The store's revision that the batch led to")
    private long revision;

    @Label("Events")
    private int events;

    /** Records it, if it is recorded; after {@code begin} and {@code end}. */
    public void published(long newRevision, int count) {
        revision = newRevision;
        events = count;
        commit();
    }
}
