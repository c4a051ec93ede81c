package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.wal.LogDamage;
import dev.coord.wal.maintenance.LogScan;
import dev.coord.wal.maintenance.LogVerification;
import dev.coord.wal.maintenance.LogVerification.Comparison;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Checks a log: every checksum, no gaps, terms in order, nothing lost that was acknowledged.",
            "Each damage is named by file, offset and the entries that it takes away."
        })
final class WalVerifyCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private WalTarget target;

    @Option(
            names = "--against",
            paramLabel = "DIR",
            description = "Another copy, of any backend, to compare with entry by entry.")
    private @Nullable Path against;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        LogVerification found;
        try (LogScan scan = target.open();
                LogScan other = against == null ? null : LogScan.open(against);
                ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            found = LogVerification.of(scan, other, bar);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(found));
        } else {
            print(out, found);
        }
        return (found.isSound() ? ExitCode.OK : ExitCode.DAMAGED).status();
    }

    private void print(PrintWriter out, LogVerification found) {
        String entries = Figures.count(found.entries(), "entry", "entries") + ", " + Figures.bytes(found.bytes()) + ", "
                + found.location().backend() + " log";
        if (found.damagesInAll() == 0) {
            out.println("sound: " + entries + "; indexes from "
                    + found.layout().firstIndex() + " up to " + found.layout().nextIndex()
                    + " without a gap, terms in order, every checksum matches");
        } else {
            out.println("DAMAGED: "
                    + Figures.count(found.damagesInAll(), "damage takes ", "damages take ")
                            .strip() + " " + Figures.count(found.lost(), "entry", "entries") + " away; whole: "
                    + entries);
            found.damages().forEach(damage -> out.println("  " + damage));
            if (found.damagesInAll() > found.damages().size()) {
                out.println("  and " + (found.damagesInAll() - found.damages().size()) + " more");
            }
        }
        Comparison comparison = found.comparison();
        if (comparison != null) {
            print(out, comparison);
        }
        if (found.damagesInAll() > 0) {
            out.println("'coord wal dump " + target.directory() + "' brings out all that is whole, before and after.");
        }
    }

    private static void print(PrintWriter out, Comparison comparison) {
        out.println((comparison.differingInAll() == 0 ? "the same" : "DIFFERENT") + " where both have entries: "
                + Figures.count(comparison.compared()) + " compared with "
                + comparison.other().directory() + " (" + comparison.other().backend() + "), "
                + Figures.count(comparison.differingInAll()) + " differ, " + Figures.count(comparison.onlyHere())
                + " only here, " + Figures.count(comparison.onlyThere()) + " only there");
        for (long index : comparison.differing()) {
            out.println("  entry " + index + " differs");
        }
        if (comparison.otherDamages() > 0) {
            out.println("  the other copy has " + Figures.count(comparison.otherDamages(), "damage", "damages")
                    + " of its own");
        }
        if (comparison.restorable() > 0) {
            out.println("  the other copy has " + Figures.count(comparison.restorable())
                    + " of the entries that are lost here");
        }
    }

    private static JsonText json(LogVerification found) {
        JsonText json = new JsonText()
                .object()
                .put("directory", found.location().directory().toString())
                .put("backend", found.location().backend())
                .put("sound", found.isSound())
                .put("entries", found.entries())
                .put("bytes", found.bytes())
                .put("first_index", found.layout().firstIndex())
                .put("next_index", found.layout().nextIndex())
                .put("damages_in_all", found.damagesInAll())
                .put("lost_entries", found.lost())
                .array("damages");
        for (LogDamage damage : found.damages()) {
            put(json.object(), damage).end();
        }
        json.endArray();
        Comparison comparison = found.comparison();
        if (comparison != null) {
            json.object("comparison")
                    .put("other", comparison.other().directory().toString())
                    .put("compared", comparison.compared())
                    .put("differing_in_all", comparison.differingInAll())
                    .put("only_here", comparison.onlyHere())
                    .put("only_there", comparison.onlyThere())
                    .put("other_damages", comparison.otherDamages())
                    .put("restorable", comparison.restorable())
                    .array("differing");
            comparison.differing().forEach(json::add);
            json.endArray().end();
        }
        return json.end();
    }

    /** The fields of a damage, into an object that has begun. */
    static JsonText put(JsonText json, LogDamage damage) {
        json.put("file", damage.file()).put("offset", damage.offset());
        if (damage.entries() > 0) {
            json.put("first_index", damage.firstIndex()).put("last_index", damage.nextIndex() - 1);
        }
        return json.put("what", damage.what());
    }
}
