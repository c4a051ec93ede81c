package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.Version;
import dev.coord.tools.backup.BackupHeader;
import dev.coord.tools.backup.BackupKind;
import dev.coord.tools.backup.BackupReader;
import dev.coord.tools.backup.BackupWriter;
import dev.coord.tools.backup.Piece;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description = {
            "Keys, services, flags and ACLs by prefix and kind, in a file.",
            "The file is made of chunks with sums of their own. For all that the cluster knows at once see snapshot.",
            "Sessions, locks, prepared queries and user events are not in it."
        },
        synopsisSubcommandLabel = "COMMAND")
final class BackupCommand implements Callable<Integer> {

    private static final String FILE = "FILE";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "save",
            mixinStandardHelpOptions = true,
            description = {
                "Reads from a running cluster, page by page, and writes a file for its owner alone.",
                "Each page is what was true at one moment; what changes meanwhile is in it or not. An older file stays until"
                        + " the new one is whole.",
                "Exit status: 0 all of it, 9 written, but something could not be read."
            })
    int save(@Mixin HttpConnection http, @Parameters(paramLabel = FILE) Path file, @Mixin BackupScope scope) {
        Set<BackupKind> wanted = scope.kinds();
        BackupSource source;
        Map<String, Long> counts;
        try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            source = new BackupSource(new PatientHttp(http), wanted, scope.named(), scope.prefixes(List.of("")), bar);
            BackupHeader header = source.header(Version.current());
            try (BackupWriter writer = new BackupWriter(file, header)) {
                source.writeTo(writer);
                counts = writer.counts();
                writer.finish(source.index(), source.skipped());
            }
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, file + " can't be written: " + e.getMessage(), e);
        }
        return saved(http, file, source, counts);
    }

    private int saved(HttpConnection http, Path file, BackupSource source, Map<String, Long> counts) {
        long bytes = file.toFile().length();
        List<String> skipped = source.skipped();
        if (http.json()) {
            Console.say(new JsonObject()
                    .put("file", file.toString())
                    .put("bytes", bytes)
                    .put("counts", BackupText.numbers(counts))
                    .put("locked", source.locked())
                    .put("skipped", skipped)
                    .encode());
        } else {
            Console.say("Saved " + BackupText.counts(counts) + " to " + file + " (" + Figures.bytes(bytes) + ")");
            if (source.locked() > 0) {
                Console.note(
                        spec,
                        Figures.count(source.locked(), "key was", "keys were")
                                + " held by a session: the locks are not in a backup");
            }
        }
        skipped.forEach(what -> Console.note(spec, "coord: not saved: " + what));
        return (skipped.isEmpty() ? ExitCode.OK : ExitCode.PARTIAL).status();
    }

    @Command(
            name = "inspect",
            mixinStandardHelpOptions = true,
            description = {
                "What a file was made of and what it holds, without a server.",
                "Exit status: 0 all of it can be read, 9 not all."
            })
    int inspect(@Mixin HttpConnection http, @Parameters(paramLabel = FILE) Path file) {
        return read(
                file,
                reading -> Console.say(
                        http.json() ? BackupText.inspected(reading).encode() : BackupText.inspection(reading)));
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Reads all of a file and its sums, without a server; goes on past what is damaged and says what that held.",
                "Exit status: 0 all of it can be restored, 9 not all."
            })
    int verify(@Mixin HttpConnection http, @Parameters(paramLabel = FILE) Path file) {
        return read(file, reading -> {
            if (http.json()) {
                Console.say(BackupText.verified(reading).encode());
            } else if (reading.damages().isEmpty()) {
                Console.say("sound: " + BackupText.counts(reading.counts()));
            } else {
                Console.say("damaged: " + BackupText.counts(reading.counts()) + " can be restored");
            }
        });
    }

    private interface Shown {
        void show(BackupReading reading);
    }

    /** Damage goes to standard error, besides what is shown. */
    private int read(Path file, Shown shown) {
        BackupReading reading = reading(file, chunk -> {});
        shown.show(reading);
        reading.damages().forEach(damage -> Console.note(spec, "coord: damaged: " + damage.text()));
        return (reading.damages().isEmpty() ? ExitCode.OK : ExitCode.PARTIAL).status();
    }

    private BackupReading reading(Path file, Consumer<Piece.Chunk> sink) {
        try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr());
                BackupReader reader = new BackupReader(file)) {
            return BackupReading.of(reader, bar, sink);
        } catch (IOException e) {
            throw BackupText.unreadable(file, e);
        }
    }

    @Command(
            name = "restore",
            mixinStandardHelpOptions = true,
            description = {
                "Brings what a file holds into a running cluster, this one or another. May be done again: what is not in the"
                        + " file stays as it is.",
                "Keys in transactions of up to 64 operations and 1 MiB, services by registration, flag sets whole, policies"
                        + " and roles by name, tokens with their ids and secrets. Locks and sessions are not restored.",
                "Exit status: 0 all of it, 9 what could be; standard error says what is missing."
            })
    int restore(
            @Mixin HttpConnection http,
            @Parameters(paramLabel = FILE) Path file,
            @Mixin BackupScope scope,
            @Option(names = "--dry-run", description = "Says what would be restored, and asks no server.")
                    boolean dryRun) {
        Set<BackupKind> wanted = scope.kinds();
        RestoreNotes notes = new RestoreNotes(spec);
        BackupTarget target =
                new BackupTarget(new PatientHttp(http), wanted, scope.prefixes(List.of()), dryRun, notes::failed);
        reading(file, target::put).damages().stream()
                .filter(damage -> damage.kind() == null || wanted.contains(damage.kind()))
                .forEach(damage -> notes.damaged(damage.text()));
        Console.say(
                http.json()
                        ? new JsonObject()
                                .put("dry_run", dryRun)
                                .put("counts", BackupText.numbers(BackupText.byName(target.counts())))
                                .put("not_restored", notes.all())
                                .encode()
                        : (dryRun ? "Would restore " : "Restored ")
                                + BackupText.counts(BackupText.byName(target.counts())) + " from " + file);
        notes.finish();
        return (notes.isEmpty() ? ExitCode.OK : ExitCode.PARTIAL).status();
    }
}
