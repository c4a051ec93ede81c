package dev.coord.server.watch;

/** By which means a client should watch. */
public enum WatchMeans {
    /** As the client likes. */
    ANY,
    STREAM,
    /** One long poll, or blocking query, after the other. */
    POLL
}
