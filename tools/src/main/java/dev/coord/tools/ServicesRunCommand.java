package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.Health;
import dev.coord.client.Registration;
import dev.coord.client.ServiceRegistration;
import dev.coord.client.WatchTarget;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Registers an instance of a service and keeps it alive until Ctrl-C, which deregisters it.",
            "With a command after --, runs it: when it ends well the instance is deregistered, else it turns critical.",
            "Killed itself (kill -9), it leaves the instance to its TTL, which turns it critical."
        })
final class ServicesRunCommand implements Callable<Integer> {

    private static final Duration COMMAND_STOP_MAX = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(index = "0", paramLabel = "SERVICE")
    private String service;

    @Parameters(index = "1..*", paramLabel = "-- COMMAND", description = "What to run, with its arguments.")
    private List<String> command = List.of();

    @Option(names = "--id", description = "Unique on the node (default: the service's name).")
    private @Nullable String id;

    @Option(names = "--service-address", paramLabel = "HOST", description = "Default: the node's.")
    private @Nullable String address;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "0", description = "Where it listens.")
    private int port;

    @Option(names = "--tag", paramLabel = "TAG", description = "May be given again.")
    private List<String> tags = List.of();

    @Option(names = "--meta", paramLabel = "KEY=VALUE", description = "May be given again.")
    private List<String> meta = List.of();

    @Option(
            names = "--ttl",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "Critical when nothing was heard for this long (default: ${DEFAULT-VALUE}).")
    private int ttlSeconds;

    @Option(names = "--node", paramLabel = "NAME", description = "Default: this machine.")
    private @Nullable String node;

    @Override
    public Integer call() throws InterruptedException {
        CoordClient client = connection.open(node);
        Registration registration;
        try {
            registration = client.register(what()).awaitRegistered(connection.timeout());
        } catch (RuntimeException e) {
            client.close();
            throw e;
        }
        say(registration);
        if (command.isEmpty()) {
            // A signal ends this process; the hook deregisters.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(client), "coord-leave"));
            new CountDownLatch(1).await();
        }
        return runCommand(client, registration);
    }

    private int runCommand(CoordClient client, Registration registration) throws InterruptedException {
        Process process = startCommand(client);
        Thread stop = new Thread(() -> stop(process, client), "coord-leave");
        Runtime.getRuntime().addShutdownHook(stop);
        int status = process.waitFor();
        if (stopping(stop)) {
            // Told to stop: the hook does the rest and ends the process.
            stop.join();
        }
        if (status == 0) {
            client.close();
            return ExitCode.OK.status();
        }
        String why = "\"" + String.join(" ", command) + "\" ended with status " + status;
        spec.commandLine().getErr().println("coord: " + why + "; " + registration + " is critical");
        tellCritical(client, registration, why);
        return ExitCode.FAILED.status();
    }

    private Process startCommand(CoordClient client) {
        try {
            return new ProcessBuilder(command).inheritIO().start();
        } catch (IOException e) {
            client.close();
            throw new StartupException(ExitCode.FAILED, "the command can't be started: " + e.getMessage(), e);
        }
    }

    private static boolean stopping(Thread hook) {
        try {
            return !Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return true;
        }
    }

    private static void stop(Process process, CoordClient client) {
        process.destroy();
        try {
            if (!process.waitFor(COMMAND_STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
        leave(client);
    }

    private static void leave(CoordClient client) {
        client.close();
        Runtime.getRuntime().halt(ExitCode.OK.status());
    }

    /** Leaves the instance registered, for people to see what happened; waits until the cluster knows. */
    private void tellCritical(CoordClient client, Registration registration, String why) throws InterruptedException {
        CountDownLatch told = new CountDownLatch(1);
        String key = registration.node() + "/" + registration.id();
        try (var watch = client.watch(WatchTarget.service(service), update -> update.changes().stream()
                .filter(change -> change.id().equals(key)
                        && change.after() != null
                        && change.after().health() == Health.CRITICAL)
                .forEach(change -> told.countDown()))) {
            registration.report(Health.CRITICAL, why);
            if (!told.await(connection.timeout().toSeconds(), TimeUnit.SECONDS)) {
                spec.commandLine()
                        .getErr()
                        .println("coord: the cluster could not be told of " + watch.target() + "; its TTL will");
            }
        }
    }

    private ServiceRegistration what() {
        ServiceRegistration.Builder builder =
                ServiceRegistration.builder(service).port(port).ttl(Duration.ofSeconds(ttlSeconds));
        if (id != null) {
            builder.id(id);
        }
        if (address != null) {
            builder.address(address);
        }
        tags.forEach(builder::tag);
        for (String pair : meta) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new StartupException(ExitCode.USAGE, "--meta \"" + pair + "\" is not KEY=VALUE");
            }
            builder.meta(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return builder.build();
    }

    private void say(Registration registration) {
        spec.commandLine()
                .getOut()
                .println(
                        connection.json()
                                ? new JsonText()
                                        .object()
                                        .put("service", service)
                                        .put("id", registration.id())
                                        .put("node", registration.node())
                                        .end()
                                : "registered " + registration + "; Ctrl-C deregisters it");
        spec.commandLine().getOut().flush();
    }
}
