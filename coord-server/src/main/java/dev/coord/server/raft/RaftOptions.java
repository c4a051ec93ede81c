package dev.coord.server.raft;

import dev.coord.server.command.WriteGuard;
import dev.coord.wal.LogStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a server takes part in a Raft group. Immutable; made by {@link #builder}.
 *
 * @param groupId names the Raft group
 * @param dataDirectory holds {@code server.json}, the vote, the log and the snapshots; created when missing
 * @param nodeName unique in the cluster
 * @param bindAddress IP address or host name to listen on
 * @param bindPort 0: any free one
 * @param advertiseAddress host:port that others reach this server by; empty: the bound address and port
 * @param bootstrapExpect servers that form a new cluster; 1: alone; 0: joins an existing one, once it is told where
 * @param joinPort a second port on which others may ask to join; below 0: none
 * @param nodeId of this server at its first start; empty: made then
 * @param reconnectTimeoutMillis a server that was silent for this long is taken out of the cluster by its leader
 * @param join raft addresses (host:port) of servers to form a cluster with, or of which one knows the cluster
 * @param logStore opens the log in the directory given
 * @param tls null: plain, which only a loopback address may be
 * @param plaintextAllowed plain on an address that is not loopback, too
 * @param electionTimeoutMillis a follower that hears nothing from a leader for this long stands for election
 * @param snapshotIntervalSeconds how often is looked whether a snapshot is due; 0: never
 * @param snapshotEntriesMin how many entries must have been applied since the last snapshot for one to be due
 * @param logEntriesKept entries that stay in the log behind a snapshot, so that a slow follower needs no snapshot. JRaft
 *     keeps what came after the snapshot before the last, so this too is a least distance between two snapshots.
 * @param commandsUnderWayMax commands proposed or forwarded here and not answered; one more fails as overloaded
 * @param writeGuard asked while this server leads, before a command goes into the log
 * @param slowDisk when this server, leading, gives leadership to one with a better disk
 * @param version this build, told to other servers
 * @param zone what fails together with this server; empty: nothing known
 * @param leaderPriority the server with the highest leads, while it is healthy and has caught up; 0: it does not matter
 */
public record RaftOptions(
        String groupId,
        Path dataDirectory,
        String nodeName,
        String datacenter,
        String version,
        String bindAddress,
        int bindPort,
        String advertiseAddress,
        int bootstrapExpect,
        int joinPort,
        String nodeId,
        long reconnectTimeoutMillis,
        List<String> join,
        Function<Path, LogStore> logStore,
        @Nullable PeerTls tls,
        boolean plaintextAllowed,
        int electionTimeoutMillis,
        int snapshotIntervalSeconds,
        long snapshotEntriesMin,
        int logEntriesKept,
        int commandsUnderWayMax,
        SlowDiskOptions slowDisk,
        WriteGuard writeGuard,
        String zone,
        int leaderPriority) {

    public RaftOptions {
        Objects.requireNonNull(logStore, "logStore");
        join = List.copyOf(join);
        if (bootstrapExpect < 0) {
            throw new IllegalArgumentException("bootstrapExpect " + bootstrapExpect + " is negative");
        }
        if (electionTimeoutMillis < 100) {
            throw new IllegalArgumentException("electionTimeoutMillis " + electionTimeoutMillis + " is below 100");
        }
        if (commandsUnderWayMax < 1) {
            throw new IllegalArgumentException("commandsUnderWayMax " + commandsUnderWayMax + " is below 1");
        }
    }

    /** Defaults for everything but where the data lies, what the node is called and which log it keeps. */
    public static Builder builder(Path dataDirectory, String nodeName, Function<Path, LogStore> logStore) {
        return new Builder(dataDirectory, nodeName, logStore);
    }

    /** Collects options. One thread. */
    public static final class Builder {
        private final Path dataDirectory;
        private final String nodeName;
        private final Function<Path, LogStore> logStore;
        private String groupId = "coord";
        private String datacenter = "dc1";
        private String version = "";
        private String bindAddress = "127.0.0.1";
        private int bindPort = 8300;
        private String advertiseAddress = "";
        private int bootstrapExpect = 1;
        private int joinPort = -1;
        private String nodeId = "";
        private long reconnectTimeoutMillis = TimeUnit.DAYS.toMillis(3);
        private List<String> join = List.of();
        private @Nullable PeerTls tls;
        private boolean plaintextAllowed;
        private int electionTimeoutMillis = 600;
        private int snapshotIntervalSeconds = 30;
        private long snapshotEntriesMin = 100_000;
        private int logEntriesKept = 50_000;
        private int commandsUnderWayMax = 8_192;
        private SlowDiskOptions slowDisk = SlowDiskOptions.DEFAULT;
        private WriteGuard writeGuard = WriteGuard.NONE;
        private String zone = "";
        private int leaderPriority;

        private Builder(Path dataDirectory, String nodeName, Function<Path, LogStore> logStore) {
            this.dataDirectory = dataDirectory;
            this.nodeName = nodeName;
            this.logStore = logStore;
        }

        public Builder groupId(String value) {
            groupId = value;
            return this;
        }

        public Builder datacenter(String value) {
            datacenter = value;
            return this;
        }

        public Builder version(String value) {
            version = value;
            return this;
        }

        /** Where to listen; port 0: any free one. */
        public Builder bind(String address, int port) {
            bindAddress = address;
            bindPort = port;
            return this;
        }

        /** Host:port that others reach this server by. */
        public Builder advertise(String address) {
            advertiseAddress = address;
            return this;
        }

        /** Forms a new cluster with this many servers, found at these addresses. */
        public Builder bootstrap(int expect, List<String> addresses) {
            bootstrapExpect = expect;
            join = addresses;
            return this;
        }

        /** A second port on which others may ask to join; below 0: none. */
        public Builder joinPort(int value) {
            joinPort = value;
            return this;
        }

        /** A UUID for the first start; empty: one is made. */
        public Builder nodeId(String value) {
            nodeId = value;
            return this;
        }

        public Builder reconnectTimeoutMillis(long value) {
            reconnectTimeoutMillis = value;
            return this;
        }

        public Builder tls(@Nullable PeerTls value) {
            tls = value;
            return this;
        }

        public Builder plaintextAllowed(boolean value) {
            plaintextAllowed = value;
            return this;
        }

        public Builder electionTimeoutMillis(int value) {
            electionTimeoutMillis = value;
            return this;
        }

        public Builder snapshots(int intervalSeconds, long entriesMin, int entriesKept) {
            snapshotIntervalSeconds = intervalSeconds;
            snapshotEntriesMin = entriesMin;
            logEntriesKept = entriesKept;
            return this;
        }

        public Builder commandsUnderWayMax(int value) {
            commandsUnderWayMax = value;
            return this;
        }

        public Builder writeGuard(WriteGuard value) {
            writeGuard = value;
            return this;
        }

        public Builder slowDisk(SlowDiskOptions value) {
            slowDisk = value;
            return this;
        }

        public Builder zone(String value) {
            zone = value;
            return this;
        }

        public Builder leaderPriority(int value) {
            leaderPriority = value;
            return this;
        }

        public RaftOptions build() {
            return new RaftOptions(
                    groupId,
                    dataDirectory,
                    nodeName,
                    datacenter,
                    version,
                    bindAddress,
                    bindPort,
                    advertiseAddress,
                    bootstrapExpect,
                    joinPort,
                    nodeId,
                    reconnectTimeoutMillis,
                    join,
                    logStore,
                    tls,
                    plaintextAllowed,
                    electionTimeoutMillis,
                    snapshotIntervalSeconds,
                    snapshotEntriesMin,
                    logEntriesKept,
                    commandsUnderWayMax,
                    slowDisk,
                    writeGuard,
                    zone,
                    leaderPriority);
        }
    }
}
