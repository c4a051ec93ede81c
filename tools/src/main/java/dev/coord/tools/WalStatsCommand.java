package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.wal.LogLayout;
import dev.coord.wal.maintenance.LogInspection;
import dev.coord.wal.maintenance.LogScan;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description = {
            "Says what a log holds and costs: of a running server with --address, of a stopped one with DIR.",
            "What was written and synced only a running server knows: it counts from its start."
        })
final class WalStatsCommand implements Callable<Integer> {

    private static final String UNKNOWN = "- (a running server's alone)";

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "DIR", description = "A stopped server's data directory, or a log's own.")
    private @Nullable Path directory;

    @Mixin
    private Connection server;

    @Override
    public Integer call() {
        if (directory == null) {
            try (LogClient log = new LogClient(server)) {
                print(server.json() ? LogText.json(log.status()) : LogText.text(log.status()));
            }
            return ExitCode.OK.status();
        }
        LogInspection found;
        try (LogScan scan = LogScan.open(directory);
                ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            found = LogInspection.of(scan, bar);
        }
        print(server.json() ? json(found) : text(found));
        return (found.damages() == 0 ? ExitCode.OK : ExitCode.DAMAGED).status();
    }

    private void print(Object text) {
        spec.commandLine().getOut().println(text);
    }

    private static String text(LogInspection found) {
        LogLayout layout = found.layout();
        TextTable table = new TextTable("backend", found.location().backend());
        table.add("directory", found.location().directory().toString());
        table.add("entries", "[" + layout.firstIndex() + ", " + layout.nextIndex() + ")");
        table.add("live bytes", Figures.count(found.liveBytes()));
        table.add("file bytes", Figures.count(layout.fileBytes()));
        table.add("free bytes", Figures.count(layout.freeBytes()));
        table.add(
                "free list",
                Figures.count(layout.freeListEntries()) + " entries, " + Figures.count(layout.freeListBytes())
                        + " bytes");
        table.add("synced for each byte proposed", UNKNOWN);
        table.add("syncs", UNKNOWN);
        if (found.damages() > 0) {
            table.add("damage", Figures.count(found.damages(), "place", "places") + ", see: coord wal verify");
        }
        return table.toString();
    }

    private static JsonText json(LogInspection found) {
        LogLayout layout = found.layout();
        return new JsonText()
                .object()
                .put("backend", found.location().backend())
                .put("directory", found.location().directory().toString())
                .put("first_index", layout.firstIndex())
                .put("next_index", layout.nextIndex())
                .put("live_bytes", found.liveBytes())
                .put("file_bytes", layout.fileBytes())
                .put("free_bytes", layout.freeBytes())
                .put("free_list_entries", layout.freeListEntries())
                .put("free_list_bytes", layout.freeListBytes())
                .put("damages", found.damages())
                .end();
    }
}
