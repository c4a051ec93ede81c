package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may open the admin socket's file needs no token; everybody else does. */
class AdminSocketTest {

    private static final int PATIENCE_SECONDS = 60;

    /** Short: a socket's path may have 103 bytes. */
    @TempDir
    private Path directory;

    private CoordServer start(String name, Map<String, Object> more) {
        Map<String, Object> content = new LinkedHashMap<>(Map.of(
                "server", true,
                "bootstrap", true,
                "node_name", name,
                "data_dir", directory.resolve(name).toString(),
                "acl", Map.of("enabled", true, "default_policy", "deny"),
                "audit", Map.of("enabled", true),
                "ports", Map.of("http", 0L, "grpc", -1L, "server", 0L, "dns", -1L)));
        content.putAll(more);
        CoordServer server =
                CoordServer.start(ServerConfig.of(List.of(ConfigSource.of("test", content))), reason -> {});
        CompletableFuture<Void> leads = new CompletableFuture<>();
        server.whenLeading(() -> leads.complete(null));
        leads.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        return server;
    }

    private static String overSocket(Path socket, String request, String... headers) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            String all = request + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    + String.join(
                            "",
                            List.of(headers).stream()
                                    .map(header -> header + "\r\n")
                                    .toList()) + "\r\n";
            channel.write(ByteBuffer.wrap(all.getBytes(StandardCharsets.US_ASCII)));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int overTcp(CoordServer server, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + server.httpAddress() + path))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void whoMayOpenItsFileMayDoEverythingAndIsWrittenDown() throws Exception {
        try (CoordServer server = start("s", Map.of())) {
            Path socket = directory.resolve("s/admin/coord.sock");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                    .isEqualTo("rwx------");

            assertThat(overTcp(server, "/v1/agent/self")).isEqualTo(403);
            assertThat(overSocket(socket, "GET /v1/agent/self")).startsWith("HTTP/1.1 200");
            assertThat(overSocket(socket, "GET /v1/acl/tokens")).startsWith("HTTP/1.1 200");
            assertThat(overSocket(socket, "PUT /v1/kv/colour", "Content-Length: 0"))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("true");
            assertThat(overSocket(socket, "GET /v1/kv/colour", "X-Consul-Token: wrong"))
                    .as("a token that is shown counts")
                    .startsWith("HTTP/1.1 403");
            Awaitility.await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS).untilAsserted(() -> assertThat(
                            Files.readString(directory.resolve("s/audit/audit.json")))
                    .contains("\"admin-socket\"")
                    .contains("/v1/kv/colour"));
        }
    }

    @Test
    void aFileThatADeadServerLeftIsReplacedAndALivingOnesIsNot() throws Exception {
        Path socket = directory.resolve("shared.sock");
        ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        left.bind(UnixDomainSocketAddress.of(socket));
        left.close();
        assertThat(socket).exists();
        try (CoordServer first = start("first", Map.of("admin_socket", socket.toString()))) {
            assertThat(overSocket(socket, "GET /v1/agent/self")).contains("\"first\"");

            assertThatThrownBy(() -> start("second", Map.of("admin_socket", socket.toString()))
                            .close())
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("shared.sock belongs to a process that runs");
            assertThat(overSocket(socket, "GET /v1/agent/self")).contains("\"first\"");
            assertThat(first.httpAddress()).isNotEmpty();
        }
    }

    @Test
    void noneIsServedWhereNoneIsWantedOrItsPathIsTooLong() throws Exception {
        try (CoordServer server = start("s", Map.of("admin_socket", "none"))) {
            assertThat(directory.resolve("s/admin")).doesNotExist();
            assertThat(overTcp(server, "/v1/status/leader")).isEqualTo(200);
        }
        Path far = directory.resolve("x".repeat(100)).resolve("coord.sock");
        try (CoordServer server = start("s", Map.of("admin_socket", far.toString()))) {
            assertThat(far.getParent()).doesNotExist();
            assertThat(overTcp(server, "/v1/status/leader")).isEqualTo(200);
        }
    }

    @Test
    void aFeatureIsOverriddenHereWhenThereIsNoLeader() throws Exception {
        CoordServer server = CoordServer.start(
                ServerConfig.of(List.of(ConfigSource.of(
                        "test",
                        Map.of(
                                "server",
                                true,
                                "bootstrap_expect",
                                3L,
                                "data_dir",
                                directory.resolve("s").toString(),
                                "acl",
                                Map.of("enabled", true, "default_policy", "deny"),
                                "ports",
                                Map.of("http", 0L, "grpc", -1L, "server", 0L, "dns", -1L))))),
                reason -> {});
        try (server) {
            Path socket = directory.resolve("s/admin/coord.sock");
            assertThat(overSocket(socket, "GET /v1/agent/metrics?format=prometheus"))
                    .contains("coord_");
            assertThat(overSocket(socket, override("hub-shape", "keyed"))).contains("\"keyed\"");
            assertThat(directory.resolve("s/flags.override.json")).content().contains("keyed");
            assertThat(overSocket(socket, override("hub-shape", "round")))
                    .startsWith("HTTP/1.1 400")
                    .contains("hub-shape", "\"round\"");
            assertThat(overSocket(socket, override("hub", "keyed")))
                    .startsWith("HTTP/1.1 400")
                    .contains("\"hub\" is no feature", "hub-shape");
            assertThat(overSocket(socket, "GET /v1/agent/overrides")).endsWith("}}");
            assertThat(overSocket(socket, "DELETE /v1/agent/overrides/hub-shape"))
                    .endsWith("{}");
            assertThat(directory.resolve("s/flags.override.json")).doesNotExist();
        }
    }

    private static Request override(String feature, String choice) {
        return new Request(
                "PUT /v1/agent/overrides/" + feature,
                "{\"state\": \"ENABLED\", \"variants\": {\"o\": \"" + choice + "\"}, \"defaultVariant\": \"o\"}");
    }

    private record Request(String line, String body) {}

    private static String overSocket(Path socket, Request request) throws IOException {
        return overSocket(
                socket, request.line(), "Content-Length: " + request.body().length() + "\r\n\r\n" + request.body());
    }
}
