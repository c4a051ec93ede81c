package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.rescue.RescueSource;
import dev.coord.server.rescue.Rescued;
import dev.coord.server.rescue.StateRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = {
            "Says what a server's data directory holds, or what is left of one: what can be had, and what is missing.",
            "Exit status: 0 whole, 8 something is missing or damaged."
        })
final class RecoverInspectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "DIR",
            description = "A data directory, a log, a directory of snapshots, or a snapshot's file.")
    private Path directory;

    @Mixin
    private RescueOptions options;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        return options.with(directory, this::inspect);
    }

    private int inspect(RescueSource source) throws IOException {
        Rescued found;
        try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            found = options.read(source, bar);
        }
        Map<String, Long> counts = new TreeMap<>();
        StateRecord.visit(found.state(), StateRecord.Part.ALL, record -> counts.merge(record.kind(), 1L, Long::sum));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(source, found, counts));
        } else {
            print(out, source, found, counts);
        }
        return (found.whole() ? ExitCode.OK : ExitCode.DAMAGED).status();
    }

    private void print(PrintWriter out, RescueSource source, Rescued found, Map<String, Long> counts)
            throws IOException {
        out.println((found.whole() ? "whole" : "NOT WHOLE") + ": " + RescueOptions.reach(found));
        String cluster = found.state().clusterId();
        out.println("cluster    " + (cluster == null ? "not known" : cluster));
        out.println("written    "
                + (found.state().timeMillis() == 0
                        ? "never"
                        : "last at " + Instant.ofEpochMilli(found.state().timeMillis())));
        for (RescueSource.Snapshot snapshot : source.snapshots()) {
            out.println(
                    "snapshot   of log entry " + snapshot.index() + ", " + Figures.bytes(Files.size(snapshot.file())));
        }
        Rescued.LogFound log = found.log();
        out.println("log        "
                + (log == null
                        ? "none"
                        : log.backend() + ", entries " + log.firstIndex() + " up to " + log.nextIndex()
                                + ", newest term " + found.lastTerm() + ", "
                                + Figures.count(log.damages(), "damage", "damages")));
        if (!found.voters().isEmpty()) {
            out.println("voters     " + String.join(", ", found.voters()));
        }
        counts.forEach((kind, count) -> out.println(String.format("%-14s %s", kind, Figures.count(count))));
        if (!found.whole()) {
            out.println("missing or damaged:");
            RescueOptions.printNotes(out, found);
        }
        if (found.lastIndex() > found.snapshotIndex() && log != null) {
            out.println(
                    "Entries after " + found.snapshotIndex()
                            + " were in this server's log; whether the cluster agreed on the very last of them, it can't know.");
        }
    }

    private String json(RescueSource source, Rescued found, Map<String, Long> counts) throws IOException {
        JsonText text = new JsonText().object().put("directory", directory.toString());
        String cluster = found.state().clusterId();
        text.put("cluster_id", cluster == null ? "" : cluster)
                .put("time_ms", found.state().timeMillis());
        RescueOptions.put(text, found);
        text.object("counts");
        counts.forEach(text::put);
        text.end().array("snapshots");
        for (RescueSource.Snapshot snapshot : source.snapshots()) {
            text.object()
                    .put("index", snapshot.index())
                    .put("file", snapshot.file().toString())
                    .put("bytes", Files.size(snapshot.file()))
                    .end();
        }
        return text.endArray().end().toString();
    }
}
