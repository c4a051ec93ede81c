package dev.coord.server;

import dev.coord.server.ConfigKeys.Kind;
import dev.coord.server.ServerConfig.Listen;
import dev.coord.server.ServerConfig.LogCare;
import dev.coord.server.ServerConfig.SlowDisk;
import dev.coord.server.ServerConfig.Snapshots;
import dev.coord.server.ServerConfig.Tls;
import dev.coord.server.http.HttpOptions;
import dev.coord.streaming.HubShape;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes one {@link ServerConfig} of several sources. Used once. */
final class ServerConfigReader {

    private static final int PORT_MAX = 65_535;
    private static final int SERVERS_MAX = 9;
    private static final int RAFT_MULTIPLIER_MAX = 10;
    private static final int HTTP_CONNECTIONS_DEFAULT = HttpOptions.CONNECTIONS_MAX_DEFAULT;
    private static final Duration SNAPSHOT_INTERVAL_DEFAULT = Duration.ofSeconds(30);
    private static final int SNAPSHOT_ENTRIES_DEFAULT = 100_000;
    private static final int LOG_ENTRIES_KEPT_DEFAULT = 50_000;
    private static final int LOG_FREE_MEGABYTES_DEFAULT = 256;
    private static final int SLOW_DISK_MILLIS_DEFAULT = 500;
    private static final int SLOW_DISK_MILLIS_MAX = 60_000;
    private static final int SLOW_DISK_SECONDS_DEFAULT = 30;
    private static final int SLOW_DISK_SECONDS_MAX = 600;
    private static final List<String> LOG_LEVELS = List.of("trace", "debug", "info", "warn", "error");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final Pattern DATACENTER = Pattern.compile("[a-z0-9_-]{1,64}");

    private final List<ConfigSource> sources;

    ServerConfigReader(List<ConfigSource> sources) {
        this.sources = sources;
    }

    ServerConfig read() {
        refuseWhatWouldBeUnsafe();
        String bind = text("bind_addr", "127.0.0.1");
        String client = text("client_addr", "127.0.0.1");
        int expect = bootstrapExpect();
        Tls tls = tls();
        boolean plaintextAllowed = flag("raft_plaintext_allowed");
        if (tls == null && !plaintextAllowed && !isLoopback("bind_addr", bind)) {
            throw bad(
                    "bind_addr",
                    "to listen on " + bind + ", servers need mutual TLS: give ca_file, cert_file and key_file; or, on a"
                            + " network where nobody else can reach or listen, raft_plaintext_allowed = true");
        }
        return new ServerConfig(
                nodeName(),
                textMap("node_meta"),
                matching("datacenter", text("datacenter", "dc1").toLowerCase(Locale.ROOT), DATACENTER),
                dataDir(),
                logBackend(),
                logCare(),
                bind,
                client,
                text("advertise_addr", bind.equals("0.0.0.0") ? localAddress() : bind),
                new Listen(text("addresses.http", client), port("ports.http", ServerConfig.HTTP_PORT_DEFAULT)),
                new Listen(text("addresses.grpc", client), port("ports.grpc", ServerConfig.GRPC_PORT_DEFAULT)),
                new Listen(bind, port("ports.server", ServerConfig.RAFT_PORT_DEFAULT)),
                new Listen(text("addresses.dns", client), port("ports.dns", ServerConfig.DNS_PORT_DEFAULT)),
                new DnsConfig(sources).read(),
                expect,
                retryJoin(),
                logLevel(),
                number("performance.raft_multiplier", 1, 1, RAFT_MULTIPLIER_MAX),
                snapshots(),
                number("http_connections_max", HTTP_CONNECTIONS_DEFAULT, 1, Integer.MAX_VALUE),
                hubShape(),
                tls,
                plaintextAllowed,
                flag("enable_script_checks") || flag("enable_local_script_checks"),
                objects("service", "services"),
                objects("check", "checks"),
                ignoredKeys());
    }

    /** What somebody relies on for safety is never ignored. */
    private void refuseWhatWouldBeUnsafe() {
        if (flag("acl.enabled") || text("acl.default_policy", "allow").equals("deny")) {
            throw bad(
                    flag("acl.enabled") ? "acl.enabled" : "acl.default_policy",
                    "this build does not enforce ACLs; remove the section, and keep untrusted clients out");
        }
        if (flag("verify_incoming_https") || number("ports.https", -1, -1, PORT_MAX) > 0) {
            throw bad(
                    flag("verify_incoming_https") ? "verify_incoming_https" : "ports.https",
                    "this build does not serve HTTPS; remove the key, and put a TLS proxy before the HTTP port");
        }
    }

    private int bootstrapExpect() {
        int expect = number("bootstrap_expect", 0, 0, SERVERS_MAX);
        boolean bootstrap = flag("bootstrap");
        if (bootstrap && expect > 1) {
            throw bad("bootstrap_expect", "give either bootstrap or bootstrap_expect, not both");
        }
        if (!flag("server")) {
            throw bad("server", "Coord has no client agents: every agent is a server; say -server or server = true");
        }
        if (!bootstrap && expect == 0 && retryJoin().isEmpty()) {
            throw bad(
                    "bootstrap_expect",
                    "nothing says how this server finds its cluster: give -bootstrap for a lone server,"
                            + " -bootstrap-expect N with -retry-join for a new cluster of N, or -retry-join alone to"
                            + " join one");
        }
        return bootstrap ? 1 : expect;
    }

    private List<String> retryJoin() {
        List<String> all = new ArrayList<>(texts("start_join"));
        all.addAll(texts("retry_join"));
        return all;
    }

    private String nodeName() {
        String given = text("node_name", "");
        return matching("node_name", given.isEmpty() ? hostName() : given, NAME);
    }

    private Path dataDir() {
        String given = text("data_dir", "");
        if (given.isEmpty()) {
            throw bad("data_dir", "not given: say where to keep data with -data-dir D");
        }
        return Path.of(given);
    }

    private String logBackend() {
        String given = text("log_backend", LogDirectory.SEGMENT);
        if (!LogDirectory.BACKENDS.contains(given)) {
            throw bad("log_backend", "\"" + given + "\" is none of " + String.join(", ", LogDirectory.BACKENDS));
        }
        return given;
    }

    private HubShape hubShape() {
        try {
            return HubShape.named(text("hub_shape", HubShape.SHARDED.toString()));
        } catch (IllegalArgumentException e) {
            throw bad("hub_shape", e.getMessage());
        }
    }

    private LogCare logCare() {
        String shadow = text("log_shadow", "");
        if (!shadow.isEmpty() && (!LogDirectory.BACKENDS.contains(shadow) || shadow.equals(LogDirectory.MEMORY))) {
            throw bad("log_shadow", "\"" + shadow + "\" is none of segment, lmdb, mapdb");
        }
        return new LogCare(
                flag("log_compaction.enabled"),
                number("log_compaction.free_mb", LOG_FREE_MEGABYTES_DEFAULT, 1, Integer.MAX_VALUE),
                shadow,
                new SlowDisk(
                        !Boolean.FALSE.equals(last("slow_disk.enabled")),
                        number("slow_disk.threshold_ms", SLOW_DISK_MILLIS_DEFAULT, 1, SLOW_DISK_MILLIS_MAX),
                        number("slow_disk.window_s", SLOW_DISK_SECONDS_DEFAULT, 1, SLOW_DISK_SECONDS_MAX)));
    }

    private Snapshots snapshots() {
        Duration interval =
                last("raft_snapshot_interval") instanceof Duration given ? given : SNAPSHOT_INTERVAL_DEFAULT;
        return new Snapshots(
                Math.toIntExact(Math.max(1, Math.min(interval.toSeconds(), Integer.MAX_VALUE))),
                number("raft_snapshot_threshold", SNAPSHOT_ENTRIES_DEFAULT, 1, Integer.MAX_VALUE),
                number("raft_trailing_logs", LOG_ENTRIES_KEPT_DEFAULT, 1, Integer.MAX_VALUE));
    }

    private String logLevel() {
        String given = text("log_level", "info").toLowerCase(Locale.ROOT);
        String level = given.equals("err") ? "error" : given;
        if (!LOG_LEVELS.contains(level)) {
            throw bad("log_level", "\"" + given + "\" is none of " + LOG_LEVELS);
        }
        return level;
    }

    private @Nullable Tls tls() {
        String ca = text("ca_file", "");
        String cert = text("cert_file", "");
        String key = text("key_file", "");
        if (ca.isEmpty() && cert.isEmpty() && key.isEmpty()) {
            return null;
        }
        return new Tls(readable("ca_file", ca), readable("cert_file", cert), readable("key_file", key));
    }

    private Path readable(String key, String file) {
        if (file.isEmpty()) {
            throw bad(key, "not given: ca_file, cert_file and key_file go together");
        }
        Path path = Path.of(file);
        if (!Files.isReadable(path)) {
            throw bad(key, "file " + file + " can't be read");
        }
        return path;
    }

    private int port(String key, int absent) {
        return number(key, absent, -1, PORT_MAX);
    }

    private String matching(String key, String value, Pattern pattern) {
        if (!pattern.matcher(value).matches()) {
            throw bad(key, "\"" + value + "\" does not match " + pattern.pattern());
        }
        return value;
    }

    private boolean isLoopback(String key, String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw bad(key, "\"" + host + "\" is no address");
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

    private static String localAddress() {
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException e) {
            return "127.0.0.1";
        }
    }

    private List<String> ignoredKeys() {
        return sources.stream()
                .flatMap(source -> source.values().keySet().stream())
                .filter(key -> ConfigKeys.kind(key) == Kind.IGNORED)
                .distinct()
                .sorted()
                .toList();
    }

    // ---- one value of all sources

    private @Nullable Object last(String key) {
        Object last = null;
        for (ConfigSource source : sources) {
            Object value = source.values().get(key);
            last = value == null ? last : value;
        }
        return last;
    }

    private String text(String key, String absent) {
        return last(key) instanceof String text ? text : absent;
    }

    private boolean flag(String key) {
        return Boolean.TRUE.equals(last(key));
    }

    private int number(String key, int absent, int min, int max) {
        if (!(last(key) instanceof Long value)) {
            return absent;
        }
        if (value < min || value > max) {
            throw bad(key, value + " is not within " + min + " and " + max);
        }
        return Math.toIntExact(value);
    }

    private List<String> texts(String key) {
        List<String> all = new ArrayList<>();
        for (ConfigSource source : sources) {
            if (source.values().get(key) instanceof List<?> list) {
                list.forEach(item -> all.add((String) item));
            }
        }
        return all;
    }

    private Map<String, String> textMap(String key) {
        Map<String, String> all = new LinkedHashMap<>();
        for (ConfigSource source : sources) {
            if (source.values().get(key) instanceof Map<?, ?> map) {
                map.forEach((name, value) -> all.put((String) name, (String) value));
            }
        }
        return all;
    }

    private List<Map<String, Object>> objects(String... keys) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (ConfigSource source : sources) {
            for (String key : keys) {
                if (source.values().get(key) instanceof List<?> list) {
                    list.forEach(item -> all.add(object(item)));
                }
            }
        }
        return all;
    }

    private static Map<String, Object> object(Object item) {
        Map<String, Object> object = new LinkedHashMap<>();
        if (item instanceof Map<?, ?> map) {
            map.forEach((name, value) -> object.put((String) name, value));
        }
        return object;
    }

    /** Names where the key was said last. */
    private StartupException bad(String key, String why) {
        String where = "configuration";
        for (ConfigSource source : sources) {
            if (source.values().containsKey(key)) {
                where = source.name();
            }
        }
        return new StartupException(ExitCode.CONFIG, where + ": key \"" + key + "\": " + why);
    }
}
