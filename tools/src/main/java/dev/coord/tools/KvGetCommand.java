package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.KvEntry;
import dev.coord.client.ReadMode;
import dev.coord.server.ExitCode;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        description =
                "Prints a key's value and a line end (--raw: the value alone). Status 1 when there is no such key.")
final class KvGetCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(paramLabel = "KEY")
    private String key;

    @Option(names = "--stale", description = "Take what the asked server has; needs no leader.")
    private boolean stale;

    @Option(names = "--raw", description = "Byte for byte: no line end after the value.")
    private boolean raw;

    @Override
    public Integer call() throws Exception {
        Optional<KvEntry> entry;
        try (CoordClient client = connection.open()) {
            entry = client.kv().get(key, stale ? ReadMode.STALE : ReadMode.LINEARIZABLE);
        }
        if (entry.isEmpty()) {
            spec.commandLine().getErr().println("coord: there is no key \"" + key + "\"");
            return ExitCode.FAILED.status();
        }
        if (connection.json()) {
            spec.commandLine().getOut().println(KvText.json(entry.get()));
        } else {
            PrintStream out = System.out;
            entry.get().value().writeTo(out);
            if (!raw) {
                out.println();
            }
            out.flush();
        }
        return ExitCode.OK.status();
    }
}
