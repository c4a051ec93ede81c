package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.Kv;
import dev.coord.client.KvEntry;
import dev.coord.server.ExitCode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Prints the keys under a prefix with their values, a line each; with --json an object a line.")
final class KvListCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Parameters(arity = "0..1", paramLabel = "PREFIX", defaultValue = "", description = "Left out: all keys.")
    private String prefix;

    @Option(names = "--keys", description = "Keys alone.")
    private boolean keysOnly;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (CoordClient client = connection.open()) {
            String after = "";
            Kv.Page page;
            do {
                page = client.kv().page(prefix, after, Kv.PAGE_KEYS_MAX);
                for (KvEntry entry : page.entries()) {
                    out.println(line(entry));
                    after = entry.key();
                }
                out.flush();
            } while (page.more());
        }
        return ExitCode.OK.status();
    }

    private String line(KvEntry entry) {
        if (connection.json()) {
            return keysOnly
                    ? new JsonText().object().put("key", entry.key()).end().toString()
                    : KvText.json(entry);
        }
        return keysOnly ? entry.key() : entry.key() + "\t" + KvText.line(entry.value());
    }
}
