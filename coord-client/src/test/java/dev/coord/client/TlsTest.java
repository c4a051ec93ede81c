package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.LocalConsensus;
import dev.coord.server.LocalLeases;
import dev.coord.server.command.ClusterView;
import dev.coord.server.grpc.GrpcApi;
import dev.coord.server.grpc.GrpcOptions;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {

    private static final String PASSWORD = "only for this test";

    @TempDir
    static Path keys;

    private static Pem server;
    private static Pem client;

    private Hub hub;
    private LocalConsensus consensus;

    private record Pem(Path certificate, Path key) {}

    @BeforeAll
    static void makeKeys() throws Exception {
        server = selfSigned("server");
        client = selfSigned("client");
    }

    @BeforeEach
    void start() {
        hub = new ShardedHub(HubOptions.defaults());
        consensus = new LocalConsensus(System::currentTimeMillis, hub);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private GrpcApi serve(@Nullable Path authorities) throws IOException {
        GrpcApi api = new GrpcApi(
                consensus,
                consensus,
                new Alone(consensus),
                new LocalLeases(consensus),
                hub,
                new GrpcOptions(
                        "127.0.0.1",
                        0,
                        new GrpcOptions.Tls(server.certificate(), server.key(), authorities),
                        GrpcOptions.Limits.defaults()));
        api.start();
        return api;
    }

    private static CoordClientBuilder clientOf(GrpcApi api) {
        return CoordClient.builder().address("127.0.0.1:" + api.port()).deadline(Duration.ofSeconds(5));
    }

    @Test
    void a_client_that_trusts_the_server_talks_to_it_and_a_plain_one_does_not() throws Exception {
        try (GrpcApi api = serve(null)) {
            try (CoordClient trusting = clientOf(api).tls(server.certificate()).build()) {
                assertThat(trusting.kv().put("a", "v")).isPositive();
            }
            try (CoordClient plain =
                    clientOf(api).deadline(Duration.ofMillis(500)).build()) {
                assertThatThrownBy(() -> plain.kv().get("a")).isInstanceOf(CoordException.class);
            }
        }
    }

    @Test
    void a_server_that_asks_for_a_certificate_turns_away_a_client_without() throws Exception {
        try (GrpcApi api = serve(client.certificate())) {
            try (CoordClient known = clientOf(api)
                    .tls(server.certificate(), client.certificate(), client.key())
                    .build()) {
                assertThat(known.kv().put("a", "v")).isPositive();
            }
            try (CoordClient unknown = clientOf(api)
                    .tls(server.certificate())
                    .deadline(Duration.ofMillis(500))
                    .build()) {
                assertThatThrownBy(() -> unknown.kv().get("a")).isInstanceOf(CoordException.class);
            }
        }
    }

    @Test
    void a_missing_file_is_named() {
        assertThatThrownBy(() -> new GrpcApi(
                                consensus,
                                consensus,
                                consensus,
                                new LocalLeases(consensus),
                                hub,
                                new GrpcOptions(
                                        "127.0.0.1",
                                        0,
                                        new GrpcOptions.Tls(keys.resolve("absent.crt"), server.key(), null),
                                        GrpcOptions.Limits.defaults()))
                        .close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("absent.crt");
    }

    /** A key and a certificate that signs itself, made by the JDK's keytool, in PEM. */
    private static Pem selfSigned(String name) throws IOException, GeneralSecurityException, InterruptedException {
        Path store = keys.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-ext",
                        "bc=ca:true",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString()))
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            loaded.load(in, PASSWORD.toCharArray());
        }
        return new Pem(
                pem(name + ".crt", "CERTIFICATE", loaded.getCertificate(name).getEncoded()),
                pem(
                        name + ".key",
                        "PRIVATE KEY",
                        loaded.getKey(name, PASSWORD.toCharArray()).getEncoded()));
    }

    private static Path pem(String file, String type, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return Files.writeString(
                keys.resolve(file), "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
    }

    /** A cluster of one that names no addresses, so that the client stays with the one that it was given. */
    private record Alone(LocalConsensus other) implements ClusterView {

        @Override
        public Server self() {
            Server self = other.self();
            return new Server(
                    self.id(),
                    self.name(),
                    self.datacenter(),
                    self.raftAddress(),
                    "",
                    "",
                    self.version(),
                    self.voter());
        }

        @Override
        public Optional<Server> leader() {
            return Optional.of(self());
        }

        @Override
        public boolean isLeader() {
            return true;
        }

        @Override
        public long lastContactMillis() {
            return 0;
        }

        @Override
        public List<Server> servers() {
            return List.of(self());
        }

        @Override
        public long term() {
            return other.term();
        }

        @Override
        public long lastLogIndex() {
            return other.lastLogIndex();
        }

        @Override
        public long appliedIndex() {
            return other.appliedIndex();
        }

        @Override
        public boolean isAlive(Server server) {
            return true;
        }
    }
}
