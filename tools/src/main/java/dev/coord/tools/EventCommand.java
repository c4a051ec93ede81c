package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "event", mixinStandardHelpOptions = true, description = "Fires a user event.")
final class EventCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Option(
            names = {"--name", "-name"},
            description = "The event's name.")
    private @Nullable String name;

    @Option(
            names = {"--node", "-node"},
            paramLabel = "PATTERN",
            description = "For nodes whose name matches.")
    private @Nullable String node;

    @Option(
            names = {"--service", "-service"},
            paramLabel = "PATTERN",
            description = "For nodes with a service whose name matches.")
    private @Nullable String service;

    @Option(
            names = {"--tag", "-tag"},
            paramLabel = "PATTERN",
            description = "And one of whose tags matches; with --service.")
    private @Nullable String tag;

    @Parameters(arity = "0..1", paramLabel = "PAYLOAD", description = "Up to 16 kB.")
    private @Nullable String payload;

    @Override
    public Integer call() {
        if (name == null || name.isEmpty()) {
            throw new StartupException(ExitCode.USAGE, "Event name must be specified: -name");
        }
        if (tag != null && service == null) {
            throw new StartupException(ExitCode.USAGE, "Cannot provide tag filter without service filter.");
        }
        String path = "/v1/event/fire/" + HttpConnection.encoded(name);
        path = node == null ? path : HttpConnection.with(path, "node", node);
        path = service == null ? path : HttpConnection.with(path, "service", service);
        path = tag == null ? path : HttpConnection.with(path, "tag", tag);
        JsonObject event = http.call("PUT", path, payload == null ? null : Buffer.buffer(payload))
                .orFail()
                .object();
        return Console.say(http.json() ? event.encode() : "Event ID: " + event.getString("ID"));
    }
}
