package dev.coord.server.rescue;

import dev.coord.server.raft.ServerFiles;
import dev.coord.server.raft.SnapshotPosition;
import dev.coord.wal.maintenance.ProgressListener;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What one stopped server has, as far as it matters to who goes on: small enough to be carried to where the plan is made.
 *
 * @param directory where it lies
 * @param generation of the cluster that it knows of
 * @param term the newest that it has seen
 * @param lastTerm of its newest log entry
 * @param lastIndex of that entry
 * @param committed index up to which all is known to have been committed: its snapshot's
 * @param voters Raft addresses of the newest configuration that it knows
 * @param whole nothing of its log or snapshot is damaged or missing
 * @param notes what is
 */
public record ServerReport(
        String directory,
        String nodeId,
        String clusterId,
        long generation,
        String raftAddress,
        long term,
        long lastTerm,
        long lastIndex,
        long committed,
        List<String> voters,
        boolean whole,
        List<String> notes) {

    private static final int FORMAT = 1;

    public ServerReport {
        voters = List.copyOf(voters);
        notes = List.copyOf(notes);
    }

    /**
     * Looks at a server's directory; reads all of its log.
     *
     * @throws IOException when it is no server's, or can't be read
     */
    public static ServerReport of(RescueSource source, ProgressListener progress) throws IOException {
        Path server = source.serverDirectory();
        if (server == null) {
            throw new IOException(source.given() + " is no server's data directory: there is no server.json in it");
        }
        ServerFiles files = ServerFiles.read(server);
        Rescued found = Rescue.read(source, false, progress);
        long lastTerm = found.lastTerm();
        List<String> voters = found.voters();
        if (!source.snapshots().isEmpty()) {
            Path snapshot = source.snapshots().get(0).file().toAbsolutePath().getParent();
            SnapshotPosition position = SnapshotPosition.read(snapshot);
            lastTerm = Math.max(lastTerm, position.term());
            voters = voters.isEmpty() ? position.voters() : voters;
        }
        return new ServerReport(
                source.given().toAbsolutePath().normalize().toString(),
                files.nodeId(),
                files.clusterId(),
                files.generation(),
                files.raftAddress(),
                files.term(),
                lastTerm,
                found.lastIndex(),
                found.snapshotIndex(),
                voters,
                found.whole(),
                found.notes());
    }

    /** True when this server's log is further than the other's, as Raft compares them. */
    boolean isFurtherThan(ServerReport other) {
        return lastTerm != other.lastTerm ? lastTerm > other.lastTerm : lastIndex > other.lastIndex;
    }

    /** As JSON, for {@link #read}. */
    public String encode() {
        return new JsonObject()
                .put("format", FORMAT)
                .put("directory", directory)
                .put("node_id", nodeId)
                .put("cluster_id", clusterId)
                .put("generation", generation)
                .put("raft_address", raftAddress)
                .put("term", term)
                .put("last_term", lastTerm)
                .put("last_index", lastIndex)
                .put("committed_at_least", committed)
                .put("voters", new JsonArray(voters))
                .put("whole", whole)
                .put("notes", new JsonArray(notes))
                .encode();
    }

    /** @throws IOException when the text is no report */
    public static ServerReport read(String text) throws IOException {
        try {
            JsonObject json = new JsonObject(text);
            if (json.getInteger("format", 0) != FORMAT
                    || json.getString("node_id", "").isEmpty()) {
                throw new IOException("no report of 'coord recover collect-info', or one of a newer build");
            }
            return new ServerReport(
                    json.getString("directory", ""),
                    json.getString("node_id"),
                    json.getString("cluster_id", ""),
                    json.getLong("generation", 0L),
                    json.getString("raft_address", ""),
                    json.getLong("term", 0L),
                    json.getLong("last_term", 0L),
                    json.getLong("last_index", 0L),
                    json.getLong("committed_at_least", 0L),
                    texts(json.getJsonArray("voters", new JsonArray())),
                    json.getBoolean("whole", false),
                    texts(json.getJsonArray("notes", new JsonArray())));
        } catch (DecodeException | ClassCastException e) {
            throw new IOException("no report of 'coord recover collect-info': " + e.getMessage(), e);
        }
    }

    static List<String> texts(JsonArray array) {
        return array.stream().map(String::valueOf).toList();
    }
}
