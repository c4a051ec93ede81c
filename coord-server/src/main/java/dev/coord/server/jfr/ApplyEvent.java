package dev.coord.server.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One batch of commands applied to the state, up to the moment at which it can be read. On every server. */
@Name(ApplyEvent.NAME)
@Label("Apply")
@Category({"Coord", "Writes"})
@Description("A batch of commands applied to the state")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // read by the flight recorder
public final class ApplyEvent extends Event {

    public static final String NAME = "coord.Apply";

    @Label("Revision")
    @Description("The store's revision after it")
    private long revision;

    @Label("Commands")
    private int commands;

    /** Records it, if it is recorded; after {@code begin} and {@code end}. */
    public void applied(long newRevision, int count) {
        revision = newRevision;
        commands = count;
        commit();
    }
}
