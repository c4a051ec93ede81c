package dev.coord.client;

/** How a watch learns of changes. Both give the same guarantees. */
public enum WatchMode {
    /** One stream that the server writes changes to. The cheaper one for many watches and frequent changes. */
    STREAM,
    /** One request after the other, each held by the server until something changes. Passes where streams do not. */
    POLL
}
