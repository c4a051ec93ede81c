package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.archive.SnapshotArchive;
import dev.coord.server.rescue.Rescue;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "snapshot",
        mixinStandardHelpOptions = true,
        description = "Everything that the cluster knows, in one file.",
        synopsisSubcommandLabel = "COMMAND")
final class SnapshotCommand implements Callable<Integer> {

    /** A gigabyte over a slow line. */
    private static final Duration PATIENCE = Duration.ofHours(1);

    /** Whatever clients have stored is in it, secrets, too. */
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final List<String> FIELDS = List.of("ID", "Size", "Index", "Term", "Version");
    private static final int VALUE_COLUMN = 13;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "save",
            mixinStandardHelpOptions = true,
            description =
                    "Writes a snapshot to a file and verifies it. An older file stays until the new one is verified.")
    int save(@Mixin HttpConnection http, @Parameters(paramLabel = "FILE") Path file) throws IOException {
        Path unverified = file.resolveSibling(file.getFileName() + ".unverified");
        try {
            HttpAnswer answer;
            try (OutputStream out = Channels.newOutputStream(FileChannel.open(
                    unverified,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE),
                    OWNER_ONLY))) {
                answer = http.download("/v1/snapshot", bytes -> write(out, bytes), PATIENCE);
            }
            answer.orFail();
            JsonObject meta = new JsonObject(SnapshotArchive.verify(unverified));
            Files.move(unverified, file, StandardCopyOption.REPLACE_EXISTING);
            return Console.say(
                    http.json() ? meta.encode() : "Saved and verified snapshot to index " + meta.getValue("Index"));
        } catch (IOException | UncheckedIOException e) {
            throw new StartupException(ExitCode.FAILED, "Error saving snapshot to " + file + ": " + why(e), e);
        } finally {
            Files.deleteIfExists(unverified);
        }
    }

    private static void write(OutputStream out, byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Command(
            name = "inspect",
            mixinStandardHelpOptions = true,
            description = "Verifies a snapshot's file and prints what it is, without a server.")
    int inspect(@Mixin HttpConnection http, @Parameters(paramLabel = "FILE") Path file) {
        try {
            JsonObject meta = new JsonObject(SnapshotArchive.verify(file));
            if (http.json()) {
                return Console.say(meta.encode());
            }
            StringBuilder out = new StringBuilder();
            for (String field : FIELDS) {
                out.append(field)
                        .append(" ".repeat(VALUE_COLUMN - field.length()))
                        .append(meta.getValue(field))
                        .append('\n');
            }
            return Console.say(out.toString());
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, "Error verifying snapshot: " + why(e), e);
        }
    }

    @Command(
            name = "restore",
            mixinStandardHelpOptions = true,
            description = "Puts a snapshot in place of everything that the cluster knows.")
    int restore(@Mixin HttpConnection http, @Parameters(paramLabel = "FILE") Path file) {
        if (!Files.isReadable(file)) {
            throw new StartupException(ExitCode.FAILED, "Error opening snapshot file: " + file + " can't be read");
        }
        http.upload("/v1/snapshot", file, PATIENCE).orFail();
        return Console.say("Restored snapshot");
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Reads all of a snapshot's file, sums and records, without a server.",
                "Exit status: 0 it can be restored, 8 it is damaged."
            })
    int verify(@Mixin HttpConnection http, @Parameters(paramLabel = "FILE") Path file) {
        try {
            long revision = Rescue.state(file).revision();
            return Console.say(
                    http.json()
                            ? new JsonObject()
                                    .put("sound", true)
                                    .put("revision", revision)
                                    .encode()
                            : "sound: revision " + revision);
        } catch (NoSuchFileException e) {
            throw new StartupException(ExitCode.USAGE, file + " is not there", e);
        } catch (IOException e) {
            throw new StartupException(ExitCode.DAMAGED, file + ": " + why(e), e);
        }
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "How a server's scheduled snapshots are doing (configuration: backup).")
    int status(@Mixin HttpConnection http) {
        JsonObject status = http.get("/v1/agent/snapshots");
        return Console.say(http.json() ? status.encode() : Console.fields(status));
    }

    private static String why(Exception e) {
        return e instanceof UncheckedIOException ? String.valueOf(e.getCause()) : String.valueOf(e.getMessage());
    }
}
