package dev.coord.server.command;

/** What made a version of a flag set. */
public enum FlagAction {
    /** Somebody wrote definitions. */
    PUT,
    /** Somebody deleted a definition, or the set. */
    DELETE,
    /** Somebody took the version before back. */
    UNDO,
    /** A rollout took a step, forward or back. */
    ROLLOUT
}
