package dev.coord.server.raft;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a server knows of itself before it reads its log: the file {@code server.json} in its data directory.
 *
 * @param nodeId a UUID, made at first start
 * @param clusterId of the cluster that this directory belongs to; empty until it belongs to one
 * @param generation of the cluster: how often it has lost its majority and was begun anew with what one server had
 * @param raftAddress host:port that it had when it was last a part of the cluster; empty before it was
 * @param left it went from the cluster by itself, and has not come back
 */
record ServerIdentity(String nodeId, String clusterId, long generation, String raftAddress, boolean left) {

    private static final int FORMAT = 1;

    ServerIdentity withCluster(String id, long itsGeneration) {
        return new ServerIdentity(nodeId, id, itsGeneration, raftAddress, left);
    }

    /** As a part of the cluster. */
    ServerIdentity withRaftAddress(String address) {
        return new ServerIdentity(nodeId, clusterId, generation, address, false);
    }

    ServerIdentity gone() {
        return new ServerIdentity(nodeId, clusterId, generation, raftAddress, true);
    }

    byte[] encode() {
        JsonObject json = new JsonObject()
                .put("format", FORMAT)
                .put("node_id", nodeId)
                .put("cluster_id", clusterId)
                .put("raft_address", raftAddress);
        if (generation > 0) {
            json.put("generation", generation);
        }
        if (left) {
            json.put("left", true);
        }
        return json.encodePrettily().getBytes(StandardCharsets.UTF_8);
    }

    static ServerIdentity decode(byte[] bytes, Path file) throws IOException {
        try {
            JsonObject json = new JsonObject(new String(bytes, StandardCharsets.UTF_8));
            int format = json.getInteger("format", 0);
            if (format != FORMAT) {
                throw new IOException(
                        file + " has format " + format + ", this build knows " + FORMAT + ": start a newer build");
            }
            String nodeId = json.getString("node_id", "");
            if (nodeId.isEmpty()) {
                throw new IOException(file + " has no node_id: restore the file from another copy of the directory");
            }
            return new ServerIdentity(
                    nodeId,
                    json.getString("cluster_id", ""),
                    json.getLong("generation", 0L),
                    json.getString("raft_address", ""),
                    json.getBoolean("left", false));
        } catch (DecodeException | ClassCastException e) {
            throw new IOException(
                    file + " can't be read (" + e.getMessage() + "): restore it from another copy of the directory", e);
        }
    }
}
