package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.rescue.LiveCopy;
import dev.coord.server.rescue.Rescue;
import dev.coord.server.rescue.RescueSource;
import dev.coord.server.rescue.Rescued;
import dev.coord.wal.maintenance.ProgressListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How directories are read by the commands that need no cluster. */
final class RescueOptions {

    private static final int NOTES_SHOWN = 20;

    @Option(
            names = "--past-damage",
            description = "Go on after a hole in the log: more is found, but as a state that never was.")
    private boolean pastDamage;

    @Option(
            names = "--copy",
            description = "Read a copy, made first and deleted afterwards: for the directory of a running server.")
    private boolean copy;

    @Option(
            names = "--scratch",
            paramLabel = "DIR",
            description = "Where --copy has room for it (default: the directory for temporary files).")
    private @Nullable Path scratch;

    /** What is done with an open source. */
    interface Work<T> {
        T on(RescueSource source) throws IOException;
    }

    /** Opens it, or a copy of it, for as long as the work takes. */
    <T> T with(Path directory, Work<T> work) {
        try (LiveCopy copied = copy ? LiveCopy.of(directory, scratch()) : null;
                RescueSource source = RescueSource.open(copied == null ? directory : copied.directory())) {
            return work.on(source);
        } catch (IOException e) {
            throw new StartupException(ExitCode.DATA_DIR, String.valueOf(e.getMessage()), e);
        }
    }

    Rescued read(Path directory, ProgressListener progress) {
        return with(directory, source -> Rescue.read(source, pastDamage, progress));
    }

    Rescued read(RescueSource source, ProgressListener progress) throws IOException {
        return Rescue.read(source, pastDamage, progress);
    }

    private Path scratch() {
        return scratch != null ? scratch : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** Where the state ends, in words. */
    static String reach(Rescued found) {
        StringBuilder text =
                new StringBuilder("revision " + Figures.count(found.state().revision()) + ": ");
        text.append(found.snapshotIndex() > 0 ? "the snapshot of log entry " + found.snapshotIndex() : "no snapshot");
        if (found.log() != null) {
            text.append(" and ")
                    .append(Figures.count(found.applied(), "command", "commands"))
                    .append(" of the log after it");
            if (found.lastIndex() > 0) {
                text.append(", up to entry ").append(found.lastIndex());
            }
            if (found.leftOut() > 0) {
                text.append("; ")
                        .append(Figures.count(found.leftOut(), "entry", "entries"))
                        .append(" left out");
            }
        }
        return text.toString();
    }

    /** What is missing. */
    static void printNotes(PrintWriter out, Rescued found) {
        found.notes().stream().limit(NOTES_SHOWN).forEach(note -> out.println("  " + note));
        if (found.notesInAll() > NOTES_SHOWN) {
            out.println("  and " + Figures.count(found.notesInAll() - NOTES_SHOWN) + " more; --json tells the first "
                    + Rescued.NOTES_MAX);
        }
    }

    /** Into an object that has begun. */
    static JsonText put(JsonText json, Rescued found) {
        json.put("whole", found.whole())
                .put("revision", found.state().revision())
                .put("snapshot_index", found.snapshotIndex())
                .put("applied", found.applied())
                .put("last_index", found.lastIndex())
                .put("last_term", found.lastTerm())
                .put("left_out", found.leftOut())
                .put("voters", found.voters());
        Rescued.LogFound log = found.log();
        if (log != null) {
            json.object("log")
                    .put("directory", log.directory())
                    .put("backend", log.backend())
                    .put("first_index", log.firstIndex())
                    .put("next_index", log.nextIndex())
                    .put("damages", log.damages())
                    .end();
        }
        return json.put("notes", found.notes()).put("notes_in_all", found.notesInAll());
    }
}
