package dev.coord.tools;

import dev.coord.client.WatchTarget;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = "Prints the instances of a service with their health, and every change until Ctrl-C.")
final class ServicesWatchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Mixin
    private WatchOptions options;

    @Parameters(paramLabel = "SERVICE")
    private String service;

    @Override
    public Integer call() {
        return new WatchPrinter<>(spec, connection, InstanceText::line, InstanceText::write)
                .run(WatchTarget.service(service), options.mode());
    }
}
