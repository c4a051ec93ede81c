package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.rescue.RecoveryPlan;
import dev.coord.server.rescue.ServerReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "make-plan",
        mixinStandardHelpOptions = true,
        description = {
            "Picks the server that a cluster without a majority goes on with, and says what may be lost.",
            "Changes nothing. Exit status: 0 there is a plan, 1 there can be none without --accept-loss."
        })
final class RecoverMakePlanCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "What collect-info has said, a line for each server.")
    private List<Path> files;

    @Option(
            names = "--accept-loss",
            description = "Make a plan even where something that was acknowledged may be lost.")
    private boolean acceptLoss;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the plan goes.")
    private Path plan;

    @Override
    public Integer call() {
        RecoveryPlan made;
        try {
            made = RecoveryPlan.of(UUID.randomUUID().toString(), reports(), acceptLoss);
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, "no plan: " + e.getMessage(), e);
        }
        try {
            Files.writeString(plan, made.encode() + "\n");
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, "--out " + plan + " can't be written: " + e, e);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("survivor    " + made.raftAddress() + " (" + made.survivor() + "), at log entry " + made.lastIndex()
                + " of term " + made.lastTerm());
        out.println("given up    " + (made.lost().isEmpty() ? "nobody" : String.join(", ", made.lost())));
        out.println("generation  " + made.generation() + " of cluster " + made.clusterId());
        out.println("may lose    "
                + (made.mayLose().isEmpty()
                        ? "nothing that was acknowledged: a majority's directories were looked at"
                        : made.mayLose()));
        out.println("Next, on the survivor, stopped: coord recover apply-plan " + plan + " DIR");
        return ExitCode.OK.status();
    }

    private List<ServerReport> reports() throws IOException {
        List<ServerReport> reports = new ArrayList<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                if (!line.isBlank()) {
                    reports.add(ServerReport.read(line));
                }
            }
        }
        return reports;
    }
}
