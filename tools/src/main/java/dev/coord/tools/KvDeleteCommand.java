package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Deletes a key, or with --recurse all that begin so. What is not there is no error.")
final class KvDeleteCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Parameters(arity = "0..1", paramLabel = "KEY", defaultValue = "")
    private String key;

    @Option(
            names = {"--recurse", "-recurse"},
            description = "All keys that begin so.")
    private boolean recurse;

    @Option(
            names = {"--cas", "-cas"},
            description = "Only if the key was changed last in the revision of --modify-index.")
    private boolean cas;

    @Option(
            names = {"--modify-index", "-modify-index"},
            paramLabel = "REVISION",
            description = "For --cas.")
    private @Nullable String modifyIndex;

    @Override
    public Integer call() {
        if (recurse && cas) {
            throw new StartupException(ExitCode.USAGE, "Cannot specify both -cas and -recurse!");
        }
        String name = key.startsWith("/") ? key.substring(1) : key;
        if (name.isEmpty() && !recurse) {
            throw new StartupException(ExitCode.USAGE, "Missing KEY argument");
        }
        String path = KvPair.path(name);
        if (recurse) {
            path = HttpConnection.with(path, "recurse", "");
        }
        if (cas) {
            path = HttpConnection.with(path, "cas", KvPutCommand.index(modifyIndex));
        }
        if (!Boolean.parseBoolean(http.send("DELETE", path, "").strip())) {
            throw new StartupException(ExitCode.FAILED, "Did not delete key " + name + ": CAS failed");
        }
        return Console.say(
                http.json()
                        ? new JsonText()
                                .object()
                                .put("key", name)
                                .put("applied", true)
                                .end()
                                .toString()
                        : (recurse ? "Success! Deleted keys with prefix: " : "Success! Deleted key: ") + name);
    }
}
