package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options of commands that speak Consul's HTTP API, named as the Consul command line names them. What is not given comes
 * from {@code COORD_} variables, else from {@code CONSUL_} ones of the same name.
 */
final class HttpConnection {

    private static final String FILE = "FILE";

    @Option(
            names = {"--http-addr", "-http-addr"},
            paramLabel = "ADDRESS",
            description =
                    "The server's HTTP: host:port, http://, https:// or unix:///path; several, separated by commas, are"
                            + " tried in order (default: $COORD_HTTP_ADDR, else $CONSUL_HTTP_ADDR, else 127.0.0.1:8500).")
    private @Nullable String address;

    @Option(
            names = {"--token", "-token"},
            paramLabel = "SECRET",
            description = "The token to show (default: $COORD_HTTP_TOKEN, else $CONSUL_HTTP_TOKEN).")
    private @Nullable String token;

    @Option(
            names = {"--token-file", "-token-file"},
            paramLabel = FILE,
            description = "A file that holds the token (default: $CONSUL_HTTP_TOKEN_FILE).")
    private @Nullable String tokenFile;

    @Option(
            names = {"--ca-file", "-ca-file"},
            paramLabel = FILE,
            description = "Who may have signed the server's certificate (default: $CONSUL_CACERT).")
    private @Nullable String caFile;

    @Option(
            names = {"--ca-path", "-ca-path"},
            paramLabel = "DIR",
            description = "A directory of such files (default: $CONSUL_CAPATH).")
    private @Nullable String caPath;

    @Option(
            names = {"--client-cert", "-client-cert"},
            paramLabel = FILE,
            description = "The certificate to show (default: $CONSUL_CLIENT_CERT).")
    private @Nullable String clientCert;

    @Option(
            names = {"--client-key", "-client-key"},
            paramLabel = FILE,
            description = "Its key (default: $CONSUL_CLIENT_KEY).")
    private @Nullable String clientKey;

    @Option(
            names = {"--tls-server-name", "-tls-server-name"},
            paramLabel = "NAME",
            description = "Whose certificate to expect (default: $CONSUL_TLS_SERVER_NAME, else the host).")
    private @Nullable String tlsServerName;

    @Option(
            names = {"--datacenter", "-datacenter"},
            paramLabel = "NAME",
            description = "Which datacenter; there is one.")
    private @Nullable String datacenter;

    @Option(
            names = {"--stale", "-stale"},
            description = "Read what the asked server has; needs no leader.")
    private boolean stale;

    @Option(
            names = {"--namespace", "-namespace"},
            hidden = true)
    private @Nullable String namespace;

    @Option(
            names = {"--format", "-format"},
            paramLabel = "pretty|json",
            defaultValue = "pretty",
            description = "How to print (default: ${DEFAULT-VALUE}).")
    private String format = "pretty";

    @Option(names = "--json", description = "The same as --format json.")
    private boolean json;

    private @Nullable HttpTransport transport;

    /** True: answers are JSON. */
    boolean json() {
        if (!format.equals("pretty") && !format.equals("json")) {
            throw new StartupException(ExitCode.USAGE, "--format " + format + ": it is pretty or json");
        }
        return json || format.equals("json");
    }

    JsonObject get(String path) {
        return ask(path).orFail().object();
    }

    JsonArray list(String path) {
        return ask(path).orFail().list();
    }

    JsonObject put(String path, JsonObject body) {
        return call("PUT", path, Buffer.buffer(body.encode())).orFail().object();
    }

    /** The answer's body, if it is a success. */
    String send(String method, String path, String body) {
        return call(method, path, body.isEmpty() ? null : Buffer.buffer(body))
                .orFail()
                .text();
    }

    /** Whatever the answer is. */
    HttpAnswer ask(String path) {
        return call("GET", path, null);
    }

    /** Whatever the answer is. */
    HttpAnswer call(String method, String path, @Nullable Buffer body) {
        return transport().call(method, complete(method, path), body, Duration.ZERO);
    }

    /** A blocking query: answers when the index has passed, or after the time. */
    HttpAnswer await(String path, String index, Duration atMost) {
        return transport().await(complete("GET", path), index, atMost);
    }

    HttpAnswer upload(String path, Path file, Duration atMost) {
        return transport().upload(complete("PUT", path), file, atMost);
    }

    HttpAnswer download(String path, Consumer<byte[]> sink, Duration atMost) {
        return transport().download(complete("GET", path), sink, atMost);
    }

    private String complete(String method, String path) {
        String complete = datacenter == null ? path : with(path, "dc", datacenter);
        return stale && method.equals("GET") ? with(complete, "stale", "") : complete;
    }

    private synchronized HttpTransport transport() {
        if (transport == null) {
            if (namespace != null && !namespace.isEmpty() && !namespace.equals("default")) {
                throw new StartupException(
                        ExitCode.USAGE, "-namespace " + namespace + ": there are no namespaces, as in open Consul");
            }
            transport = new HttpTransport(targets(), tls(), secret(), orVariable(null, "HTTP_AUTH"));
        }
        return transport;
    }

    /** Where it goes, in order. */
    List<HttpTarget> targets() {
        String given = orVariable(address, "HTTP_ADDR");
        boolean tls = isTrue("HTTP_SSL", false);
        return Arrays.stream((given.isEmpty() ? "127.0.0.1:8500" : given).split(",", -1))
                .map(one -> HttpTarget.of(one.strip(), tls))
                .toList();
    }

    private HttpTransport.Tls tls() {
        return new HttpTransport.Tls(
                orVariable(caFile, "CACERT"),
                orVariable(caPath, "CAPATH"),
                orVariable(clientCert, "CLIENT_CERT"),
                orVariable(clientKey, "CLIENT_KEY"),
                orVariable(tlsServerName, "TLS_SERVER_NAME"),
                isTrue("HTTP_SSL_VERIFY", true));
    }

    /** What the file holds, if anything, comes before a token that is given or in a variable: so it is with {@code consul}. */
    private String secret() {
        String file = orVariable(tokenFile, "HTTP_TOKEN_FILE");
        try {
            String held = file.isEmpty() ? "" : Files.readString(Path.of(file)).strip();
            return held.isEmpty() ? orVariable(token, "HTTP_TOKEN") : held;
        } catch (IOException e) {
            throw new StartupException(ExitCode.USAGE, "token file " + file + " can't be read: " + e, e);
        }
    }

    /** A connection of its own to one server, with the same token and certificates. The caller closes it. */
    HttpTransport open(HttpTarget target) {
        return new HttpTransport(List.of(target), tls(), secret(), orVariable(null, "HTTP_AUTH"));
    }

    private static boolean isTrue(String name, boolean without) {
        String value = orVariable(null, name);
        return switch (value) {
            case "" -> without;
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default ->
                throw new StartupException(
                        ExitCode.USAGE,
                        "the variable COORD_" + name + " or CONSUL_" + name + " is \"" + value
                                + "\", neither true nor false");
        };
    }

    /** What was given, else what the variable says; empty: nothing. */
    static String orVariable(@Nullable String given, String name) {
        if (given != null) {
            return given;
        }
        Map<String, String> environment = System.getenv();
        String ours = environment.getOrDefault("COORD_" + name, "");
        return (ours.isBlank() ? environment.getOrDefault("CONSUL_" + name, "") : ours).strip();
    }

    /** The path with one more parameter. */
    static String with(String path, String name, @Nullable String value) {
        String pair = value == null || value.isEmpty() ? name : name + "=" + encoded(value);
        return path + (path.indexOf('?') < 0 ? "?" : "&") + pair;
    }

    /** For a path or a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
