package dev.coord.client;

import java.time.Duration;

/**
 * How a session behaves. Immutable.
 *
 * @param name for people
 * @param node the node it belongs to; empty: the asked server's own
 * @param ttl from 10 s to 24 h; it ends when it was not renewed for this long
 * @param lockDelay how long a key stays closed to others after the session that held it was lost; at most 60 s
 * @param deleteKeys true: keys that it holds are deleted when it ends; false: they are let go
 */
public record SessionOptions(String name, String node, Duration ttl, Duration lockDelay, boolean deleteKeys) {

    /** 15 s to live, 15 s of lock delay, keys are let go. */
    public static SessionOptions named(String name) {
        return new SessionOptions(name, "", Duration.ofSeconds(15), Duration.ofSeconds(15), false);
    }

    public SessionOptions withNode(String value) {
        return new SessionOptions(name, value, ttl, lockDelay, deleteKeys);
    }

    public SessionOptions withTtl(Duration value) {
        return new SessionOptions(name, node, value, lockDelay, deleteKeys);
    }

    public SessionOptions withLockDelay(Duration value) {
        return new SessionOptions(name, node, ttl, value, deleteKeys);
    }

    public SessionOptions withDeleteKeys(boolean value) {
        return new SessionOptions(name, node, ttl, lockDelay, value);
    }
}
