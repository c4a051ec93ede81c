package dev.coord.tools;

import dev.coord.server.ConfigSource;
import dev.coord.server.ServerConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "dev",
        mixinStandardHelpOptions = true,
        description = "Starts one server on this machine, with its data on disk and nothing to configure.")
final class DevCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "coord-data",
            description = "Where data is kept (default: ./coord-data).")
    private Path dataDir;

    @Option(names = "--node", paramLabel = "NAME", description = "The node's name (default: the host's).")
    private @Nullable String node;

    @Option(names = "--http-port", paramLabel = "PORT", description = "Default: 8500; 0: any free one.")
    private @Nullable Long httpPort;

    @Option(names = "--grpc-port", paramLabel = "PORT", description = "Default: 8502; 0: any free one.")
    private @Nullable Long grpcPort;

    @Option(names = "--dns-port", paramLabel = "PORT", description = "Default: 8600; 0: any free one; -1: none.")
    private @Nullable Long dnsPort;

    @Option(names = "--server-port", paramLabel = "PORT", description = "Raft. Default: 8300; 0: any free one.")
    private @Nullable Long serverPort;

    @Option(
            names = "--log-backend",
            paramLabel = "NAME",
            description = "Where the Raft log is kept: segment (default), lmdb, mapdb or memory.")
    private @Nullable String logBackend;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            defaultValue = "warn",
            description = "trace, debug, info, warn (default) or error.")
    private String logLevel;

    @Override
    public Integer call() {
        Map<String, Object> flags = new LinkedHashMap<>();
        flags.put("server", true);
        flags.put("bootstrap", true);
        flags.put("data_dir", dataDir.toString());
        flags.put("node_name", node);
        flags.put("ports.http", httpPort);
        flags.put("ports.grpc", grpcPort);
        flags.put("ports.dns", dnsPort);
        flags.put("ports.server", serverPort);
        flags.put("log_backend", logBackend);
        flags.put("log_level", logLevel);
        ServerConfig config = ServerConfig.of(List.of(ConfigSource.of("command line", flags)));
        DevBanner banner = new DevBanner(config, spec.commandLine().getOut());
        return new ServerRun(spec.commandLine().getErr(), () -> config, () -> {}).run(server -> {
            banner.addresses(server);
            server.whenLeading(() -> banner.leads(server));
        });
    }
}
