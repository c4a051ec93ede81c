package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.wal.LogLayout;
import dev.coord.wal.maintenance.LogInspection;
import dev.coord.wal.maintenance.LogInspection.TermRun;
import dev.coord.wal.maintenance.LogScan;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Says what is in a log: backend, range, terms, files, free space.")
final class WalInspectCommand implements Callable<Integer> {

    /** More are told in number. */
    private static final int TERMS_SHOWN = 20;

    @Spec
    private CommandSpec spec;

    @Mixin
    private WalTarget target;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        LogInspection found;
        try (LogScan scan = target.open();
                ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            found = LogInspection.of(scan, bar);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(found));
        } else {
            print(out, found);
        }
        return (found.damages() == 0 ? ExitCode.OK : ExitCode.DAMAGED).status();
    }

    private static void print(PrintWriter out, LogInspection found) {
        LogLayout layout = found.layout();
        out.println("log        " + found.location().files());
        out.println("backend    " + found.location().backend());
        out.println("entries    " + Figures.count(found.entries())
                + (layout.firstIndex() == layout.nextIndex()
                        ? ", the next one is " + layout.nextIndex()
                        : ", from " + layout.firstIndex() + " to " + (layout.nextIndex() - 1)));
        out.println("data       " + Figures.bytes(found.liveBytes()) + ", the largest entry "
                + Figures.bytes(found.entryBytesMax()));
        out.println(
                "files      " + Figures.bytes(layout.fileBytes()) + ", " + Figures.bytes(layout.freeBytes()) + " free");
        out.println("free list  "
                + (layout.freeListBytes() == 0 && layout.freeListEntries() == 0
                        ? "none"
                        : Figures.count(layout.freeListEntries(), "entry", "entries") + ", "
                                + Figures.bytes(layout.freeListBytes())));
        if (found.damages() > 0) {
            out.println("damage     " + Figures.count(found.damages(), "place", "places")
                    + ": 'coord wal verify' names " + (found.damages() == 1 ? "it" : "them"));
        }
        out.println();
        printTerms(out, found.terms());
        TextTable files = new TextTable("FILE", "BYTES", "WHAT");
        layout.files().forEach(file -> files.add(file.name(), Figures.count(file.bytes()), file.what()));
        out.println(files);
        out.println();
        TextTable facts = new TextTable("OF THIS BACKEND", "");
        layout.facts().forEach(fact -> facts.add(fact.name(), fact.value()));
        out.println(facts);
    }

    private static void printTerms(PrintWriter out, List<TermRun> terms) {
        if (terms.isEmpty()) {
            return;
        }
        TextTable table = new TextTable("TERM", "FROM", "TO");
        terms.stream()
                .skip(Math.max(0, terms.size() - TERMS_SHOWN))
                .forEach(run -> table.add(
                        String.valueOf(run.term()), String.valueOf(run.firstIndex()), String.valueOf(run.lastIndex())));
        out.println(table);
        if (terms.size() > TERMS_SHOWN) {
            out.println("and " + (terms.size() - TERMS_SHOWN) + " runs of terms before; --json tells them all");
        }
        out.println();
    }

    private static JsonText json(LogInspection found) {
        LogLayout layout = found.layout();
        JsonText json = new JsonText()
                .object()
                .put("directory", found.location().directory().toString())
                .put("backend", found.location().backend())
                .put("entries", found.entries())
                .put("first_index", layout.firstIndex())
                .put("next_index", layout.nextIndex())
                .put("live_bytes", found.liveBytes())
                .put("entry_bytes_max", found.entryBytesMax())
                .put("file_bytes", layout.fileBytes())
                .put("free_bytes", layout.freeBytes())
                .put("free_list_entries", layout.freeListEntries())
                .put("free_list_bytes", layout.freeListBytes())
                .put("damages", found.damages())
                .array("terms");
        for (TermRun run : found.terms()) {
            json.object()
                    .put("term", run.term())
                    .put("first_index", run.firstIndex())
                    .put("last_index", run.lastIndex())
                    .end();
        }
        json.endArray().array("files");
        for (LogLayout.LogFile file : layout.files()) {
            json.object()
                    .put("name", file.name())
                    .put("bytes", file.bytes())
                    .put("what", file.what())
                    .end();
        }
        json.endArray().object("facts");
        layout.facts().forEach(fact -> json.put(fact.name().replace(' ', '_'), fact.value()));
        return json.end().end();
    }
}
