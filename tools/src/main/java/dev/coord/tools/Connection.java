package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.CoordClientBuilder;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that talks to a server. */
final class Connection {

    private static final String ADDRESS_VARIABLE = "COORD_ADDRESS";
    /** Consul's, so that scripts need no other. */
    private static final String TOKEN_VARIABLE = "CONSUL_HTTP_TOKEN";

    private static final String FILE = "FILE";
    private static final String TLS = "https://";

    @Option(
            names = "--address",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Servers' gRPC addresses, separated by commas, over TLS with https:// before them (default: $"
                    + ADDRESS_VARIABLE + ", else 127.0.0.1:8502).")
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

    @Option(
            names = {"--ca-file", "-ca-file"},
            paramLabel = FILE,
            description = "With https://, who may have signed the servers' certificates (default: $CONSUL_CACERT).")
    private @Nullable String caFile;

    @Option(
            names = {"--client-cert", "-client-cert"},
            paramLabel = FILE,
            description = "With https://, the certificate to show (default: $CONSUL_CLIENT_CERT).")
    private @Nullable String clientCert;

    @Option(
            names = {"--client-key", "-client-key"},
            paramLabel = FILE,
            description = "Its key, as PKCS#8 (default: $CONSUL_CLIENT_KEY).")
    private @Nullable String clientKey;

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
        List<String> given = addresses();
        try {
            if (given.stream().anyMatch(one -> one.startsWith(TLS))) {
                encrypt(builder);
            }
            return builder.addresses(
                            given.stream().map(Connection::withoutScheme).toList())
                    .build();
        } catch (IOException e) {
            throw unreadable(e);
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.USAGE, "--address: " + e.getMessage(), e);
        }
    }

    private void encrypt(CoordClientBuilder builder) throws IOException {
        GrpcTls tls = tls();
        if (tls.certificate().isEmpty()) {
            builder.tls(Path.of(tls.authorities()));
        } else {
            builder.tls(Path.of(tls.authorities()), Path.of(tls.certificate()), Path.of(tls.key()));
        }
    }

    /** For a channel of one's own to {@link #onlyAddress}. */
    ChannelCredentials credentials() {
        if (!addresses().get(0).startsWith(TLS)) {
            return InsecureChannelCredentials.create();
        }
        GrpcTls tls = tls();
        try {
            TlsChannelCredentials.Builder credentials =
                    TlsChannelCredentials.newBuilder().trustManager(new File(tls.authorities()));
            if (!tls.certificate().isEmpty()) {
                credentials.keyManager(new File(tls.certificate()), new File(tls.key()));
            }
            return credentials.build();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Paths; no certificate and no key: empty. */
    private record GrpcTls(String authorities, String certificate, String key) {}

    private GrpcTls tls() {
        GrpcTls tls = new GrpcTls(
                HttpConnection.orVariable(caFile, "CACERT"),
                HttpConnection.orVariable(clientCert, "CLIENT_CERT"),
                HttpConnection.orVariable(clientKey, "CLIENT_KEY"));
        if (tls.authorities().isEmpty()) {
            throw new StartupException(
                    ExitCode.USAGE, "https:// needs --ca-file: who may have signed the servers' certificates?");
        }
        if (tls.certificate().isEmpty() != tls.key().isEmpty()) {
            throw new StartupException(ExitCode.USAGE, "--client-cert and --client-key go together: one is not given");
        }
        return tls;
    }

    private static StartupException unreadable(IOException e) {
        return new StartupException(ExitCode.USAGE, "a file for TLS can't be read: " + e.getMessage(), e);
    }

    private static String withoutScheme(String address) {
        return address.startsWith(TLS) ? address.substring(TLS.length()) : address;
    }

    /** Of the one server that a command is about. */
    String onlyAddress() {
        List<String> given = addresses();
        if (given.size() != 1) {
            throw new StartupException(
                    ExitCode.USAGE, "--address " + String.join(",", given) + ": this is about one server; name one");
        }
        return withoutScheme(given.get(0));
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
