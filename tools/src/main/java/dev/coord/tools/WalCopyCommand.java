package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.wal.LogDamage;
import dev.coord.wal.maintenance.LogCopy;
import dev.coord.wal.maintenance.LogScan;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "copy",
        mixinStandardHelpOptions = true,
        description = {
            "Copies a log to another directory, and compares the two entry by entry.",
            "A damaged log is refused, or, with --salvage, copied up to the first entry that is lost."
        })
final class WalCopyCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private WalTarget target;

    @Parameters(paramLabel = "TO", description = "A directory that is not there yet, for the copy.")
    private Path output;

    @Option(names = "--to", paramLabel = "BACKEND", description = "The copy's (default: the same).")
    private @Nullable String backend;

    @Option(names = "--salvage", description = "Copy what lies before the first entry that is lost.")
    private boolean salvage;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        if (backend != null) {
            WalTarget.checkBackend("--to", backend);
        }
        LogCopy copy;
        try (LogScan scan = target.open();
                ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            String wanted = backend == null ? scan.location().backend() : backend;
            copy = LogCopy.toDirectory(scan, output, wanted, salvage, bar);
        }
        spec.commandLine().getOut().println(json ? WalCopyText.json(copy) : WalCopyText.text("copied", copy));
        LogDamage damage = copy.damage();
        return (damage == null ? ExitCode.OK : ExitCode.DAMAGED).status();
    }
}
