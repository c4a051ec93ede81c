package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.ReadMode;
import dev.coord.client.ServiceInstance;
import dev.coord.client.ServiceName;
import dev.coord.client.Watch;
import dev.coord.client.WatchMode;
import dev.coord.client.WatchTarget;
import dev.coord.server.ExitCode;
import java.util.Collection;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Prints the services, or the instances of one with their health.")
final class ServicesListCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Left out: all services.")
    private @Nullable String service;

    @Override
    public Integer call() {
        Object answer;
        try (CoordClient client = connection.open()) {
            answer = service == null
                    ? services(items(client, WatchTarget.services()))
                    : instances(items(client, WatchTarget.service(service)));
        }
        spec.commandLine().getOut().println(answer);
        return ExitCode.OK.status();
    }

    /** A watch's first picture is a consistent one. */
    private <T> Collection<T> items(CoordClient client, WatchTarget<T> target) {
        try (Watch<T> watch = client.watch(target, WatchMode.POLL, ReadMode.LINEARIZABLE, update -> {})) {
            watch.awaitReady(connection.timeout());
            return watch.items().values();
        }
    }

    private Object services(Collection<ServiceName> services) {
        JsonText json = new JsonText().array();
        TextTable table = new TextTable("SERVICE", "INSTANCES", "TAGS");
        for (ServiceName name : services) {
            json.object()
                    .put("name", name.name())
                    .put("instances", name.instances())
                    .put("tags", name.tags())
                    .end();
            table.add(name.name(), String.valueOf(name.instances()), String.join(",", name.tags()));
        }
        return connection.json() ? json.endArray() : table;
    }

    private Object instances(Collection<ServiceInstance> instances) {
        JsonText json = new JsonText().array();
        TextTable table = new TextTable("ID", "NODE", "ADDRESS", "HEALTH", "TAGS");
        for (ServiceInstance instance : instances) {
            InstanceText.write(json.object(), instance).end();
            table.add(
                    instance.id(),
                    instance.node(),
                    instance.address() + ":" + instance.port(),
                    InstanceText.health(instance),
                    String.join(",", instance.tags()));
        }
        return connection.json() ? json.endArray() : table;
    }
}
