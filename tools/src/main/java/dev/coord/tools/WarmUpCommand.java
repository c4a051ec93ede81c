package dev.coord.tools;

import dev.coord.server.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Loads what a start loads, for the launcher's archive of classes. */
@Command(name = "warm-up", hidden = true, description = "Used by the launcher.")
final class WarmUpCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        return ExitCode.OK.status();
    }
}
