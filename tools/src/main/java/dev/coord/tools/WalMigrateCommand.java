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
        name = "migrate",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a log anew in another backend, and compares the two entry by entry.",
            "A damaged log is refused. Killed at any moment it leaves the old log or the new one, whole. The directory says"
                    + " which backend it belongs to: the server's configuration need not be changed."
        })
final class WalMigrateCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private WalTarget target;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "BACKEND",
            description = "The new log's: segment, lmdb or mapdb.")
    private String backend;

    @Mixin
    private WalDestination destination;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        WalTarget.checkBackend("--to", backend);
        LogCopy copy = destination.write(
                target.directory(), backend, spec.commandLine().getErr());
        spec.commandLine().getOut().println(json ? WalCopyText.json(copy) : WalCopyText.text("migrated", copy));
        return ExitCode.OK.status();
    }
}
