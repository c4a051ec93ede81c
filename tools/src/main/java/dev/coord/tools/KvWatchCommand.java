package dev.coord.tools;

import dev.coord.client.KvEntry;
import dev.coord.client.WatchTarget;
import dev.coord.client.WatchUpdate.ItemChange;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = "Prints a key, or all under a prefix, and every change until Ctrl-C.")
final class KvWatchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Mixin
    private WatchOptions options;

    @Parameters(paramLabel = "KEY")
    private String key;

    @Option(names = "--prefix", description = "All keys that start with KEY.")
    private boolean prefix;

    @Override
    public Integer call() {
        WatchTarget<KvEntry> target = prefix ? WatchTarget.keyPrefix(key) : WatchTarget.key(key);
        return new WatchPrinter<>(spec, connection, KvWatchCommand::line, KvText::write).run(target, options.mode());
    }

    private static String line(ItemChange<KvEntry> change) {
        KvEntry after = change.after();
        return after == null
                ? "- " + change.id()
                : (change.before() == null ? "+ " : "~ ") + change.id() + "\t" + KvText.line(after.value());
    }
}
