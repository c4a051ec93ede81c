package dev.coord.server;

import dev.coord.server.acl.AclSettings;
import dev.coord.server.archive.ArchiveSchedule;
import dev.coord.server.audit.AuditSettings;
import dev.coord.server.dns.DnsOptions;
import dev.coord.server.limits.LimitSettings;
import dev.coord.server.logging.LogOptions;
import dev.coord.server.space.SpaceSettings;
import dev.coord.streaming.HubShape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a server is told from outside. Immutable and checked: what is in here can be used.
 *
 * @param server false: an agent that keeps no state of the cluster and asks its servers
 * @param nodeName unique in the cluster
 * @param nodeId a UUID; empty: kept, or made at first start
 * @param dataDir everything that must survive; made when missing
 * @param logBackend where the Raft log is kept while there is none yet: one of {@link
 *     dev.coord.wal.maintenance.LogDirectory#BACKENDS}. A directory that holds a log says itself which backend keeps it.
 * @param logCare what a running server does for its log
 * @param bindAddr what servers are bound to; an agent's own address
 * @param advertiseAddr what other servers are told to reach this one by
 * @param dns where DNS listens, UDP and TCP
 * @param dnsOptions how it answers
 * @param http where HTTP is served; empty: nowhere
 * @param https the same with TLS
 * @param grpc where gRPC is served; empty: nowhere
 * @param grpcTls the same with TLS
 * @param raft where other servers reach this one
 * @param joinPort a second port on which others may ask to join; below 0: none
 * @param adminSocket where whoever can open it may do everything over HTTP; null: nowhere
 * @param socketFiles how files of unix sockets are made
 * @param bootstrapExpect servers wanted before the first election; 1: alone; 0: joins an existing cluster
 * @param retryJoin host:port of servers to form a cluster with, or to ask
 * @param logging what is logged, and where to
 * @param pidFile null: none
 * @param placement what fails together with this server, and how much it is to lead
 * @param raftMultiplier stretches the election timeout, 1 to 10
 * @param snapshots when the log is cut
 * @param diskCare room on the disk, and snapshots in files
 * @param hubShape how the hub of watches shares out its work, to begin with
 * @param rolloutGuards what breaks a step of a rollout that is begun here, where it is not what was built in; checked
 * @param leaving when stopping means leaving the cluster
 * @param reconnectTimeout a member that was silent for so long is forgotten
 * @param checkRules what local checks may do
 * @param limits what clients are held to
 * @param tls between servers; null: plain, which is for loopback alone
 * @param httpsTls null when HTTPS is not served
 * @param grpcTlsFiles null when gRPC is not served with TLS
 * @param raftPlaintextAllowed plain between servers on other addresses, too
 * @param services definitions to register at start, as in Consul's files
 * @param checks the same for checks of the node
 * @param watches kept by whoever runs the server ({@link ServerHost}), over its HTTP
 * @param acl who may do what
 * @param audit who did what, in a file
 * @param ignoredKeys keys that were given and have no effect, for one line in the log
 * @param recordings flight recordings may be taken over HTTP, where there are no ACLs to ask
 * @param shown what was given, by key, with secrets hidden
 * @param warnings what was understood in another way than its writer may think, a line each
 */
public record ServerConfig(
        boolean server,
        String nodeName,
        String nodeId,
        Map<String, String> nodeMeta,
        String datacenter,
        Path dataDir,
        String logBackend,
        LogCare logCare,
        String bindAddr,
        String advertiseAddr,
        List<Listen> http,
        List<Listen> https,
        List<Listen> grpc,
        List<Listen> grpcTls,
        Listen raft,
        int joinPort,
        @Nullable Path adminSocket,
        SocketFiles socketFiles,
        Listen dns,
        DnsOptions dnsOptions,
        int bootstrapExpect,
        List<String> retryJoin,
        LogOptions logging,
        @Nullable Path pidFile,
        Placement placement,
        int raftMultiplier,
        Snapshots snapshots,
        DiskCare diskCare,
        HubShape hubShape,
        List<String> rolloutGuards,
        Leaving leaving,
        Duration reconnectTimeout,
        CheckRules checkRules,
        LimitSettings limits,
        @Nullable Tls tls,
        @Nullable Tls httpsTls,
        @Nullable Tls grpcTlsFiles,
        boolean raftPlaintextAllowed,
        List<Map<String, Object>> services,
        List<Map<String, Object>> checks,
        List<WatchDefinition> watches,
        AclSettings acl,
        AuditSettings audit,
        List<String> ignoredKeys,
        boolean recordings,
        Map<String, String> shown,
        List<String> warnings) {

    /** Ports as Consul numbers them. */
    public static final int HTTP_PORT_DEFAULT = 8500;

    public static final int GRPC_PORT_DEFAULT = 8502;
    public static final int RAFT_PORT_DEFAULT = 8300;
    public static final int DNS_PORT_DEFAULT = 8600;
    /** Where Consul's agents gossip; an address to join may name it. */
    static final int GOSSIP_PORT_DEFAULT = 8301;

    public ServerConfig {
        nodeMeta = Map.copyOf(nodeMeta);
        http = List.copyOf(http);
        https = List.copyOf(https);
        grpc = List.copyOf(grpc);
        grpcTls = List.copyOf(grpcTls);
        retryJoin = List.copyOf(retryJoin);
        rolloutGuards = List.copyOf(rolloutGuards);
        services = List.copyOf(services);
        checks = List.copyOf(checks);
        watches = List.copyOf(watches);
        ignoredKeys = List.copyOf(ignoredKeys);
        shown = Map.copyOf(shown);
        warnings = List.copyOf(warnings);
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
     * Where a server stands among the others.
     *
     * @param zone what fails together with it; empty: nothing known
     * @param leaderPriority the higher, the rather it leads; 0: it does not matter
     */
    public record Placement(String zone, int leaderPriority) {}

    /**
     * An address to listen on.
     *
     * @param host a name, an IP address, or {@code unix:///path/of/a/socket}
     * @param port 0: any free one; below 0: not at all; of no meaning for a unix socket
     */
    public record Listen(String host, int port) {
        static final String UNIX = "unix://";

        /** False: not at all. */
        public boolean enabled() {
            return port >= 0;
        }

        public boolean isUnix() {
            return host.startsWith(UNIX);
        }
    }

    /**
     * How the file of a unix socket is made.
     *
     * @param mode permission bits, octal; empty: as the process's mask says
     * @param user name or number; empty: the process's
     * @param group name or number; empty: the process's
     */
    public record SocketFiles(String mode, String user, String group) {}

    /**
     * When a snapshot of the state takes the place of log entries.
     *
     * @param intervalSeconds how often is looked whether one is due
     * @param entriesMin how many entries must have come since the last one
     * @param entriesKept entries that stay in the log behind it, for slow followers
     */
    public record Snapshots(int intervalSeconds, int entriesMin, int entriesKept) {}

    /**
     * What a running server does for its disk and with it.
     *
     * @param space when there is too little room
     * @param archives which snapshots are put into files
     */
    public record DiskCare(SpaceSettings space, ArchiveSchedule archives) {}

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

    /**
     * Whether a signal means to leave the cluster for good.
     *
     * @param onTerminate SIGTERM does
     * @param onInterrupt SIGINT does
     * @param drain how long to go on answering once left
     */
    public record Leaving(boolean onTerminate, boolean onInterrupt, Duration drain) {}

    /**
     * What local checks may do.
     *
     * @param scriptsFromFiles checks in configuration files may run commands
     * @param scriptsFromApi checks that come over HTTP may, too
     */
    public record CheckRules(boolean scriptsFromFiles, boolean scriptsFromApi) {}

    /**
     * PEM files; relative paths are relative to the working directory.
     *
     * @param caFile whom to trust; null: nobody is asked for a certificate
     * @param verifyClients who has no certificate of that authority is refused
     */
    public record Tls(@Nullable Path caFile, Path certFile, Path keyFile, boolean verifyClients) {}
}
