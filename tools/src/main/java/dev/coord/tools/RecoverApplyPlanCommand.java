package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.rescue.RecoveryPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "apply-plan",
        mixinStandardHelpOptions = true,
        description = {
            "Makes the survivor's stopped directory the beginning of a new generation of its cluster, after a copy of it was"
                    + " taken. Stopped in the middle, it is simply run again.",
            "From then on the servers that were given up are refused, for ever."
        })
final class RecoverApplyPlanCommand implements Callable<Integer> {

    private static final int ID_SHOWN = 8;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "PLAN", description = "What make-plan has written.")
    private Path plan;

    @Parameters(index = "1", paramLabel = "DIR", description = "The survivor's data directory.")
    private Path directory;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description = "Where the copy goes (default: DIR-checkpoint-... beside the directory).")
    private @Nullable Path checkpoint;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            RecoveryPlan read = RecoveryPlan.read(Files.readString(plan));
            Path copy = checkpoint != null ? checkpoint : beside(read.id());
            boolean changed = read.apply(directory, copy, System.currentTimeMillis(), bar);
            out.println((changed ? "done" : "done before, nothing was changed") + ": generation " + read.generation()
                    + " of cluster " + read.clusterId() + " begins with this directory; as it was, it lies in " + copy);
            out.println("Next: start this server: it is the only voter. Then start the others with empty directories"
                    + " and this one's address to join.");
            return ExitCode.OK.status();
        } catch (NoSuchFileException e) {
            throw new StartupException(
                    ExitCode.DATA_DIR, "the plan was not carried out: there is no " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StartupException(ExitCode.DATA_DIR, "the plan was not carried out: " + e.getMessage(), e);
        }
    }

    private Path beside(String id) {
        Path absolute = directory.toAbsolutePath().normalize();
        return absolute.resolveSibling(
                absolute.getFileName() + "-checkpoint-" + id.substring(0, Math.min(ID_SHOWN, id.length())));
    }
}
