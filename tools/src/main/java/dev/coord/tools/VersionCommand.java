package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "version", description = "Says which build this is, and which Java runs it.")
final class VersionCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Answer as JSON.")
    private boolean json;

    @Override
    public Integer call() {
        String java = Runtime.version().toString();
        spec.commandLine()
                .getOut()
                .println(
                        json
                                ? new JsonText()
                                        .object()
                                        .put("version", Version.current())
                                        .put("java", java)
                                        .end()
                                        .toString()
                                : "coord " + Version.current() + " (Java " + java + ")");
        return ExitCode.OK.status();
    }
}
