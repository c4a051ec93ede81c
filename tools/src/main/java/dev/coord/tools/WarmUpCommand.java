package dev.coord.tools;

import dev.coord.server.ConfigSource;
import dev.coord.server.CoordServer;
import dev.coord.server.ExitCode;
import dev.coord.server.LogSetup;
import dev.coord.server.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Does once what servers and commands do when they start, so that the launcher's archive has their classes: a server on free
 * loopback ports and temporary data, asked over HTTP and through the command line.
 */
@Command(name = "warm-up", hidden = true, description = "Used by the launcher.")
final class WarmUpCommand implements Callable<Integer> {

    private static final int LEADER_SECONDS_MAX = 30;

    @Override
    public Integer call() throws Exception {
        LogSetup.level("error");
        try (ScratchDirectory scratch = ScratchDirectory.make();
                CoordServer server = CoordServer.start(config(scratch), reason -> {})) {
            CountDownLatch leads = new CountDownLatch(1);
            server.whenLeading(leads::countDown);
            if (!leads.await(LEADER_SECONDS_MAX, TimeUnit.SECONDS)) {
                return ExitCode.FATAL.status();
            }
            overHttp("http://" + server.httpAddress());
            commands(server.httpAddress(), server.grpcAddress());
        }
        return ExitCode.OK.status();
    }

    private static ServerConfig config(ScratchDirectory scratch) {
        return ServerConfig.of(List.of(ConfigSource.of(
                "warm-up",
                Map.of(
                        "server",
                        true,
                        "bootstrap",
                        true,
                        "data_dir",
                        scratch.path().toString(),
                        "ports",
                        Map.of("http", 0L, "grpc", 0L, "server", 0L, "dns", 0L)))));
    }

    private static void overHttp(String base) throws IOException {
        request("PUT", base + "/v1/kv/warm-up", "up");
        request(
                "PUT",
                base + "/v1/agent/service/register",
                "{\"Name\":\"warm\",\"Port\":1,\"Check\":{\"TTL\":\"10s\"}}");
        for (String path : List.of(
                "kv/warm-up?raw",
                "kv/?recurse",
                "health/service/warm?passing",
                "catalog/services",
                "agent/services",
                "agent/self",
                "agent/members",
                "status/leader")) {
            request("GET", base + "/v1/" + path, "");
        }
    }

    private static void request(String method, String url, String body) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setRequestMethod(method);
        if (!body.isEmpty()) {
            connection.setDoOutput(true);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body.getBytes(StandardCharsets.UTF_8));
            }
        }
        try (InputStream in =
                connection.getResponseCode() < 400 ? connection.getInputStream() : InputStream.nullInputStream()) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    private static void commands(String http, String address) {
        List<List<String>> commands = List.of(
                List.of("kv", "put", "warm-up", "up", "--http-addr", http),
                List.of("kv", "get", "warm-up", "--http-addr", http),
                List.of("kv", "list", "--json", "--address", address),
                List.of("services", "list", "--address", address),
                List.of("services", "list", "warm", "--address", address),
                List.of("servers", "--address", address));
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        try {
            for (List<String> command : commands) {
                CommandLine commandLine = Coord.commandLine(command.toArray(String[]::new));
                commandLine.setErr(new PrintWriter(Writer.nullWriter()));
                commandLine.execute(command.toArray(String[]::new));
            }
        } finally {
            System.setOut(out);
        }
    }
}
