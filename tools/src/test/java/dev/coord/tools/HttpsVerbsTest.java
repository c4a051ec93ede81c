package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import dev.coord.server.CoordServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The command line against a server that serves HTTPS alone and wants to see a certificate. */
class HttpsVerbsTest {

    private static final String PASSWORD = "changeit";

    @TempDir
    private static Path directory;

    private static CoordServer server;

    @BeforeAll
    static void start() throws Exception {
        selfSigned("one");
        selfSigned("other");
        server = EmbeddedServer.start(
                directory.resolve("data"),
                Map.of(
                        "node_name",
                        "one",
                        "tls",
                        Map.of(
                                "https",
                                Map.of(
                                        "ca_file",
                                        file("one.crt"),
                                        "cert_file",
                                        file("one.crt"),
                                        "key_file",
                                        file("one.key"),
                                        "verify_incoming",
                                        true)),
                        "ports",
                        Map.of("http", -1L, "https", 0L, "grpc", -1L, "server", 0L, "dns", -1L)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    /** A key and a certificate that signs itself, made by the JDK's keytool, in PEM. */
    private static void selfSigned(String name) throws IOException, GeneralSecurityException, InterruptedException {
        Path store = directory.resolve(name + ".p12");
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
                        "san=dns:coord.example,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            loaded.load(in, PASSWORD.toCharArray());
        }
        pem(name + ".crt", "CERTIFICATE", loaded.getCertificate(name).getEncoded());
        pem(
                name + ".key",
                "PRIVATE KEY",
                loaded.getKey(name, PASSWORD.toCharArray()).getEncoded());
    }

    private static void pem(String name, String type, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(
                directory.resolve(name),
                "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n",
                StandardCharsets.US_ASCII);
    }

    private static CommandRun get(String... options) {
        String[] all = new String[options.length + 5];
        all[0] = "kv";
        all[1] = "get";
        all[2] = "-http-addr=https://" + server.httpAddress();
        System.arraycopy(options, 0, all, 3, options.length);
        all[options.length + 3] = "-keys";
        all[options.length + 4] = "";
        return CommandRun.of("", all);
    }

    @Test
    void with_the_authority_and_a_certificate_it_is_answered() {
        CommandRun run =
                get("-ca-file=" + file("one.crt"), "-client-cert=" + file("one.crt"), "-client-key=" + file("one.key"));

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();

        CommandRun named = get(
                "-ca-file=" + file("one.crt"),
                "-client-cert=" + file("one.crt"),
                "-client-key=" + file("one.key"),
                "-tls-server-name=coord.example");
        assertThat(named.err()).isEmpty();
        assertThat(named.status()).isZero();
    }

    @Test
    void a_server_that_nobody_known_has_signed_for_is_not_asked() {
        CommandRun run = get(
                "-ca-file=" + file("other.crt"), "-client-cert=" + file("one.crt"), "-client-key=" + file("one.key"));

        assertThat(run.status()).isEqualTo(7);
        assertThat(run.err()).contains("TLS: ", "unable to find valid certification path");
    }

    @Test
    void who_shows_no_certificate_is_told_once_and_nothing_is_logged_beside_it() {
        Logger vertx = (Logger) LoggerFactory.getLogger("io.vertx");
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        vertx.addAppender(logged);
        CommandRun run;
        try {
            run = get("-ca-file=" + file("one.crt"));
        } finally {
            vertx.detachAppender(logged);
        }

        assertThat(run.status()).isEqualTo(7);
        // Newer JDKs name the alert before they say so.
        assertThat(run.err()).contains("TLS: ", "Received fatal alert");
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(line -> line.contains("Received fatal alert"));
    }

    @Test
    void half_a_certificate_and_files_that_are_missing_are_named() {
        CommandRun half = get("-ca-file=" + file("one.crt"), "-client-cert=" + file("one.crt"));
        assertThat(half.status()).isEqualTo(2);
        assertThat(half.err()).contains("-client-key");

        CommandRun missing = get("-ca-file=" + file("missing.crt"));
        assertThat(missing.status()).isEqualTo(2);
        assertThat(missing.err()).contains("missing.crt");
    }

    @Test
    void credentials_go_as_basic_authentication_and_are_not_the_token() throws IOException {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.createContext("/", exchange -> {
            seen.add(exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + exchange.getRequestHeaders().getFirst("X-Consul-Token"));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        proxy.start();
        try {
            HttpTarget target = HttpTarget.of("127.0.0.1:" + proxy.getAddress().getPort(), false);
            HttpTransport.Tls none = new HttpTransport.Tls("", "", "", "", "", true);
            new HttpTransport(List.of(target), none, "t", "user:p:w").call("GET", "/", null, Duration.ZERO);
            new HttpTransport(List.of(target), none, "t", "user").call("GET", "/", null, Duration.ZERO);
        } finally {
            proxy.stop(0);
        }
        assertThat(seen).containsExactly("Basic " + base64("user:p:w") + " t", "Basic " + base64("user:") + " t");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
