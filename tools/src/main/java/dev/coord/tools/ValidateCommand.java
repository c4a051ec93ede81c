package dev.coord.tools;

import dev.coord.server.ConfigFile;
import dev.coord.server.ConfigSource;
import dev.coord.server.ExitCode;
import dev.coord.server.ServerConfig;
import dev.coord.server.StartupException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description = {
            "Checks a server's configuration files.",
            "Give all of them, files or directories: they are read as \"coord agent\" would. Status 0: they can be used, 1:"
                    + " they can't."
        })
final class ValidateCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE_OR_DIRECTORY")
    private List<Path> paths = List.of();

    @Option(
            names = {"--config-format", "-config-format"},
            paramLabel = "json|hcl",
            description = "Whatever the names of the files.")
    private @Nullable String format;

    @Option(
            names = {"--quiet", "-quiet"},
            description = "Say nothing when all is well.")
    private boolean quiet;

    @Override
    public Integer call() {
        try {
            List<ConfigSource> sources = new ArrayList<>();
            for (Path path : paths) {
                sources.addAll(
                        Files.isDirectory(path)
                                ? ConfigFile.readDirectory(path, format)
                                : List.of(ConfigFile.read(path, format)));
            }
            ServerConfig.of(sources);
        } catch (StartupException e) {
            Console.note(spec, "Config validation failed: " + e.getMessage());
            return ExitCode.FAILED.status();
        }
        return quiet ? ExitCode.OK.status() : Console.say("Configuration is valid!");
    }
}
