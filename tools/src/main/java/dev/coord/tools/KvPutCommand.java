package dev.coord.tools;

import com.google.protobuf.ByteString;
import dev.coord.client.CoordClient;
import dev.coord.server.ExitCode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "put", mixinStandardHelpOptions = true, description = "Sets a key.")
final class KvPutCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(index = "0", paramLabel = "KEY")
    private String key;

    @Parameters(
            index = "1",
            paramLabel = "VALUE",
            description = "Text; @FILE for what is in a file; - for standard input.")
    private String value;

    @Option(
            names = "--cas",
            paramLabel = "REVISION",
            description = "Only if the key was changed last in this revision; 0: only if there is no such key.")
    private @Nullable Long expected;

    @Override
    public Integer call() {
        ByteString bytes = ValueArgument.read(value);
        try (CoordClient client = connection.open()) {
            if (expected == null) {
                long revision = client.kv().put(key, bytes);
                say(revision);
                return ExitCode.OK.status();
            }
            if (client.kv().compareAndSet(key, expected, bytes)) {
                say(0);
                return ExitCode.OK.status();
            }
        }
        spec.commandLine()
                .getErr()
                .println("coord: key \"" + key + "\" was changed in another revision than " + expected
                        + "; nothing happened");
        return ExitCode.FAILED.status();
    }

    private void say(long revision) {
        if (connection.json()) {
            JsonText json = new JsonText().object().put("key", key).put("applied", true);
            if (revision > 0) {
                json.put("revision", revision);
            }
            spec.commandLine().getOut().println(json.end());
        } else {
            spec.commandLine()
                    .getOut()
                    .println(revision > 0 ? "put " + key + " in revision " + revision : "put " + key);
        }
    }
}
