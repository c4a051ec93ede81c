package dev.coord.server.command;

/** Told when this server starts and stops leading. Called by one thread, in order; must not block. */
public interface LeadershipListener {

    /** This server leads, and has applied everything committed before its term. */
    void leading(long term);

    /** This server leads no more. */
    void following();
}
