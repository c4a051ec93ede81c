package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.http.GoDuration;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Consul's command line has no such verb; its API has. */
@Command(
        name = "session",
        mixinStandardHelpOptions = true,
        description = {"Sessions, which hold locks.", "To run a command under a lock: coord lock."},
        synopsisSubcommandLabel = "COMMAND")
final class SessionCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Creates a session and prints its id.")
    int create(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--name", "-name"},
                            description = "For people.")
                    @Nullable
                    String name,
            @Option(
                            names = {"--node", "-node"},
                            description = "Whose it is (default: the server asked).")
                    @Nullable
                    String node,
            @Option(
                            names = {"--ttl", "-ttl"},
                            paramLabel = "DURATION",
                            description = "Ends when not renewed for this long, 10s to 24h (default: never).")
                    @Nullable
                    String ttl,
            @Option(
                            names = {"--lock-delay", "-lock-delay"},
                            paramLabel = "DURATION",
                            description = "How long nobody gets its locks after it was invalidated (default: 15s).")
                    @Nullable
                    String lockDelay,
            @Option(
                            names = {"--behavior", "-behavior"},
                            paramLabel = "release|delete",
                            description = "What becomes of the keys that it holds (default: release).")
                    @Nullable
                    String behavior) {
        JsonObject body = new JsonObject();
        putIfGiven(body, "Name", name);
        putIfGiven(body, "Node", node);
        putIfGiven(body, "TTL", ttl);
        putIfGiven(body, "LockDelay", lockDelay);
        putIfGiven(body, "Behavior", behavior);
        JsonObject session = http.put("/v1/session/create", body);
        return Console.say(http.json() ? session.encode() : session.getString("ID"));
    }

    private static void putIfGiven(JsonObject body, String field, @Nullable String value) {
        if (value != null) {
            body.put(field, value);
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Prints all sessions, or those of a node.")
    int list(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--node", "-node"},
                            description = "Whose.")
                    @Nullable
                    String node) {
        return print(
                http,
                http.list(node == null ? "/v1/session/list" : "/v1/session/node/" + HttpConnection.encoded(node)));
    }

    @Command(name = "info", mixinStandardHelpOptions = true, description = "Prints a session; status 1 without it.")
    int info(@Mixin HttpConnection http, @Parameters(paramLabel = "ID") String id) {
        return print(http, found(id, http.list("/v1/session/info/" + HttpConnection.encoded(id))));
    }

    @Command(name = "renew", mixinStandardHelpOptions = true, description = "Begins a session's TTL anew.")
    int renew(@Mixin HttpConnection http, @Parameters(paramLabel = "ID") String id) {
        HttpAnswer answer = http.call("PUT", "/v1/session/renew/" + HttpConnection.encoded(id), null);
        return print(
                http,
                found(id, answer.isMissing() ? new JsonArray() : answer.orFail().list()));
    }

    @Command(
            name = "destroy",
            mixinStandardHelpOptions = true,
            description = "Ends a session; its locks are free, without a delay. What is not there is no error.")
    int destroy(@Mixin HttpConnection http, @Parameters(paramLabel = "ID") String id) {
        http.send("PUT", "/v1/session/destroy/" + HttpConnection.encoded(id), "");
        return Console.say("Destroyed session: " + id);
    }

    private static JsonArray found(String id, JsonArray sessions) {
        if (sessions.isEmpty()) {
            throw new StartupException(ExitCode.FAILED, "there is no session " + id);
        }
        return sessions;
    }

    private static int print(HttpConnection http, JsonArray sessions) {
        if (http.json()) {
            return Console.say(GoJson.pretty(sessions, "  "));
        }
        TextTable table = new TextTable("ID", "Node", "TTL", "Behavior", "LockDelay", "Name");
        for (JsonObject session : AclText.objects(sessions)) {
            String ttl = session.getString("TTL", "");
            table.add(
                    session.getString("ID"),
                    session.getString("Node"),
                    ttl.isEmpty() ? "-" : ttl,
                    session.getString("Behavior"),
                    GoDuration.format(session.getLong("LockDelay")),
                    session.getString("Name", ""));
        }
        return Console.say(table.toString());
    }
}
