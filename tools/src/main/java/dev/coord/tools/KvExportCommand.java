package dev.coord.tools;

import io.vertx.core.json.JsonArray;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = "Prints all keys under a prefix as JSON, for \"kv import\" of this or of Consul's command line.")
final class KvExportCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Parameters(arity = "0..1", paramLabel = "PREFIX", defaultValue = "", description = "Left out: all keys.")
    private String prefix;

    @Override
    public Integer call() {
        String name = prefix.startsWith("/") ? prefix.substring(1) : prefix;
        JsonArray all = new JsonArray();
        for (KvPair pair : KvPair.all(http.ask(HttpConnection.with(KvPair.path(name), "recurse", "")))) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("key", pair.key());
            entry.put("flags", new BigInteger(pair.flags()));
            entry.put("value", JsonText.base64(pair.value()));
            all.add(entry);
        }
        return Console.say(GoJson.pretty(all, "\t"));
    }
}
