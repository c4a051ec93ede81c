package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what is looked at, or runs a command at changes.",
            "A view of the cluster, as JSON: to standard output once, or at every change into the command's input.",
            "Watches for people are coord kv watch and coord services watch; who watches: coord watch stats."
        },
        subcommands = WatchStatsCommand.class)
final class WatchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private HttpConnection http;

    @Option(
            names = {"--type", "-type"},
            paramLabel = "TYPE",
            description = "key, keyprefix, services, nodes, service, checks or event.")
    private @Nullable String type;

    @Option(
            names = {"--key", "-key"},
            description = "For key.")
    private @Nullable String key;

    @Option(
            names = {"--prefix", "-prefix"},
            description = "For keyprefix.")
    private @Nullable String prefix;

    @Option(
            names = {"--service", "-service"},
            description = "For service, and for checks.")
    private @Nullable String service;

    @Option(
            names = {"--tag", "-tag"},
            description = "For service: only instances with this tag; may be given again.")
    private List<String> tags = List.of();

    @Option(
            names = {"--passingonly", "-passingonly"},
            paramLabel = "true|false",
            description = "For service: only passing instances.")
    private @Nullable Boolean passingOnly;

    @Option(
            names = {"--state", "-state"},
            description = "For checks: passing, warning or critical.")
    private @Nullable String state;

    @Option(
            names = {"--name", "-name"},
            description = "For event: only of this name.")
    private @Nullable String name;

    @Option(
            names = {"--shell", "-shell"},
            paramLabel = "true|false",
            description = "Whether a shell ($SHELL, else /bin/sh) runs the command (default: true).")
    private @Nullable Boolean shell;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "Given the view, in one line of JSON.")
    private List<String> command = List.of();

    @Override
    public Integer call() throws InterruptedException {
        WatchedView view = view();
        String path = view.path(new WatchedView.WatchParameters(
                key, prefix, service, tags, Boolean.TRUE.equals(passingOnly), state, name));
        if (command.isEmpty()) {
            return Console.say(GoJson.pretty(view.shown(http.ask(path), ""), "    "));
        }
        return follow(view, path);
    }

    private WatchedView view() {
        if (type == null) {
            throw new StartupException(
                    ExitCode.USAGE,
                    "Watch type must be specified: -type, one of " + Arrays.toString(WatchedView.values()));
        }
        return Arrays.stream(WatchedView.values())
                .filter(view -> view.name().equals(type))
                .findFirst()
                .orElseThrow(() -> new StartupException(ExitCode.USAGE, "Unsupported watch type: " + type));
    }

    /** Until the command fails, or Ctrl-C. */
    private int follow(WatchedView view, String path) throws InterruptedException {
        new WatchLoop(http::ask, http::await, why -> Console.note(spec, "coord: " + why))
                .follow(view, path, (shown, index) -> {
                    int status = run(shown, index);
                    if (status != 0) {
                        Console.note(spec, "Error executing handler: exit status " + status);
                    }
                    return status == 0;
                });
        return ExitCode.FAILED.status();
    }

    private int run(@Nullable Object shown, String index) throws InterruptedException {
        byte[] input = (Json.encode(shown) + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            return ChildProcess.start(
                            command,
                            !Boolean.FALSE.equals(shell),
                            Map.of("CONSUL_INDEX", index, "COORD_INDEX", index),
                            input,
                            false)
                    .waitFor();
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, "the command can't be started: " + e.getMessage(), e);
        }
    }
}
