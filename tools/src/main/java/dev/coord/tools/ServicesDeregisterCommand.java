package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "deregister",
        mixinStandardHelpOptions = true,
        description = {
            "Deregisters services from the server that they were registered with: those of files, or one by its id.",
            "To remove what no server keeps: coord services remove."
        })
final class ServicesDeregisterCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "As for register.")
    private List<String> files = List.of();

    @Option(
            names = {"--id", "-id"},
            paramLabel = "ID",
            description = "The instance's id.")
    private @Nullable String id;

    @Override
    public Integer call() {
        if (files.isEmpty() == (id == null)) {
            throw new StartupException(
                    ExitCode.USAGE,
                    id == null
                            ? "Service deregistration requires at least one argument or -id."
                            : "-id and files exclude each other");
        }
        List<String> ids = new ArrayList<>();
        if (id != null) {
            ids.add(id);
        }
        for (String file : files) {
            ServiceFile.read(file).forEach(service -> ids.add(idOf(service)));
        }
        for (String one : ids) {
            http.send("PUT", "/v1/agent/service/deregister/" + HttpConnection.encoded(one), "");
            Console.say("Deregistered service: " + one);
        }
        return ExitCode.OK.status();
    }

    private static String idOf(JsonObject service) {
        String given = ServiceFile.field(service, "id");
        return given.isEmpty() ? ServiceFile.field(service, "name") : given;
    }
}
