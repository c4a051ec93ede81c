package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        description =
                "Prints a key's value and a line end (--raw: the value alone). Status 1 when there is no such key.")
final class KvGetCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Parameters(arity = "0..1", paramLabel = "KEY", defaultValue = "", description = "A key, or a prefix.")
    private String key;

    @Option(
            names = {"--recurse", "-recurse"},
            description = "All keys that begin so, as KEY:VALUE.")
    private boolean recurse;

    @Option(
            names = {"--keys", "-keys"},
            description = "The names of keys that begin so, up to the separator.")
    private boolean keys;

    @Option(
            names = {"--separator", "-separator"},
            defaultValue = "/",
            description = "For --keys (default: ${DEFAULT-VALUE}).")
    private String separator;

    @Option(
            names = {"--detailed", "-detailed"},
            description = "Print all that is known of the key.")
    private boolean detailed;

    @Option(
            names = {"--base64", "-base64"},
            description = "Print values in base 64.")
    private boolean base64;

    @Option(names = "--raw", description = "Byte for byte: no line end after the value.")
    private boolean raw;

    @Override
    public Integer call() {
        // As Consul's does: the API's paths begin with a slash, keys do not.
        String name = key.startsWith("/") ? key.substring(1) : key;
        if (keys) {
            return names(name);
        }
        if (recurse) {
            return print(KvPair.all(http.ask(HttpConnection.with(KvPair.path(name), "recurse", ""))));
        }
        if (name.isEmpty()) {
            throw new StartupException(ExitCode.USAGE, "Missing KEY argument");
        }
        List<KvPair> found = KvPair.all(http.ask(KvPair.path(name)));
        if (found.isEmpty()) {
            throw new StartupException(ExitCode.FAILED, "No key exists at: " + name);
        }
        if (http.json() || detailed) {
            return print(found);
        }
        Console.write(found.get(0).valueAs(base64));
        return raw ? ExitCode.OK.status() : Console.say("");
    }

    private int names(String prefix) {
        String path = HttpConnection.with(HttpConnection.with(KvPair.path(prefix), "keys", ""), "separator", separator);
        HttpAnswer answer = http.ask(path);
        JsonArray names = answer.isMissing() ? new JsonArray() : answer.orFail().list();
        if (http.json()) {
            return Console.say(names.encode());
        }
        names.forEach(name -> Console.say(String.valueOf(name)));
        return ExitCode.OK.status();
    }

    private int print(List<KvPair> pairs) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (KvPair pair : pairs) {
            if (http.json()) {
                out.writeBytes((pair.json() + "\n").getBytes(StandardCharsets.UTF_8));
                continue;
            }
            if (detailed && out.size() > 0) {
                out.write('\n');
            }
            out.writeBytes((detailed ? pair.details() : pair.key() + ":").getBytes(StandardCharsets.UTF_8));
            out.writeBytes(pair.valueAs(base64));
            out.write('\n');
        }
        return Console.write(out.toByteArray());
    }
}
