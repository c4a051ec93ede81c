package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.wal.maintenance.LogCopy;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "compact",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a log anew without its free space, and compares the two entry by entry.",
            "A damaged log is refused. Killed at any moment it leaves the old log or the new one, whole."
        })
final class WalCompactCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private WalTarget target;

    @Mixin
    private WalDestination destination;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        LogCopy copy =
                destination.write(target.directory(), null, spec.commandLine().getErr());
        spec.commandLine().getOut().println(json ? WalCopyText.json(copy) : WalCopyText.text("compacted", copy));
        return ExitCode.OK.status();
    }
}
