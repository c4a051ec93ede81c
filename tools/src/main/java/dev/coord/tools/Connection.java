package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that talks to a server. */
final class Connection {

    private static final String ADDRESS_VARIABLE = "COORD_ADDRESS";
    /** Consul's, so that scripts need no other. */
    private static final String TOKEN_VARIABLE = "CONSUL_HTTP_TOKEN";

    @Option(
            names = "--address",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Servers' gRPC addresses, separated by commas (default: $" + ADDRESS_VARIABLE
                    + ", else 127.0.0.1:8502).")
    private @Nullable List<String> addresses;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "How long to try (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "Secret of the ACL token to use (default: $" + TOKEN_VARIABLE + ").")
    private @Nullable String token;

    @Option(names = "--json", description = "Answer as JSON, an object or a list on a line.")
    private boolean json;

    /** True: answers are JSON. */
    boolean json() {
        return json;
    }

    Duration timeout() {
        return Duration.ofSeconds(timeoutSeconds);
    }

    /** Null: the anonymous one. */
    @Nullable
    String token() {
        String given = token == null ? System.getenv(TOKEN_VARIABLE) : token;
        return given == null || given.isBlank() ? null : given.strip();
    }

    /** The caller closes it. */
    CoordClient open() {
        return open(null);
    }

    /** @param node what services are registered on; null: this machine's name */
    CoordClient open(@Nullable String node) {
        if (timeoutSeconds < 1) {
            throw new StartupException(ExitCode.USAGE, "--timeout " + timeoutSeconds + ": at least 1 second");
        }
        var builder = CoordClient.builder().deadline(timeout());
        if (node != null) {
            builder.nodeName(node);
        }
        String secret = token();
        if (secret != null) {
            builder.token(secret);
        }
        try {
            return builder.addresses(addresses()).build();
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.USAGE, "--address: " + e.getMessage(), e);
        }
    }

    /** Of the one server that a command is about. */
    String onlyAddress() {
        List<String> given = addresses();
        if (given.size() != 1) {
            throw new StartupException(
                    ExitCode.USAGE, "--address " + String.join(",", given) + ": this is about one server; name one");
        }
        return given.get(0);
    }

    private List<String> addresses() {
        if (addresses != null) {
            return addresses;
        }
        String given = System.getenv(ADDRESS_VARIABLE);
        return given == null || given.isBlank()
                ? List.of("127.0.0.1:8502")
                : List.of(given.strip().split(","));
    }
}
