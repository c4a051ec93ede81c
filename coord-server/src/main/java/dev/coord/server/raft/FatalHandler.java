package dev.coord.server.raft;

/**
 * Told once when consensus can't go on: the log or the vote could not be made durable, or a command could not be applied.
 * The process must end; starting it again shows what really is on disk.
 */
@FunctionalInterface
public interface FatalHandler {

    /**
     * Called by whichever thread met the failure; should not block and may end the process.
     *
     * @param message what happened, to which file or entry, and what to do next
     */
    void fatal(String message, Throwable cause);
}
