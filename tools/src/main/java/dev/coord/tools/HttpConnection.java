package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that speak Consul's HTTP API, named as the Consul command line names them. */
final class HttpConnection {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Option(
            names = {"--http-addr", "-http-addr"},
            paramLabel = "HOST:PORT",
            description =
                    "The server's HTTP address (default: $COORD_HTTP_ADDR, else $CONSUL_HTTP_ADDR, else 127.0.0.1:8500).")
    private @Nullable String address;

    @Option(
            names = {"--token", "-token"},
            paramLabel = "SECRET",
            description = "The token to show (default: $COORD_HTTP_TOKEN, else $CONSUL_HTTP_TOKEN).")
    private @Nullable String token;

    @Option(
            names = {"--token-file", "-token-file"},
            paramLabel = "FILE",
            description = "A file that holds the token (default: $CONSUL_HTTP_TOKEN_FILE).")
    private @Nullable String tokenFile;

    @Option(
            names = {"--format", "-format"},
            paramLabel = "pretty|json",
            defaultValue = "pretty",
            description = "How to print (default: ${DEFAULT-VALUE}).")
    private String format = "pretty";

    @Option(names = "--json", description = "The same as --format json.")
    private boolean json;

    /** True: answers are JSON. */
    boolean json() {
        if (!format.equals("pretty") && !format.equals("json")) {
            throw new StartupException(ExitCode.USAGE, "--format " + format + ": it is pretty or json");
        }
        return json || format.equals("json");
    }

    JsonObject get(String path) {
        return object(send("GET", path, ""));
    }

    JsonArray list(String path) {
        try {
            return new JsonArray(send("GET", path, ""));
        } catch (DecodeException e) {
            throw strange(e);
        }
    }

    JsonObject put(String path, JsonObject body) {
        return object(send("PUT", path, body.encode()));
    }

    private static JsonObject object(String answer) {
        try {
            return new JsonObject(answer);
        } catch (DecodeException e) {
            throw strange(e);
        }
    }

    private static StartupException strange(DecodeException e) {
        return new StartupException(ExitCode.FAILED, "the answer is not the JSON expected: " + e.getMessage(), e);
    }

    /** The answer's body, if it is a success. */
    String send(String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base() + path))
                .timeout(PATIENCE)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        String secret = secret();
        if (!secret.isEmpty()) {
            request.header("X-Consul-Token", secret);
        }
        try {
            HttpResponse<String> answer = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                String why =
                        answer.body().isBlank() ? "not found" : answer.body().strip();
                throw new StartupException(
                        ExitCode.FAILED, "Unexpected response code: " + answer.statusCode() + " (" + why + ")");
            }
            return answer.body();
        } catch (IOException e) {
            throw new StartupException(
                    ExitCode.UNREACHABLE, "no answer from " + base() + ": " + e + "; see --http-addr", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException(ExitCode.UNREACHABLE, "interrupted while waiting for " + base(), e);
        }
    }

    private String base() {
        String given = address != null ? address : environment("COORD_HTTP_ADDR", "CONSUL_HTTP_ADDR");
        String found = given.isEmpty() ? "127.0.0.1:8500" : given;
        return found.contains("://") ? found : "http://" + found;
    }

    private String secret() {
        if (token != null) {
            return token;
        }
        String file = tokenFile != null ? tokenFile : environment("CONSUL_HTTP_TOKEN_FILE");
        if (file.isEmpty()) {
            return environment("COORD_HTTP_TOKEN", "CONSUL_HTTP_TOKEN");
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new StartupException(ExitCode.USAGE, "token file " + file + " can't be read: " + e, e);
        }
    }

    private static String environment(String... names) {
        for (String name : List.of(names)) {
            String value = System.getenv(name);
            if (value != null && !value.isBlank()) {
                return value.strip();
            }
        }
        return "";
    }

    /** For a path or a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
