package dev.coord.tools;

import dev.coord.client.ClusterCheck;
import dev.coord.client.CoordClient;
import dev.coord.client.Health;
import dev.coord.client.ServiceRegistration;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "hold",
        mixinStandardHelpOptions = true,
        description = {
            "Registers an instance whose checks the cluster runs, on a node of its own, and returns.",
            "The servers share such checks out and go on with those of one that dies; see \"coord services checks\"."
        })
final class ServicesHoldCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(index = "0", paramLabel = "SERVICE")
    private String service;

    @Option(names = "--node", paramLabel = "NAME", description = "Its own node (default: the instance's id).")
    private @Nullable String node;

    @Option(names = "--service-address", required = true, paramLabel = "HOST", description = "Where the instance is.")
    private String address;

    @Option(names = "--id", description = "Default: the service's name.")
    private @Nullable String id;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "0", description = "Where it listens.")
    private int port;

    @Option(names = "--tag", paramLabel = "TAG", description = "May be given again.")
    private List<String> tags = List.of();

    @Option(names = "--check-http", paramLabel = "URL", description = "May be given again, as the next two.")
    private List<String> http = List.of();

    @Option(names = "--check-tcp", paramLabel = "HOST:PORT")
    private List<String> tcp = List.of();

    @Option(names = "--check-grpc", paramLabel = "HOST:PORT[/SERVICE]")
    private List<String> grpc = List.of();

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "Between two tries (default: ${DEFAULT-VALUE}).")
    private int intervalSeconds;

    @Option(
            names = "--deregister-after",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "Removes the instance when it was critical for this long, at least 60 (default: never).")
    private int deregisterSeconds;

    @Override
    public Integer call() {
        ServiceRegistration.Builder what = ServiceRegistration.builder(service)
                .port(port)
                .health(Health.CRITICAL)
                .deregisterAfterCritical(Duration.ofSeconds(deregisterSeconds));
        String instance = id == null ? service : id;
        what.id(instance);
        tags.forEach(what::tag);
        String where = node == null ? instance : node;
        List<ClusterCheck> checks = checks();
        try (CoordClient client = connection.open()) {
            client.registerHeld(what.build(), where, address, checks);
        }
        spec.commandLine()
                .getOut()
                .println(
                        connection.json()
                                ? new JsonText()
                                        .object()
                                        .put("service", service)
                                        .put("id", instance)
                                        .put("node", where)
                                        .put("checks", checks.size())
                                        .end()
                                : "the cluster holds service '" + instance + "' on node '" + where + "' and runs its "
                                        + (checks.size() == 1 ? "check" : checks.size() + " checks"));
        return ExitCode.OK.status();
    }

    private List<ClusterCheck> checks() {
        List<ClusterCheck> checks = new ArrayList<>();
        http.forEach(target -> checks.add(ClusterCheck.http(target)));
        tcp.forEach(target -> checks.add(ClusterCheck.tcp(target)));
        grpc.forEach(target -> checks.add(ClusterCheck.grpc(target)));
        if (checks.isEmpty()) {
            throw new StartupException(
                    ExitCode.USAGE, "nothing to check: give --check-http, --check-tcp or --check-grpc");
        }
        if (intervalSeconds < 1) {
            throw new StartupException(ExitCode.USAGE, "--interval " + intervalSeconds + " is below the limit of 1");
        }
        checks.replaceAll(check -> check.every(Duration.ofSeconds(intervalSeconds)));
        return checks;
    }
}
