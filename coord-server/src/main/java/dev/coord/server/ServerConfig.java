package dev.coord.server;

import dev.coord.server.dns.DnsOptions;
import dev.coord.streaming.HubShape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a server is told from outside. Immutable and checked: what is in here can be used.
 *
 * @param nodeName unique in the cluster
 * @param dataDir everything that must survive; made when missing
 * @param logBackend where the Raft log is kept while there is none yet: one of {@link
 *     dev.coord.wal.maintenance.LogDirectory#BACKENDS}. A directory that holds a log says itself which backend keeps it.
 * @param logCare what a running server does for its log
 * @param bindAddr where the Raft port listens
 * @param clientAddr where HTTP and gRPC listen unless {@code addresses} says otherwise
 * @param advertiseAddr what other servers are told to reach this one by
 * @param dns where DNS listens, UDP and TCP
 * @param dnsOptions how it answers
 * @param bootstrapExpect servers wanted before the first election; 1: alone; 0: joins an existing cluster
 * @param retryJoin host or host:port of servers to form a cluster with
 * @param logLevel trace, debug, info, warn or error
 * @param raftMultiplier stretches the election timeout, 1 to 10
 * @param snapshots when the log is cut
 * @param httpConnectionsMax open HTTP connections; one more is closed at once
 * @param hubShape how the hub of watches shares out its work, to begin with
 * @param tls null: plain, which is for loopback alone
 * @param raftPlaintextAllowed plain on other addresses, too
 * @param scriptChecks checks may run commands
 * @param services definitions to register at start, as in Consul's files
 * @param checks the same for checks of the node
 * @param ignoredKeys keys that were given and have no effect, for one line in the log
 */
public record ServerConfig(
        String nodeName,
        Map<String, String> nodeMeta,
        String datacenter,
        Path dataDir,
        String logBackend,
        LogCare logCare,
        String bindAddr,
        String clientAddr,
        String advertiseAddr,
        Listen http,
        Listen grpc,
        Listen raft,
        Listen dns,
        DnsOptions dnsOptions,
        int bootstrapExpect,
        List<String> retryJoin,
        String logLevel,
        int raftMultiplier,
        Snapshots snapshots,
        int httpConnectionsMax,
        HubShape hubShape,
        @Nullable Tls tls,
        boolean raftPlaintextAllowed,
        boolean scriptChecks,
        List<Map<String, Object>> services,
        List<Map<String, Object>> checks,
        List<String> ignoredKeys) {

    /** Ports as Consul numbers them. */
    public static final int HTTP_PORT_DEFAULT = 8500;

    public static final int GRPC_PORT_DEFAULT = 8502;
    public static final int RAFT_PORT_DEFAULT = 8300;
    public static final int DNS_PORT_DEFAULT = 8600;

    public ServerConfig {
        nodeMeta = Map.copyOf(nodeMeta);
        retryJoin = List.copyOf(retryJoin);
        services = List.copyOf(services);
        checks = List.copyOf(checks);
        ignoredKeys = List.copyOf(ignoredKeys);
    }

    /**
     * Puts sources together: later ones win; lists of services, checks and servers to join add up.
     *
     * @throws StartupException naming the key and where it was said
     */
    public static ServerConfig of(List<ConfigSource> sources) {
        return new ServerConfigReader(sources).read();
    }

    /**
     * An address to listen on.
     *
     * @param port 0: any free one; below 0: not at all
     */
    public record Listen(String host, int port) {
        public boolean enabled() {
            return port >= 0;
        }
    }

    /**
     * When a snapshot of the state takes the place of log entries.
     *
     * @param intervalSeconds how often is looked whether one is due
     * @param entriesMin how many entries must have come since the last one
     * @param entriesKept entries that stay in the log behind it, for slow followers
     */
    public record Snapshots(int intervalSeconds, int entriesMin, int entriesKept) {}

    /**
     * What a running server does for its log.
     *
     * @param compaction it is compacted by itself
     * @param freeMegabytes from so much free space on
     * @param shadow backend of a second log that is kept beside it and compared; empty: none
     * @param slowDisk when a leader gives leadership away
     */
    public record LogCare(boolean compaction, int freeMegabytes, String shadow, SlowDisk slowDisk) {}

    /**
     * When a leader's disk counts as slow.
     *
     * @param enabled it then gives leadership to a server whose disk does not
     * @param thresholdMillis more than one sync in a hundred takes longer than this
     * @param windowSeconds within this time
     */
    public record SlowDisk(boolean enabled, int thresholdMillis, int windowSeconds) {}

    /** PEM files; relative paths are relative to the working directory. */
    public record Tls(Path caFile, Path certFile, Path keyFile) {}
}
