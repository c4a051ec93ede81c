package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.tls.CertificateAuthority;
import dev.coord.server.tls.CertificateRequest;
import dev.coord.server.tls.KeyedCertificate;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three servers whose certificates are replaced while they run: on HTTPS, on gRPC and between the servers. */
@Tag("slow")
class CertificateReloadTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final List<CoordServer> servers = new ArrayList<>();
    /** Of each server. */
    private final List<List<Integer>> ports = new ArrayList<>();

    private KeyedCertificate before;
    private KeyedCertificate after;

    @BeforeEach
    void start() throws Exception {
        before = CertificateAuthority.create("before", 2, List.of());
        after = CertificateAuthority.create("after", 2, List.of());
        install(before.certificatePem(), issued(before));
        List<Integer> free = freePorts(9);
        List<String> raft = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ports.add(free.subList(3 * i, 3 * i + 3));
            raft.add("127.0.0.1:" + free.get(3 * i + 2));
        }
        for (int i = 0; i < 3; i++) {
            servers.add(CoordServer.start(config("s" + i, ports.get(i), raft), reason -> {}));
        }
        KeyedCertificate client = issued(before);
        for (List<Integer> of : ports) {
            await().atMost(PATIENCE).until(() -> leader(of.get(0), client), leader -> !leader.equals("\"\""));
        }
    }

    @AfterEach
    void stop() {
        servers.forEach(CoordServer::close);
    }

    private ServerConfig config(String name, List<Integer> of, List<String> raft) {
        Map<String, Object> content = new HashMap<>();
        content.put("server", true);
        content.put("bootstrap_expect", 3L);
        content.put("node_name", name);
        content.put("data_dir", directory.resolve(name).toString());
        content.put("retry_join", raft);
        content.put("ca_file", directory.resolve("ca.pem").toString());
        content.put("cert_file", directory.resolve("cert.pem").toString());
        content.put("key_file", directory.resolve("key.pem").toString());
        content.put("verify_incoming", true);
        content.put(
                "ports",
                Map.of(
                        "http",
                        -1L,
                        "grpc",
                        -1L,
                        "dns",
                        -1L,
                        "https",
                        of.get(0).longValue(),
                        "grpc_tls",
                        of.get(1).longValue(),
                        "server",
                        of.get(2).longValue()));
        return ServerConfig.of(List.of(ConfigSource.of("test", content)));
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> free = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            free.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return free;
    }

    private static KeyedCertificate issued(KeyedCertificate authority) throws Exception {
        return new CertificateAuthority(authority.certificate(), authority.key())
                .issue(new CertificateRequest(
                        "server.dc1.consul",
                        List.of("localhost"),
                        List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 1})),
                        true,
                        1));
    }

    private void install(String authorities, KeyedCertificate own) throws IOException {
        Files.writeString(directory.resolve("ca.pem"), authorities);
        Files.writeString(directory.resolve("cert.pem"), own.certificatePem());
        Files.writeString(directory.resolve("key.pem"), own.keyPem());
    }

    @Test
    void newConnectionsUseTheNewCertificatesAndOldOnesGoOn() throws Exception {
        KeyedCertificate oldClient = issued(before);
        Line old = new Line(ports.get(0).get(0), oldClient);
        ManagedChannel oldChannel = channel(ports.get(1).get(1), oldClient);
        assertThat(old.put("/v1/kv/a", "1")).isEqualTo("true");
        assertThat(isServing(oldChannel)).isTrue();
        assertThat(issuers(oldClient)).containsOnly("CN=before");

        // Half of it, as for a moment when files are replaced: nothing changes anywhere.
        KeyedCertificate renewed = issued(after);
        Files.writeString(directory.resolve("cert.pem"), renewed.certificatePem());
        for (CoordServer server : servers) {
            assertThat(server.reload())
                    .failsWithin(PATIENCE)
                    .withThrowableThat()
                    .withMessageContaining("does not belong to the certificate");
        }
        assertThat(issuers(oldClient)).containsOnly("CN=before");

        // Both authorities count while servers go over one after the other.
        install(before.certificatePem() + after.certificatePem(), renewed);
        for (CoordServer server : servers) {
            assertThat(server.reload()).succeedsWithin(PATIENCE);
        }
        assertThat(issuers(oldClient)).hasSize(9).containsOnly("CN=after");
        assertThat(old.put("/v1/kv/a", "2")).isEqualTo("true");

        install(after.certificatePem(), renewed);
        for (CoordServer server : servers) {
            assertThat(server.reload()).succeedsWithin(PATIENCE);
        }
        KeyedCertificate newClient = issued(after);
        assertThat(issuers(newClient)).containsOnly("CN=after");
        for (List<Integer> of : ports) {
            for (int port : of) {
                assertThat(isRefused(port, oldClient)).as("port %d", port).isTrue();
            }
        }
        assertThat(old.put("/v1/kv/a", "3")).isEqualTo("true");
        assertThat(isServing(oldChannel)).isTrue();
        oldChannel.shutdownNow();

        // A server that comes back knows the new authority alone, and the others are known by it.
        servers.get(2).close();
        servers.set(2, CoordServer.start(servers.get(2).config(), reason -> {}));
        await().atMost(PATIENCE).until(() -> leader(ports.get(2).get(0), newClient), leader -> !leader.equals("\"\""));
        try (Line line = new Line(ports.get(2).get(0), newClient)) {
            assertThat(line.get("/v1/kv/a?raw")).isEqualTo("3");
        }
        old.close();
    }

    /** Of what each port of each server shows. */
    private List<String> issuers(KeyedCertificate client) throws Exception {
        List<String> all = new ArrayList<>();
        for (List<Integer> of : ports) {
            for (int port : of) {
                try (SSLSocket socket = connect(port, client, "h2", "http/1.1")) {
                    X509Certificate shown =
                            (X509Certificate) socket.getSession().getPeerCertificates()[0];
                    all.add(shown.getIssuerX500Principal().getName());
                }
            }
        }
        return all;
    }

    /** A server's answer to a certificate that it does not know comes after the handshake (TLS 1.3). */
    private boolean isRefused(int port, KeyedCertificate client) throws Exception {
        try (SSLSocket socket = connect(port, client, "h2", "http/1.1")) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private static String leader(int port, KeyedCertificate client) {
        try (Line line = new Line(port, client)) {
            return line.get("/v1/status/leader");
        } catch (Exception notYet) {
            return "\"\"";
        }
    }

    private ManagedChannel channel(int port, KeyedCertificate client) throws IOException {
        return Grpc.newChannelBuilder(
                        "127.0.0.1:" + port,
                        TlsChannelCredentials.newBuilder()
                                .trustManager(stream(before.certificatePem()))
                                .keyManager(stream(client.certificatePem()), stream(client.keyPem()))
                                .build())
                .build();
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isServing(ManagedChannel channel) {
        return HealthGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus()
                == ServingStatus.SERVING;
    }

    /** Trusts anybody: what it is shown is looked at. */
    private static SSLSocket connect(int port, KeyedCertificate client, String... protocols) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("client", client.key(), new char[0], new X509Certificate[] {client.certificate()});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[] {new TrustAll()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** One connection, on which one request follows another. */
    private static final class Line implements AutoCloseable {

        private final SSLSocket socket;
        private final InputStream in;

        Line(int port, KeyedCertificate client) throws Exception {
            socket = connect(port, client, "http/1.1");
            in = socket.getInputStream();
        }

        String get(String path) throws IOException {
            return ask("GET", path, "");
        }

        String put(String path, String body) throws IOException {
            return ask("PUT", path, body);
        }

        private String ask(String method, String path, String body) throws IOException {
            String request = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new IOException("ended after: " + head);
                }
                head.append((char) next);
            }
            Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(head);
            assertThat(length.find()).as("%s", head).isTrue();
            return new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.US_ASCII);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
