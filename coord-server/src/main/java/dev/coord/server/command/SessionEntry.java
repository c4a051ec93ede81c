package dev.coord.server.command;

import java.util.List;

/**
 * A session: a lease that locks hang on. Immutable.
 *
 * @param id a UUID
 * @param node name of the node it belongs to
 * @param ttlMillis 0: lives until destroyed or until a check of it is critical; else 10,000 to 86,400,000
 * @param lockDelayMillis how long a key that it held stays closed after the session was invalidated
 * @param nodeChecks ids of checks of the node that must not be critical
 * @param serviceChecks ids of checks of services on the node that must not be critical
 */
public record SessionEntry(
        String id,
        String name,
        String node,
        Behavior behavior,
        long ttlMillis,
        long lockDelayMillis,
        List<String> nodeChecks,
        List<String> serviceChecks,
        long createIndex,
        long modifyIndex) {

    /** What becomes of the keys that an ended session held. */
    public enum Behavior {
        RELEASE,
        DELETE
    }

    public SessionEntry {
        nodeChecks = List.copyOf(nodeChecks);
        serviceChecks = List.copyOf(serviceChecks);
    }

    public SessionEntry withNode(String newNode) {
        return new SessionEntry(
                id,
                name,
                newNode,
                behavior,
                ttlMillis,
                lockDelayMillis,
                nodeChecks,
                serviceChecks,
                createIndex,
                modifyIndex);
    }

    public SessionEntry withIndexes(long create, long modify) {
        return new SessionEntry(
                id, name, node, behavior, ttlMillis, lockDelayMillis, nodeChecks, serviceChecks, create, modify);
    }
}
