package dev.coord.tools;

import dev.coord.server.ExitCode;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "monitor",
        mixinStandardHelpOptions = true,
        description = "Prints what the server asked logs, until Ctrl-C.")
final class MonitorCommand implements Callable<Integer> {

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    @Mixin
    private HttpConnection http;

    @Option(
            names = {"--log-level", "-log-level"},
            paramLabel = "LEVEL",
            description = "trace, debug, info, warn or error (default: info).")
    private @Nullable String logLevel;

    @Option(
            names = {"--log-json", "-log-json"},
            description = "A JSON object a line.")
    private boolean logJson;

    @Override
    public Integer call() {
        String path = "/v1/agent/monitor";
        path = logLevel == null ? path : HttpConnection.with(path, "loglevel", logLevel);
        path = logJson ? HttpConnection.with(path, "logjson", "true") : path;
        http.download(path, Console::write, FOR_EVER).orFail();
        return ExitCode.OK.status();
    }
}
