package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "register",
        mixinStandardHelpOptions = true,
        description = {
            "Registers services with the server asked, from configuration files or from options, until they are"
                    + " deregistered.",
            "To register one for as long as a command runs: coord services run."
        })
final class ServicesRegisterCommand implements Callable<Integer> {

    private static final String PAIR = "KEY=VALUE";

    @Mixin
    private HttpConnection http;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description = "With the key service or services, JSON or HCL; - for standard input.")
    private List<String> files = List.of();

    @Option(
            names = {"--name", "-name"},
            paramLabel = "NAME",
            description = "Instead of files: the service's name.")
    private @Nullable String name;

    @Option(
            names = {"--id", "-id"},
            paramLabel = "ID",
            description = "Unique on the server (default: the name).")
    private @Nullable String id;

    @Option(
            names = {"--address", "-address"},
            paramLabel = "HOST",
            description = "Default: the node's.")
    private @Nullable String address;

    @Option(
            names = {"--port", "-port"},
            paramLabel = "PORT",
            description = "Where it listens.")
    private int port;

    @Option(
            names = {"--tag", "-tag"},
            paramLabel = "TAG",
            description = "May be given again.")
    private List<String> tags = List.of();

    @Option(
            names = {"--meta", "-meta"},
            paramLabel = PAIR,
            description = "May be given again.")
    private @Nullable Map<String, String> meta;

    @Option(
            names = {"--tagged-address", "-tagged-address"},
            paramLabel = "NAME=HOST:PORT",
            description = "May be given again.")
    private @Nullable Map<String, String> taggedAddresses;

    @Option(
            names = {"--kind", "-kind"},
            paramLabel = "KIND",
            description = "For proxies of a mesh.")
    private @Nullable String kind;

    @Override
    public Integer call() {
        List<JsonObject> services = new ArrayList<>();
        files.forEach(file -> services.addAll(ServiceFile.read(file)));
        if (name != null) {
            services.add(fromOptions(name));
        } else if (files.isEmpty()) {
            throw new StartupException(
                    ExitCode.USAGE, "Service registration requires at least one argument or flags: a FILE, or -name");
        }
        for (JsonObject service : services) {
            http.send("PUT", "/v1/agent/service/register", service.encode());
            Console.say("Registered service: " + ServiceFile.field(service, "name"));
        }
        return ExitCode.OK.status();
    }

    private JsonObject fromOptions(String called) {
        JsonObject service =
                new JsonObject().put("Name", called).put("Port", port).put("Tags", new JsonArray(tags));
        if (id != null) {
            service.put("ID", id);
        }
        if (address != null) {
            service.put("Address", address);
        }
        if (kind != null) {
            service.put("Kind", kind);
        }
        if (meta != null) {
            JsonObject all = new JsonObject();
            meta.forEach(all::put);
            service.put("Meta", all);
        }
        if (taggedAddresses != null) {
            JsonObject all = new JsonObject();
            taggedAddresses.forEach((tag, where) -> all.put(tag, tagged(tag, where)));
            service.put("TaggedAddresses", all);
        }
        return service;
    }

    private static JsonObject tagged(String tag, String where) {
        HttpTarget target = HttpTarget.of(where, false);
        if (!where.contains(":")) {
            throw new StartupException(
                    ExitCode.USAGE, "-tagged-address " + tag + "=" + where + ": give it as NAME=HOST:PORT");
        }
        return new JsonObject()
                .put("Address", target.host())
                .put("Port", target.socket().port());
    }
}
