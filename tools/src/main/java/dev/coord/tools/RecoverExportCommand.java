package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.rescue.Rescued;
import dev.coord.server.rescue.StateRecord;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes out what a data directory, or what is left of one, holds: the newest good snapshot and the log after it.",
            "Exit status: 0 all of it, 8 written, but something is missing; standard error says what."
        })
final class RecoverExportCommand implements Callable<Integer> {

    /** Things that are rendered side by side; a batch is what is held in memory besides the state. */
    private static final int BATCH = 8192;

    private static final String STANDARD_OUTPUT = "-";

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "DIR",
            description = "A data directory, a log, a directory of snapshots, or a snapshot's file.")
    private Path directory;

    @Option(
            names = "--what",
            paramLabel = "kv|catalog|flags|acl|all",
            defaultValue = "all",
            description = "Which part (default: ${DEFAULT-VALUE}).")
    private String what;

    @Option(
            names = "--format",
            paramLabel = "jsonl|csv",
            defaultValue = "jsonl",
            description = "An object a line, or a row (default: ${DEFAULT-VALUE}).")
    private RecordText format;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = STANDARD_OUTPUT,
            description =
                    "Where to; it must not be there yet, and is there when all is written (default: standard output).")
    private String out;

    @Mixin
    private RescueOptions options;

    private long written;

    @Override
    public Integer call() {
        StateRecord.Part part = part(what);
        Path file = out.equals(STANDARD_OUTPUT) ? null : Path.of(out);
        if (file != null && Files.exists(file)) {
            throw new StartupException(ExitCode.USAGE, "--out " + file + " is there already: nothing is overwritten");
        }
        PrintWriter err = spec.commandLine().getErr();
        Rescued found;
        try (ProgressBar bar = new ProgressBar(err)) {
            found = options.read(directory, bar);
            if (file == null) {
                write(found, part, spec.commandLine().getOut());
            } else {
                writeFile(found, part, file);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new StartupException(ExitCode.FAILED, "--out " + out + " can't be written: " + e.getMessage(), e);
        }
        err.println(
                "coord: " + Figures.count(written, "record", "records") + " written; " + RescueOptions.reach(found));
        if (!found.whole()) {
            err.println("coord: NOT WHOLE:");
            RescueOptions.printNotes(err, found);
        }
        err.flush();
        return (found.whole() ? ExitCode.OK : ExitCode.DAMAGED).status();
    }

    static StateRecord.Part part(String name) {
        for (StateRecord.Part part : StateRecord.Part.values()) {
            if (part.toString().equals(name)) {
                return part;
            }
        }
        throw new StartupException(ExitCode.USAGE, "--what " + name + ": it is kv, catalog, flags, acl or all");
    }

    /** Whoever finds the file finds all of it. */
    private void writeFile(Rescued found, StateRecord.Part part, Path file) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (BufferedWriter writer = Files.newBufferedWriter(beside, StandardCharsets.UTF_8)) {
                write(found, part, writer);
            }
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private void write(Rescued found, StateRecord.Part part, Writer to) throws IOException {
        if (!format.header().isEmpty()) {
            to.write(format.header() + "\n");
        }
        List<StateRecord> batch = new ArrayList<>(BATCH);
        StateRecord.visit(found.state(), part, record -> {
            batch.add(record);
            if (batch.size() == BATCH) {
                flush(batch, to);
            }
        });
        flush(batch, to);
        to.flush();
    }

    /** Rendering costs more than all the rest, so it is done on all processors; the order stays. */
    private void flush(List<StateRecord> batch, Writer to) {
        List<String> lines = batch.parallelStream().map(format::line).toList();
        try {
            for (String line : lines) {
                to.write(line);
                to.write('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        written += batch.size();
        batch.clear();
    }
}
