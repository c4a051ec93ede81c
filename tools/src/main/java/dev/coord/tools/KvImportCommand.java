package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at everything before it writes anything; what is not listed stays. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = "Sets all keys of what \"kv export\" of this or of Consul's command line has printed.")
final class KvImportCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Parameters(paramLabel = "DATA", description = "JSON; @FILE for what is in a file; - for standard input.")
    private String data;

    @Option(
            names = {"--prefix", "-prefix"},
            paramLabel = "PREFIX",
            defaultValue = "",
            description = "What to put before each key.")
    private String prefix;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(String key, String flags, byte[] value) {}

    @Override
    public Integer call() {
        for (Entry entry : entries()) {
            String path = HttpConnection.with(KvPair.path(entry.key()), "flags", entry.flags());
            http.call("PUT", path, Buffer.buffer(entry.value())).orFail();
            Console.say("Imported: " + entry.key());
        }
        return ExitCode.OK.status();
    }

    private List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        try {
            for (JsonObject json : AclText.objects(new JsonArray(AclCommand.content(data)))) {
                String key = json.getString("key");
                if (key == null || key.isEmpty()) {
                    throw new StartupException(ExitCode.FAILED, "Cannot unmarshal data: an entry has no \"key\"");
                }
                String value = json.getString("value", "");
                entries.add(new Entry(
                        prefix + key,
                        String.valueOf(json.getValue("flags", 0)),
                        Base64.getDecoder().decode(value == null ? "" : value)));
            }
            return entries;
        } catch (DecodeException | IllegalArgumentException | ClassCastException e) {
            throw new StartupException(ExitCode.FAILED, "Cannot unmarshal data: " + e.getMessage(), e);
        }
    }
}
