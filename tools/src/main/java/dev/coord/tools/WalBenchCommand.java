package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures what appends to a log cost on this disk, for every backend.",
            "free-list: appends before a burst, after the burst was truncated away, and after a compaction: the story of an"
                    + " outage, told with your disk.",
            "append: batches of 1, 64 and 512 entries, beside a bare write and sync."
        })
final class WalBenchCommand implements Callable<Integer> {

    /** As the command line writes them. */
    enum Scenario {
        free_list,
        append;

        @Override
        public String toString() {
            return name().replace('_', '-');
        }
    }

    private static final String ALL = "all";
    private static final int BURST_MAX = 10_000_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            defaultValue = "free-list",
            description = "free-list or append (default: ${DEFAULT-VALUE}).")
    private String scenario;

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            defaultValue = ALL,
            description = "segment, lmdb, mapdb or all (default: ${DEFAULT-VALUE}).")
    private String backend;

    @Option(
            names = "--burst",
            paramLabel = "N",
            defaultValue = "300000",
            description =
                    "Entries of the burst, of 256 bytes; 3000000 is the outage's own size (default: ${DEFAULT-VALUE}).")
    private int burst;

    @Option(
            names = "--appends",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Appends measured in each part (default: ${DEFAULT-VALUE}).")
    private int appends;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "No part of a run takes longer; what does is cut short (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            defaultValue = ".",
            description = "On the disk that is meant; the logs are deleted afterwards (default: here).")
    private Path directory;

    @Option(
            names = "--output",
            paramLabel = "PREFIX",
            description = "Also writes PREFIX.json with all figures and PREFIX.svg with a plot.")
    private @Nullable Path output;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Scenario wanted = checked();
        List<String> backends = backends();
        List<BenchResult> results = new ArrayList<>();
        Map<String, Long> bursts = new LinkedHashMap<>();
        PrintWriter err = spec.commandLine().getErr();
        try (ScratchDirectory scratch = ScratchDirectory.in(directory);
                ProgressBar bar = new ProgressBar(err)) {
            if (wanted == Scenario.append) {
                results.addAll(new AppendScenario(TimeUnit.SECONDS.toNanos(Math.min(seconds, 1)), bar)
                        .run(scratch.path(), backends));
            } else {
                FreeListScenario story = new FreeListScenario(burst, appends, TimeUnit.SECONDS.toNanos(seconds), bar);
                for (String name : backends) {
                    FreeListScenario.Run run = story.run(scratch.path().resolve(name), name);
                    results.addAll(run.parts());
                    bursts.put(name, run.burstEntries());
                }
            }
        }
        BenchReport report = new BenchReport(wanted, machine(), results, bursts, burst);
        spec.commandLine().getOut().println(json ? report.json() : report.text());
        if (output != null) {
            Files.writeString(Path.of(output + ".json"), report.json() + "\n");
            Files.writeString(Path.of(output + ".svg"), report.svg());
            if (!json) {
                spec.commandLine().getOut().println("written: " + output + ".json, " + output + ".svg");
            }
        }
        return ExitCode.OK.status();
    }

    private Scenario checked() {
        range("--burst", burst, 1, BURST_MAX);
        range("--appends", appends, 10, 1_000_000);
        range("--seconds", seconds, 1, 3600);
        for (Scenario known : Scenario.values()) {
            if (known.toString().equals(scenario)) {
                return known;
            }
        }
        throw new StartupException(ExitCode.USAGE, "--scenario " + scenario + ": free-list or append");
    }

    private static void range(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new StartupException(ExitCode.USAGE, option + " " + value + ": from " + least + " to " + most);
        }
    }

    private List<String> backends() {
        if (!backend.equals(ALL)) {
            WalTarget.checkBackend("--backend", backend);
            return List.of(backend);
        }
        return List.of(LogDirectory.SEGMENT, LogDirectory.LMDB, LogDirectory.MAPDB);
    }

    private String machine() {
        String disk;
        try {
            disk = Files.getFileStore(directory).type();
        } catch (IOException e) {
            disk = "an unknown file system";
        }
        return Runtime.getRuntime().availableProcessors() + " cores, " + disk + ", Java "
                + Runtime.version().feature();
    }
}
