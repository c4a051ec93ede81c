package dev.coord.tools;

import dev.coord.server.ConfigFile;
import dev.coord.server.ConfigSource;
import dev.coord.server.ExitCode;
import dev.coord.server.ServerConfig;
import dev.coord.server.StartupException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Takes the flags of {@code consul agent}, with one dash or two. Files come first, in the order given; flags win. */
@Command(
        name = "agent",
        description = {
            "Starts a server with Consul's flags and configuration files.",
            "Each flag takes one dash or two. Later files win over earlier ones, flags over files."
        })
final class AgentCommand implements Callable<Integer> {

    /** Stops, as SIGTERM would have it, when its standard input ends: when whoever started it is no more. */
    static final String UNTIL_INPUT_ENDS = "--until-input-ends";

    private static final String TEXT = "TEXT";

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // picocli sets it and acts on it
    @Option(
            names = {"-h", "-help", "--help"},
            usageHelp = true,
            description = "Shows this.")
    private boolean help;

    @Option(
            names = {"-dev", "--dev"},
            description = "A lone server whose data goes away with it.")
    private boolean dev;

    @Option(
            names = {"-server", "--server"},
            arity = "0..1",
            fallbackValue = "true",
            description = "Keeps the cluster's state; else an agent that asks its servers.")
    private @Nullable Boolean server;

    @Option(
            names = {"-bootstrap", "--bootstrap"},
            arity = "0..1",
            fallbackValue = "true",
            description = "A lone server that elects itself.")
    private @Nullable Boolean bootstrap;

    @Option(
            names = {"-bootstrap-expect", "--bootstrap-expect"},
            paramLabel = "N",
            description = "Servers of a new cluster.")
    private @Nullable Long bootstrapExpect;

    @Option(
            names = {"-config-file", "--config-file"},
            paramLabel = "FILE",
            description = "JSON or HCL; may be given again.")
    private List<Path> configFiles = List.of();

    @Option(
            names = {"-config-dir", "--config-dir"},
            paramLabel = "DIR",
            description = "All its .json and .hcl files, by name; may be given again.")
    private List<Path> configDirs = List.of();

    @Option(
            names = {"-hcl", "--hcl"},
            paramLabel = TEXT,
            description = "Configuration as text; may be given again.")
    private List<String> hcl = List.of();

    @Option(
            names = {"-data-dir", "--data-dir"},
            paramLabel = "DIR",
            description = "Where data is kept.")
    private @Nullable String dataDir;

    @Option(
            names = {"-node", "--node"},
            paramLabel = "NAME",
            description = "The node's name (default: the host's).")
    private @Nullable String node;

    @Option(
            names = {"-node-meta", "--node-meta"},
            paramLabel = "KEY:VALUE",
            description = "May be given again.")
    private List<String> nodeMeta = List.of();

    @Option(
            names = {"-datacenter", "--datacenter"},
            paramLabel = "NAME",
            description = "Default: dc1.")
    private @Nullable String datacenter;

    @Option(
            names = {"-bind", "--bind"},
            paramLabel = "ADDRESS",
            description = "Where Raft listens (default: 127.0.0.1).")
    private @Nullable String bind;

    @Option(
            names = {"-advertise", "--advertise"},
            paramLabel = "ADDRESS",
            description = "What other servers reach this one by.")
    private @Nullable String advertise;

    @Option(
            names = {"-client", "--client"},
            paramLabel = "ADDRESS",
            description = "Where HTTP and gRPC listen (default: 127.0.0.1).")
    private @Nullable String client;

    @Option(
            names = {"-http-port", "--http-port"},
            paramLabel = "PORT",
            description = "Default: 8500; 0: any free one; -1: none.")
    private @Nullable Long httpPort;

    @Option(
            names = {"-https-port", "--https-port"},
            paramLabel = "PORT",
            description = "Default: none; served where there are cert_file and key_file.")
    private @Nullable Long httpsPort;

    @Option(
            names = {"-grpc-port", "--grpc-port"},
            paramLabel = "PORT",
            description = "Default: 8502; 0: any free one; -1: none.")
    private @Nullable Long grpcPort;

    @Option(
            names = {"-dns-port", "--dns-port"},
            paramLabel = "PORT",
            description = "DNS, over UDP and TCP. Default: 8600; 0: any free one; -1: none.")
    private @Nullable Long dnsPort;

    @Option(
            names = {"-server-port", "--server-port"},
            paramLabel = "PORT",
            description = "Raft. Default: 8300; 0: any free one.")
    private @Nullable Long serverPort;

    @Option(
            names = {"-join", "--join"},
            paramLabel = "ADDRESS",
            description = "The same as -retry-join.")
    private List<String> join = List.of();

    @Option(
            names = {"-retry-join", "--retry-join"},
            paramLabel = "ADDRESS",
            description = "A server of the cluster, host or host:port; may be given again.")
    private List<String> retryJoin = List.of();

    @Option(
            names = {"-log-level", "--log-level"},
            paramLabel = "LEVEL",
            description = "trace, debug, info (default), warn or error.")
    private @Nullable String logLevel;

    @Option(
            names = {"-log-json", "--log-json"},
            arity = "0..1",
            fallbackValue = "true",
            description = "Logs a JSON object a line.")
    private @Nullable Boolean logJson;

    @Option(
            names = {"-log-file", "--log-file"},
            paramLabel = "FILE",
            description = "Logs to it, too.")
    private @Nullable String logFile;

    @Option(
            names = {"-log-rotate-bytes", "--log-rotate-bytes"},
            paramLabel = "N",
            description = "Puts that file aside before it grows beyond this (default: 0, any size).")
    private @Nullable Long logRotateBytes;

    @Option(
            names = {"-log-rotate-duration", "--log-rotate-duration"},
            paramLabel = "TIME",
            description = "Puts it aside when it is so old (default: 24h).")
    private @Nullable String logRotateDuration;

    @Option(
            names = {"-log-rotate-max-files", "--log-rotate-max-files"},
            paramLabel = "N",
            description = "Keeps so many beside it (default: 0, all; -1: none).")
    private @Nullable Long logRotateMaxFiles;

    @Option(
            names = {"-log-backend", "--log-backend"},
            paramLabel = "NAME",
            description = "Where the Raft log is kept: segment (default), lmdb, mapdb or memory.")
    private @Nullable String logBackend;

    @Option(
            names = {"-enable-script-checks", "--enable-script-checks"},
            arity = "0..1",
            fallbackValue = "true",
            description = "Lets checks run commands.")
    private @Nullable Boolean scriptChecks;

    @Option(
            names = {"-serf-lan-port", "--serf-lan-port"},
            paramLabel = "PORT",
            description = "A second port on which servers may ask to join; there is no gossip.")
    private @Nullable Long serfLanPort;

    @Option(
            names = {"-domain", "--domain"},
            paramLabel = "NAME",
            description = "What all names in DNS end in (default: consul).")
    private @Nullable String domain;

    @Option(
            names = {"-alt-domain", "--alt-domain"},
            paramLabel = "NAME",
            description = "A second such name.")
    private @Nullable String altDomain;

    @Option(
            names = {"-recursor", "--recursor"},
            paramLabel = "ADDRESS",
            description = "A DNS server for names below other domains; may be given again.")
    private List<String> recursors = List.of();

    @Option(
            names = {"-enable-local-script-checks", "--enable-local-script-checks"},
            arity = "0..1",
            fallbackValue = "true",
            description = "Lets checks in configuration files run commands.")
    private @Nullable Boolean localScriptChecks;

    @Option(
            names = {"-pid-file", "--pid-file"},
            paramLabel = "FILE",
            description = "Where the process's id is kept while it runs.")
    private @Nullable String pidFile;

    @Option(
            names = {"-node-id", "--node-id"},
            paramLabel = "UUID",
            description = "For the first start in a data directory (default: made then).")
    private @Nullable String nodeId;

    @Option(
            names = {"-config-format", "--config-format"},
            paramLabel = "FORMAT",
            description = "json or hcl, whatever the names of the files.")
    private @Nullable String configFormat;

    @Option(
            names = {"-grpc-tls-port", "--grpc-tls-port"},
            paramLabel = "PORT",
            description = "Default: none; served where there are cert_file and key_file.")
    private @Nullable Long grpcTlsPort;

    @Option(names = UNTIL_INPUT_ENDS, hidden = true)
    private boolean untilInputEnds;

    @Override
    public Integer call() {
        if (!dev) {
            return run(() -> {}, List.of());
        }
        ScratchDirectory scratch = ScratchDirectory.make();
        return run(
                scratch::close,
                List.of(ConfigSource.of(
                        "-dev", Map.of("data_dir", scratch.path().toString()))));
    }

    private int run(Runnable afterStop, List<ConfigSource> defaults) {
        ServerRun run = new ServerRun(spec.commandLine().getErr(), () -> configuration(defaults), afterStop);
        if (untilInputEnds) {
            run.stopWhenInputEnds(System.in);
        }
        return run.run(server -> {});
    }

    /** Reads all sources anew. */
    private ServerConfig configuration(List<ConfigSource> defaults) {
        List<ConfigSource> sources = new ArrayList<>(defaults);
        configFiles.forEach(file -> sources.addAll(
                Files.isDirectory(file)
                        ? ConfigFile.readDirectory(file, configFormat)
                        : List.of(ConfigFile.read(file, configFormat))));
        configDirs.forEach(directory -> sources.addAll(ConfigFile.readDirectory(directory, configFormat)));
        hcl.forEach(text -> sources.add(ConfigFile.hcl("-hcl", text)));
        sources.add(ConfigSource.of("command line", flags()));
        return ServerConfig.of(sources);
    }

    private Map<String, Object> flags() {
        Map<String, Object> flags = new LinkedHashMap<>();
        flags.put("server", dev ? Boolean.TRUE : server);
        flags.put("bootstrap", dev ? Boolean.TRUE : bootstrap);
        flags.put("bootstrap_expect", bootstrapExpect);
        flags.put("data_dir", dataDir);
        flags.put("node_name", node);
        flags.put("node_id", nodeId);
        flags.put("node_meta", meta());
        flags.put("datacenter", datacenter);
        flags.put("bind_addr", bind);
        flags.put("advertise_addr", advertise);
        flags.put("client_addr", client);
        flags.put("ports.http", httpPort);
        flags.put("ports.https", httpsPort);
        flags.put("ports.grpc", grpcPort);
        flags.put("ports.grpc_tls", grpcTlsPort);
        flags.put("ports.dns", dnsPort);
        flags.put("ports.server", serverPort);
        flags.put("ports.serf_lan", serfLanPort);
        flags.put("start_join", join);
        flags.put("retry_join", retryJoin);
        flags.put("domain", domain);
        flags.put("alt_domain", altDomain);
        flags.put("recursors", recursors);
        flags.put("log_level", logLevel);
        flags.put("log_json", logJson);
        flags.put("log_file", logFile);
        flags.put("log_rotate_bytes", logRotateBytes);
        flags.put("log_rotate_duration", logRotateDuration);
        flags.put("log_rotate_max_files", logRotateMaxFiles);
        flags.put("log_backend", logBackend);
        flags.put("pid_file", pidFile);
        flags.put("enable_script_checks", scriptChecks);
        flags.put("enable_local_script_checks", localScriptChecks);
        flags.putAll(WithoutEffect.given(spec));
        return flags;
    }

    private Map<String, String> meta() {
        Map<String, String> meta = new LinkedHashMap<>();
        for (String pair : nodeMeta) {
            int colon = pair.indexOf(':');
            if (colon < 1) {
                throw new StartupException(ExitCode.USAGE, "-node-meta \"" + pair + "\" is not KEY:VALUE");
            }
            meta.put(pair.substring(0, colon), pair.substring(colon + 1));
        }
        return meta;
    }
}
