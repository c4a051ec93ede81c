package dev.coord.client;

import dev.coord.api.v1.Node;
import java.util.Map;

/**
 * A node of the catalog. Immutable.
 *
 * @param id a UUID; empty when not known
 * @param modifyRevision the revision that changed it last
 */
public record NodeInfo(
        String name, String id, String address, String datacenter, Map<String, String> meta, long modifyRevision) {

    public NodeInfo {
        meta = Map.copyOf(meta);
    }

    static NodeInfo of(Node message) {
        return new NodeInfo(
                message.getName(),
                message.getId(),
                message.getAddress(),
                message.getDatacenter(),
                message.getMetaMap(),
                message.getModifyRevision());
    }
}
