package dev.coord.server;

import dev.coord.server.ServerConfig.CheckRules;
import dev.coord.server.ServerConfig.DiskCare;
import dev.coord.server.ServerConfig.Leaving;
import dev.coord.server.ServerConfig.Listen;
import dev.coord.server.ServerConfig.LogCare;
import dev.coord.server.ServerConfig.SlowDisk;
import dev.coord.server.ServerConfig.Snapshots;
import dev.coord.server.ServerConfig.SocketFiles;
import dev.coord.server.ServerConfig.Tls;
import dev.coord.server.archive.ArchiveSchedule;
import dev.coord.server.audit.AuditSettings;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.limits.LimitSettings;
import dev.coord.server.limits.WaitingRoom;
import dev.coord.server.logging.LogOptions;
import dev.coord.server.logging.Rotation;
import dev.coord.server.rollout.Signal;
import dev.coord.server.space.SpaceSettings;
import dev.coord.streaming.HubShape;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes one {@link ServerConfig} of several sources. Used once. */
final class ServerConfigReader {

    private static final int PORT_MAX = 65_535;
    private static final int SERVERS_MAX = 9;
    private static final int RAFT_MULTIPLIER_MAX = 10;
    private static final Duration SNAPSHOT_INTERVAL_DEFAULT = Duration.ofSeconds(30);
    private static final Duration RECONNECT_TIMEOUT_DEFAULT = Duration.ofDays(3);
    private static final int SNAPSHOT_ENTRIES_DEFAULT = 100_000;
    private static final int LOG_ENTRIES_KEPT_DEFAULT = 50_000;
    private static final int BYTES_OF_MEGABYTE_BITS = 20;
    private static final int DISK_LOW_MEGABYTES_DEFAULT = 128;
    private static final int AUDIT_BYTES_MIN = 4_096;
    private static final int AUDIT_FILES_MAX = 10_000;
    private static final int BACKUPS_KEPT_DEFAULT = 24;
    private static final Duration BACKUP_INTERVAL_MIN = Duration.ofSeconds(1);
    private static final int LOG_FREE_MEGABYTES_DEFAULT = 256;
    private static final int SLOW_DISK_MILLIS_DEFAULT = 500;
    private static final int SLOW_DISK_MILLIS_MAX = 60_000;
    private static final int SLOW_DISK_SECONDS_DEFAULT = 30;
    private static final int SLOW_DISK_SECONDS_MAX = 600;
    private static final List<String> LOG_LEVELS = List.of("trace", "debug", "info", "warn", "error");
    private static final Duration LOG_ROTATE_DURATION_DEFAULT = Duration.ofDays(1);
    private static final String LOG_FILE_DEFAULT = "coord.log";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final Pattern DATACENTER = Pattern.compile("[a-z0-9_-]{1,64}");
    /** A transaction's JSON is larger than the command that it becomes. */
    private static final int TXN_BYTES_CEILING = 4 * CommandLimits.COMMAND_BYTES_MAX;

    private static final String LOOPBACK = "127.0.0.1";

    private final List<ConfigSource> sources;
    private final ConfigValues values;
    private final List<String> warnings = new ArrayList<>();

    ServerConfigReader(List<ConfigSource> sources) {
        this.sources = sources;
        this.values = new ConfigValues(sources);
    }

    /** Short, and without what would need quoting anywhere. */
    private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9._-]{0,64}");

    private static final int LEADER_PRIORITY_MAX = 100;
    private static final int WAITING_ROOM_MAX = 1_000_000;

    ServerConfig read() {
        TlsReader tls = new TlsReader(values);
        boolean server = values.flag("server");
        String datacenter =
                matching("datacenter", values.text("datacenter", "dc1").toLowerCase(Locale.ROOT), DATACENTER);
        String bind = address("bind_addr", LOOPBACK);
        int expect = server ? bootstrapExpect() : 0;
        List<String> retryJoin = retryJoin(server, expect);
        Tls peers = tls.betweenServers();
        int raftPort = port("ports.server", ServerConfig.RAFT_PORT_DEFAULT);
        Listen raft = new Listen(raftHost(bind, peers, expect == 1 && retryJoin.isEmpty(), server), raftPort);
        List<Listen> https = listens("addresses.https", "ports.https", -1);
        List<Listen> grpcTls = listens("addresses.grpc_tls", "ports.grpc_tls", -1);
        Tls httpsTls = https.isEmpty() ? null : tls.https();
        Tls grpcTlsFiles = grpcTls.isEmpty() ? null : tls.grpc();
        List<Listen> http = listens("addresses.http", "ports.http", ServerConfig.HTTP_PORT_DEFAULT);
        List<WatchDefinition> watches = new WatchConfig(values).read();
        if (!watches.isEmpty() && http.stream().noneMatch(listen -> listen.isUnix() || listen.port() > 0)) {
            throw values.bad("watches", "they ask this agent over HTTP: give ports.http");
        }
        warnIfNotServed("ports.https", https, httpsTls);
        warnIfNotServed("ports.grpc_tls", grpcTls, grpcTlsFiles);
        return new ServerConfig(
                server,
                nodeName(),
                nodeId(),
                values.textMap("node_meta"),
                datacenter,
                dataDir(),
                logBackend(),
                logCare(),
                bind,
                address("advertise_addr", bind.equals("0.0.0.0") ? SocketAddressTemplate.privateAddress() : bind),
                http,
                httpsTls == null ? List.of() : https,
                listens("addresses.grpc", "ports.grpc", ServerConfig.GRPC_PORT_DEFAULT),
                grpcTlsFiles == null ? List.of() : grpcTls,
                raft,
                port("ports.serf_lan", -1),
                adminSocket(server),
                new SocketFiles(
                        values.text("unix_sockets.mode", ""),
                        values.text("unix_sockets.user", ""),
                        values.text("unix_sockets.group", "")),
                dns(),
                new DnsConfig(sources).read(),
                expect,
                retryJoin,
                logging(),
                values.firstText("pid_file").map(Path::of).orElse(null),
                new ServerConfig.Placement(
                        matching("zone", values.text("zone", ""), ZONE),
                        values.number("leader_priority", 0, 0, LEADER_PRIORITY_MAX)),
                values.number("performance.raft_multiplier", 1, 1, RAFT_MULTIPLIER_MAX),
                snapshots(),
                diskCare(),
                hubShape(),
                rolloutGuards(),
                new Leaving(
                        values.firstFlag(!server, "leave_on_terminate"),
                        !values.firstFlag(server, "skip_leave_on_interrupt"),
                        values.duration("performance.leave_drain_time", Duration.ZERO)),
                values.duration("reconnect_timeout", RECONNECT_TIMEOUT_DEFAULT),
                checkRules(),
                limits(),
                peers,
                httpsTls,
                grpcTlsFiles,
                values.flag("raft_plaintext_allowed"),
                values.objects("service", "services"),
                values.objects("check", "checks"),
                watches,
                new AclConfig(values).read(datacenter),
                audit(),
                values.ignoredKeys(),
                values.flag("enable_debug"),
                values.shown(),
                warnings);
    }

    /** Agents keep nothing that tokens of the cluster guard. */
    private @Nullable Path adminSocket(boolean server) {
        String given = values.text("admin_socket", "");
        if (!server || given.equals("none")) {
            return null;
        }
        return given.isEmpty() ? dataDir().resolve("admin").resolve("coord.sock") : Path.of(given);
    }

    /** As in Consul, where tests give every port: a port of its own is not yet a wish for TLS. */
    private void warnIfNotServed(String key, List<Listen> listens, @Nullable Tls tls) {
        if (!listens.isEmpty() && tls == null) {
            warnings.add(key + " is set, but there is no certificate to serve it with: give cert_file and key_file");
        }
    }

    /** A server that stays alone needs no port that others reach: it starts, safely, where others would be refused. */
    private String raftHost(String bind, @Nullable Tls peers, boolean alone, boolean server) {
        if (peers != null || values.flag("raft_plaintext_allowed") || !server || isLoopback(bind)) {
            return bind;
        }
        if (!alone) {
            throw values.bad(
                    "bind_addr",
                    "to listen on " + bind + ", servers need mutual TLS: give ca_file, cert_file and key_file; or, on a"
                            + " network where nobody else can reach or listen, raft_plaintext_allowed = true");
        }
        warnings.add("the Raft port stays on " + LOOPBACK + ", for there is no TLS between servers: no other server can"
                + " join this one until ca_file, cert_file and key_file are given (or raft_plaintext_allowed)");
        return LOOPBACK;
    }

    private int bootstrapExpect() {
        int expect = values.number("bootstrap_expect", 0, 0, SERVERS_MAX);
        boolean bootstrap = values.flag("bootstrap");
        if (bootstrap && expect > 1) {
            throw values.bad("bootstrap_expect", "give either bootstrap or bootstrap_expect, not both");
        }
        return bootstrap ? 1 : expect;
    }

    /**
     * With a port each. One that names the port on which Consul gossips means the server behind it: its Raft port is asked,
     * too.
     */
    private List<String> retryJoin(boolean server, int expect) {
        Set<String> all = new LinkedHashSet<>();
        for (String key : List.of("start_join", "retry_join")) {
            for (String given : values.texts(key)) {
                if (given.contains("provider=")) {
                    throw values.bad(
                            key,
                            "\"" + given + "\": looking servers up at a cloud provider is not offered; give addresses");
                }
                all.addAll(JoinAddress.candidates(SocketAddressTemplate.resolve(given)));
            }
        }
        if (all.isEmpty() && !(server && expect == 1)) {
            warnings.add(
                    "nothing says where the cluster is: waiting to be told by agent/join (give -retry-join to find it"
                            + " by itself" + (server ? ", or -bootstrap for a lone server)" : ")"));
        }
        return List.copyOf(all);
    }

    private String nodeName() {
        String given = values.text("node_name", "");
        return matching("node_name", given.isEmpty() ? hostName() : given, NAME);
    }

    private String nodeId() {
        String given = values.text("node_id", "").toLowerCase(Locale.ROOT);
        if (!given.isEmpty()) {
            try {
                if (UUID.fromString(given).toString().equals(given)) {
                    return given;
                }
            } catch (IllegalArgumentException e) {
                // Refused below.
            }
            throw values.bad("node_id", "\"" + given + "\" is no UUID");
        }
        return "";
    }

    private Path dataDir() {
        String given = values.text("data_dir", "");
        if (given.isEmpty()) {
            throw values.bad("data_dir", "not given: say where to keep data with -data-dir D");
        }
        return Path.of(given);
    }

    private String logBackend() {
        String given = values.text("log_backend", LogDirectory.SEGMENT);
        if (!LogDirectory.BACKENDS.contains(given)) {
            throw values.bad("log_backend", "\"" + given + "\" is none of " + String.join(", ", LogDirectory.BACKENDS));
        }
        return given;
    }

    private HubShape hubShape() {
        try {
            return HubShape.named(values.text("hub_shape", HubShape.SHARDED.toString()));
        } catch (IllegalArgumentException e) {
            throw values.bad("hub_shape", e.getMessage());
        }
    }

    private List<String> rolloutGuards() {
        List<String> guards = values.texts("rollout_guards");
        try {
            Signal.guards(guards);
        } catch (ConsensusException e) {
            throw values.bad("rollout_guards", e.getMessage());
        }
        return guards;
    }

    private LogCare logCare() {
        String shadow = values.text("log_shadow", "");
        if (!shadow.isEmpty() && (!LogDirectory.BACKENDS.contains(shadow) || shadow.equals(LogDirectory.MEMORY))) {
            throw values.bad("log_shadow", "\"" + shadow + "\" is none of segment, lmdb, mapdb");
        }
        return new LogCare(
                values.flag("log_compaction.enabled"),
                values.number("log_compaction.free_mb", LOG_FREE_MEGABYTES_DEFAULT, 1, Integer.MAX_VALUE),
                shadow,
                new SlowDisk(
                        !Boolean.FALSE.equals(values.last("slow_disk.enabled")),
                        values.number("slow_disk.threshold_ms", SLOW_DISK_MILLIS_DEFAULT, 1, SLOW_DISK_MILLIS_MAX),
                        values.number("slow_disk.window_s", SLOW_DISK_SECONDS_DEFAULT, 1, SLOW_DISK_SECONDS_MAX)));
    }

    private Snapshots snapshots() {
        Duration interval = values.duration("raft_snapshot_interval", SNAPSHOT_INTERVAL_DEFAULT);
        return new Snapshots(
                Math.toIntExact(Math.max(1, Math.min(interval.toSeconds(), Integer.MAX_VALUE))),
                values.number("raft_snapshot_threshold", SNAPSHOT_ENTRIES_DEFAULT, 1, Integer.MAX_VALUE),
                values.number("raft_trailing_logs", LOG_ENTRIES_KEPT_DEFAULT, 1, Integer.MAX_VALUE));
    }

    private DiskCare diskCare() {
        String on = values.text("backup.on", "leader");
        if (!on.equals("leader") && !on.equals("each")) {
            throw values.bad("backup.on", "\"" + on + "\" is neither leader nor each");
        }
        Duration interval = values.duration("backup.interval", Duration.ZERO);
        if (!interval.isZero() && interval.compareTo(BACKUP_INTERVAL_MIN) < 0) {
            throw values.bad("backup.interval", "is below " + BACKUP_INTERVAL_MIN.toSeconds() + "s");
        }
        return new DiskCare(
                new SpaceSettings(
                        megabytes("disk.low_mb", DISK_LOW_MEGABYTES_DEFAULT), megabytes("disk.ballast_mb", 0)),
                new ArchiveSchedule(
                        interval,
                        values.firstText("backup.path")
                                .map(Path::of)
                                .orElse(dataDir().resolve("backups")),
                        values.number("backup.keep", BACKUPS_KEPT_DEFAULT, 1, Integer.MAX_VALUE),
                        values.duration("backup.max_age", Duration.ZERO),
                        on.equals("leader")));
    }

    private AuditSettings audit() {
        return new AuditSettings(
                values.flag("audit.enabled"),
                values.firstText("audit.path")
                        .map(Path::of)
                        .orElse(dataDir().resolve("audit").resolve("audit.json")),
                new Rotation(
                        values.number(
                                "audit.rotate_bytes",
                                (int) AuditSettings.ROTATE_BYTES_DEFAULT,
                                AUDIT_BYTES_MIN,
                                Integer.MAX_VALUE),
                        Rotation.NEVER,
                        values.number("audit.rotate_max_files", AuditSettings.FILES_MAX_DEFAULT, 0, AUDIT_FILES_MAX)));
    }

    private long megabytes(String key, int absent) {
        return (long) values.number(key, absent, 0, Integer.MAX_VALUE) << BYTES_OF_MEGABYTE_BITS;
    }

    private CheckRules checkRules() {
        boolean everywhere = values.flag("enable_script_checks");
        return new CheckRules(everywhere || values.flag("enable_local_script_checks"), everywhere);
    }

    private LimitSettings limits() {
        return new LimitSettings(
                values.number("http_connections_max", LimitSettings.CONNECTIONS_MAX_DEFAULT, 1, Integer.MAX_VALUE),
                values.number("limits.http_max_conns_per_client", 0, 0, Integer.MAX_VALUE),
                values.number(
                        "limits.kv_max_value_size",
                        CommandLimits.VALUE_BYTES_MAX,
                        1,
                        CommandLimits.VALUE_BYTES_CEILING),
                values.number("limits.txn_max_req_len", LimitSettings.TXN_BYTES_MAX_DEFAULT, 1, TXN_BYTES_CEILING),
                limitMode(),
                values.decimal("limits.request_limits.read_rate", -1),
                values.decimal("limits.request_limits.write_rate", -1),
                waitingRoom());
    }

    private WaitingRoom.Settings waitingRoom() {
        WaitingRoom.Settings absent = WaitingRoom.Settings.defaults();
        return new WaitingRoom.Settings(
                values.number("waiting_room.per_second", absent.perSecond(), 0, WAITING_ROOM_MAX),
                values.number("waiting_room.at_once", absent.atOnce(), 1, WAITING_ROOM_MAX),
                values.duration("waiting_room.open", absent.open()));
    }

    private LimitSettings.Mode limitMode() {
        String key = "limits.request_limits.mode";
        String given = values.text(key, "disabled");
        for (LimitSettings.Mode mode : LimitSettings.Mode.values()) {
            if (mode.name().equalsIgnoreCase(given)) {
                return mode;
            }
        }
        throw values.bad(key, "\"" + given + "\" is none of disabled, permissive, enforcing");
    }

    private LogOptions logging() {
        int bytes = values.number("log_rotate_bytes", 0, 0, Integer.MAX_VALUE);
        Duration age = values.duration("log_rotate_duration", LOG_ROTATE_DURATION_DEFAULT);
        int files = values.number("log_rotate_max_files", 0, -1, Integer.MAX_VALUE);
        return new LogOptions(
                logLevel(),
                values.flag("log_json"),
                values.firstText("log_file").map(ServerConfigReader::logFile).orElse(null),
                new Rotation(
                        bytes == 0 ? Long.MAX_VALUE : bytes,
                        age.isZero() ? LOG_ROTATE_DURATION_DEFAULT : age,
                        // As Consul has it: 0 keeps all, and what is below keeps none.
                        files == 0 ? Integer.MAX_VALUE : Math.max(0, files)));
    }

    /** Consul takes a directory for a file in it, and gives a name without an ending one. */
    private static Path logFile(String given) {
        Path path = Path.of(given);
        if (given.endsWith("/") || Files.isDirectory(path)) {
            return path.resolve(LOG_FILE_DEFAULT);
        }
        Path name = path.getFileName();
        return name == null || name.toString().lastIndexOf('.') > 0 ? path : path.resolveSibling(name + ".log");
    }

    private String logLevel() {
        String given = values.text("log_level", "info").toLowerCase(Locale.ROOT);
        String level = given.equals("err") ? "error" : given;
        if (!LOG_LEVELS.contains(level)) {
            throw values.bad("log_level", "\"" + given + "\" is none of " + LOG_LEVELS);
        }
        return level;
    }

    /** Several addresses stand in one text, with spaces between. */
    private List<Listen> listens(String addressKey, String portKey, int absentPort) {
        int port = port(portKey, absentPort);
        String given = values.firstText(addressKey, "client_addr").orElse(LOOPBACK);
        List<Listen> listens = new ArrayList<>();
        for (String address : SocketAddressTemplate.resolve(given).trim().split("\\s+")) {
            Listen listen = new Listen(address, Math.max(0, port));
            if (port >= 0 || listen.isUnix()) {
                listens.add(listen);
            }
        }
        return listens;
    }

    /** On one address alone: a name server of this machine, or the network, asks there. */
    private Listen dns() {
        String given = SocketAddressTemplate.resolve(
                values.firstText("addresses.dns", "client_addr").orElse(LOOPBACK));
        return new Listen(given.trim().split("\\s+")[0], port("ports.dns", ServerConfig.DNS_PORT_DEFAULT));
    }

    private String address(String key, String absent) {
        return SocketAddressTemplate.resolve(values.text(key, absent)).trim();
    }

    private int port(String key, int absent) {
        return values.number(key, absent, -1, PORT_MAX);
    }

    private String matching(String key, String value, Pattern pattern) {
        if (!pattern.matcher(value).matches()) {
            throw values.bad(key, "\"" + value + "\" does not match " + pattern.pattern());
        }
        return value;
    }

    private boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw values.bad("bind_addr", "\"" + host + "\" is no address");
        }
    }

    /** Reads a file rather than ask the name service, which may be slow. */
    private static String hostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException notLinux) {
            String named = System.getenv("HOSTNAME");
            return named == null ? "coord" : named;
        }
    }
}
