package dev.coord.server.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a stopped server's own files say of it: {@code server.json}, {@code vote} and {@code recovery.json}.
 *
 * @param nodeId a UUID
 * @param clusterId empty: it belongs to none yet
 * @param generation of the cluster
 * @param raftAddress host:port that it had when it ran last
 * @param term the newest that it has seen; 0 where the vote can't be read
 * @param recoveries each time that the cluster was begun anew with this directory
 */
public record ServerFiles(
        String nodeId,
        String clusterId,
        long generation,
        String raftAddress,
        long term,
        List<RecoveryMark> recoveries) {

    public ServerFiles {
        recoveries = List.copyOf(recoveries);
    }

    /**
     * Reads them; writes nothing.
     *
     * @param directory the one that {@code server.json} is in
     * @throws IOException when there is no such file, or it can't be read
     */
    public static ServerFiles read(Path directory) throws IOException {
        DurableFile identityFile = new DurableFile(directory.resolve("server.json"));
        Optional<byte[]> bytes = identityFile.read();
        if (bytes.isEmpty()) {
            throw new IOException(identityFile.path() + " is missing: this is no server's directory");
        }
        ServerIdentity identity = ServerIdentity.decode(bytes.get(), identityFile.path());
        return new ServerFiles(
                identity.nodeId(),
                identity.clusterId(),
                identity.generation(),
                identity.raftAddress(),
                term(directory),
                new RecoveryFile(directory.resolve("recovery.json")).read().marks());
    }

    private static long term(Path directory) {
        VoteStorage vote =
                new VoteStorage(new DurableFile(directory.resolve("vote")), new Failure((message, cause) -> {}));
        try {
            vote.load();
            return vote.getTerm();
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * Makes a stopped server the one that its cluster goes on with: at its next start it makes itself the only voter, of a new
     * generation, and servers of the one before are refused from then on. May be done again after it was stopped anywhere in the
     * middle: it goes on where it was.
     *
     * @param first done while no server can start on the directory, before anything is changed; whatever it throws leaves all as
     *     it was
     * @return false: it was done already
     * @throws IOException when a server has the directory, or it can't be written
     */
    public static boolean beginGeneration(Path directory, RecoveryMark mark, Preparation first) throws IOException {
        if (!Files.exists(directory.resolve("server.json"))) {
            throw new IOException(directory + " is no server's directory");
        }
        try (DataDirectory held = DataDirectory.open(directory)) {
            RecoveryFile file = held.recovery();
            RecoveryFile.Content content = file.read();
            boolean marked =
                    content.marks().stream().anyMatch(before -> before.plan().equals(mark.plan()));
            if (!marked) {
                first.run();
                List<RecoveryMark> marks = new ArrayList<>(content.marks());
                marks.add(mark);
                file.replace(new RecoveryFile.Content(true, marks));
            }
            boolean complete = marked && held.identity().generation() >= mark.generation();
            if (!complete) {
                held.setCluster(held.identity().clusterId(), mark.generation());
            }
            return !complete;
        }
    }

    /** What comes before the first change. */
    @FunctionalInterface
    public interface Preparation {
        void run() throws IOException;
    }
}
