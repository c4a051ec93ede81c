package dev.coord.server.rescue;

import dev.coord.server.raft.RecoveryMark;
import dev.coord.server.raft.ServerFiles;
import dev.coord.wal.maintenance.ProgressListener;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a cluster that has lost its majority goes on with what one server has.
 *
 * @param id a UUID
 * @param survivor node id of that server
 * @param raftAddress of that server, when it ran last
 * @param generation that begins
 * @param lastTerm of the newest entry that it had when the plan was made
 * @param lastIndex of that entry
 * @param lost Raft addresses of the voters that are given up
 * @param mayLose what may be lost, in words; empty: nothing that was acknowledged
 * @param accepted somebody said that this is to be put up with
 */
public record RecoveryPlan(
        String id,
        String clusterId,
        String survivor,
        String raftAddress,
        long generation,
        long lastTerm,
        long lastIndex,
        List<String> lost,
        String mayLose,
        boolean accepted) {

    private static final int FORMAT = 1;

    public RecoveryPlan {
        lost = List.copyOf(lost);
    }

    /**
     * Makes a plan from what is known of the servers that are left.
     *
     * @param id of the plan
     * @param acceptLoss go on where something may be lost
     * @throws IOException when there can be no plan, in words for who asked
     */
    public static RecoveryPlan of(String id, List<ServerReport> reports, boolean acceptLoss) throws IOException {
        ServerReport survivor = survivor(reports);
        if (survivor.voters().isEmpty()) {
            throw new IOException("no configuration of the cluster is in the log or the snapshot of "
                    + survivor.directory() + ": which servers there were can't be known");
        }
        List<String> here = reports.stream().map(ServerReport::raftAddress).toList();
        List<String> lost = survivor.voters().stream()
                .filter(voter -> !voter.equals(survivor.raftAddress()))
                .toList();
        long seen = survivor.voters().stream().filter(here::contains).count();
        List<String> unseen = survivor.voters().stream()
                .filter(voter -> !here.contains(voter))
                .toList();
        List<String> risks = new ArrayList<>();
        if (seen <= survivor.voters().size() / 2) {
            risks.add("only " + seen + " of " + survivor.voters().size() + " voters' directories were looked at: what "
                    + String.join(" and ", unseen) + " acknowledged after entry " + survivor.lastIndex()
                    + " of term " + survivor.lastTerm() + " is lost, and how much that is can't be known here");
        }
        if (!survivor.whole()) {
            risks.add("the directory is not whole: " + String.join("; ", survivor.notes()));
        }
        reports.stream()
                .filter(other -> other.generation() == survivor.generation() && other.isFurtherThan(survivor))
                .forEach(other -> risks.add("the server of " + other.directory() + " is further, at entry "
                        + other.lastIndex() + " of term " + other.lastTerm() + ", but is not whole"));
        String mayLose = String.join(". ", risks);
        if (!mayLose.isEmpty() && !acceptLoss) {
            throw new IOException(mayLose + ". Look at the directories of more servers, or say --accept-loss");
        }
        return new RecoveryPlan(
                id,
                survivor.clusterId(),
                survivor.nodeId(),
                survivor.raftAddress(),
                survivor.generation() + 1,
                survivor.lastTerm(),
                survivor.lastIndex(),
                lost,
                mayLose,
                acceptLoss);
    }

    /** The one that is furthest, as Raft compares logs; one that is whole before one that is not. */
    private static ServerReport survivor(List<ServerReport> reports) throws IOException {
        if (reports.isEmpty()) {
            throw new IOException("no report of any server");
        }
        Map<String, ServerReport> byNode = new TreeMap<>();
        for (ServerReport report : reports) {
            if (report.clusterId().isEmpty()) {
                throw new IOException(report.directory() + " belongs to no cluster yet");
            }
            if (!report.clusterId().equals(reports.get(0).clusterId())) {
                throw new IOException(report.directory() + " is of cluster " + report.clusterId() + ", "
                        + reports.get(0).directory() + " of cluster "
                        + reports.get(0).clusterId()
                        + ": give reports of one cluster");
            }
            if (byNode.put(report.nodeId(), report) != null) {
                throw new IOException("two reports of the server " + report.nodeId() + ": give the newer one");
            }
        }
        long newest = reports.stream().mapToLong(ServerReport::generation).max().orElse(0);
        return reports.stream()
                .filter(report -> report.generation() == newest)
                .max(Comparator.comparing(ServerReport::whole)
                        .thenComparingLong(ServerReport::lastTerm)
                        .thenComparingLong(ServerReport::lastIndex))
                .orElseThrow();
    }

    /**
     * Carries the plan out on the directory of the stopped survivor: copies it, then makes it the beginning of the new
     * generation. Stopped anywhere, it can be done again and goes on where it was.
     *
     * @param checkpoint where the copy goes; left alone when it is there from an earlier try
     * @return false: it was done already
     * @throws IOException when the directory is not the survivor's, or is not as it was when the plan was made
     */
    public boolean apply(Path directory, Path checkpoint, long nowMillis, ProgressListener progress)
            throws IOException {
        Path server;
        boolean begun;
        try (RescueSource source = RescueSource.open(directory)) {
            Path found = source.serverDirectory();
            if (found == null) {
                throw new IOException(directory + " is no server's data directory");
            }
            server = found;
            ServerFiles files = ServerFiles.read(server);
            begun = files.recoveries().stream().anyMatch(mark -> mark.plan().equals(id));
            check(files, begun);
            if (!begun) {
                checkUnchanged(ServerReport.of(source, progress));
            }
        }
        RecoveryMark mark = new RecoveryMark(id, generation, nowMillis, lastTerm, lastIndex, lost, mayLose);
        return ServerFiles.beginGeneration(server, mark, () -> {
            if (!Files.exists(checkpoint)) {
                Checkpoint.take(server, checkpoint);
            }
        });
    }

    private void check(ServerFiles files, boolean begun) throws IOException {
        if (!files.nodeId().equals(survivor) || !files.clusterId().equals(clusterId)) {
            throw new IOException("the plan is for server " + survivor + " of cluster " + clusterId
                    + ", the directory is of server " + files.nodeId() + " of cluster " + files.clusterId());
        }
        if (!begun && files.generation() != generation - 1) {
            throw new IOException("the plan begins generation " + generation + ", the directory is of generation "
                    + files.generation() + ": another plan was carried out since; make a new one");
        }
    }

    private void checkUnchanged(ServerReport now) throws IOException {
        if (now.lastTerm() != lastTerm || now.lastIndex() != lastIndex) {
            throw new IOException("the server has gone on since the plan was made: it is at entry " + now.lastIndex()
                    + " of term " + now.lastTerm() + ", the plan says " + lastIndex + " of " + lastTerm
                    + ": make a new plan");
        }
    }

    /** As JSON, for {@link #read}. */
    public String encode() {
        return new JsonObject()
                .put("format", FORMAT)
                .put("plan", id)
                .put("cluster_id", clusterId)
                .put("survivor", survivor)
                .put("raft_address", raftAddress)
                .put("generation", generation)
                .put("last_term", lastTerm)
                .put("last_index", lastIndex)
                .put("lost", new JsonArray(lost))
                .put("may_lose", mayLose)
                .put("accepted", accepted)
                .encodePrettily();
    }

    /** @throws IOException when the text is no plan */
    public static RecoveryPlan read(String text) throws IOException {
        try {
            JsonObject json = new JsonObject(text);
            if (json.getInteger("format", 0) != FORMAT
                    || json.getString("plan", "").isEmpty()) {
                throw new IOException("no plan of 'coord recover make-plan', or one of a newer build");
            }
            return new RecoveryPlan(
                    json.getString("plan"),
                    json.getString("cluster_id", ""),
                    json.getString("survivor", ""),
                    json.getString("raft_address", ""),
                    json.getLong("generation", 0L),
                    json.getLong("last_term", 0L),
                    json.getLong("last_index", 0L),
                    ServerReport.texts(json.getJsonArray("lost", new JsonArray())),
                    json.getString("may_lose", ""),
                    json.getBoolean("accepted", false));
        } catch (DecodeException | ClassCastException e) {
            throw new IOException("no plan of 'coord recover make-plan': " + e.getMessage(), e);
        }
    }
}
