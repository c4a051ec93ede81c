package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.rescue.ServerReport;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "collect-info",
        mixinStandardHelpOptions = true,
        description = {
            "Says of stopped servers' data directories how far each had come: a line of JSON for each, for make-plan.",
            "Run it where the directories are, and bring the lines together in one file."
        })
final class RecoverCollectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "DIR", description = "Servers' data directories.")
    private List<Path> directories;

    @Mixin
    private RescueOptions options;

    @Override
    public Integer call() {
        boolean whole = true;
        for (Path directory : directories) {
            ServerReport report;
            try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
                report = options.with(directory, source -> ServerReport.of(source, bar));
            }
            spec.commandLine().getOut().println(report.encode());
            whole &= report.whole();
        }
        return (whole ? ExitCode.OK : ExitCode.DAMAGED).status();
    }
}
