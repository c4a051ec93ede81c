package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that is no server, beside a real one. */
class CoordAgentTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private CoordServer server;
    private CoordAgent agent;

    @BeforeEach
    void start() {
        Map<String, Object> ports = Map.of("http", 0L, "grpc", 0L, "server", 0L, "dns", 0L);
        server = CoordServer.start(
                config(Map.of(
                        "server",
                        true,
                        "bootstrap",
                        true,
                        "node_name",
                        "s1",
                        "data_dir",
                        directory.resolve("s1").toString(),
                        "ports",
                        ports)),
                reason -> {});
        CompletableFuture<Void> leads = new CompletableFuture<>();
        server.whenLeading(() -> leads.complete(null));
        leads.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        ServerConfig ofAgent = config(Map.of(
                "node_name", "a1",
                "data_dir", directory.resolve("a1").toString(),
                "retry_join", List.of(server.raftAddress()),
                "ports", ports,
                "service",
                        List.of(Map.of(
                                "name", "web", "port", 80L, "check", Map.of("ttl", "1h", "status", "passing")))));
        agent = CoordAgent.start(ofAgent, ServerHost.embedded(ofAgent, reason -> {}));
    }

    @AfterEach
    void stop() {
        agent.close();
        server.close();
    }

    private static ServerConfig config(Map<String, Object> content) {
        return ServerConfig.of(List.of(ConfigSource.of("test", content)));
    }

    private HttpResponse<String> send(String address, String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + path))
                .timeout(PATIENCE)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private String get(String address, String path) {
        return send(address, "GET", path, "").body();
    }

    private void awaitServers() {
        await().atMost(PATIENCE)
                .until(() -> send(agent.httpAddress(), "GET", "/v1/status/leader", "")
                                .statusCode()
                        == 200);
    }

    @Test
    void whatItIsAskedGoesToAServerAndBack() {
        awaitServers();

        assertThat(send(agent.httpAddress(), "PUT", "/v1/kv/a%20b?flags=7", "value")
                        .body()
                        .strip())
                .isEqualTo("true");
        HttpResponse<String> read = send(agent.httpAddress(), "GET", "/v1/kv/a%20b", "");
        assertThat(new JsonArray(read.body()).getJsonObject(0).getInteger("Flags"))
                .isEqualTo(7);
        String index = read.headers().firstValue("X-Consul-Index").orElseThrow();
        assertThat(get(server.httpAddress(), "/v1/kv/a%20b?raw")).isEqualTo("value");
        assertThat(send(agent.httpAddress(), "GET", "/v1/kv/missing", "").statusCode())
                .isEqualTo(404);

        var blocked = client.sendAsync(
                HttpRequest.newBuilder(
                                URI.create("http://" + agent.httpAddress() + "/v1/kv/a%20b?raw&wait=5m&index=" + index))
                        .timeout(PATIENCE)
                        .build(),
                BodyHandlers.ofString());
        send(server.httpAddress(), "PUT", "/v1/kv/a%20b", "other");
        assertThat(blocked.join().body()).isEqualTo("other");
    }

    @Test
    void itsDnsSaysWhatAServersSaysAndThatThereIsNoneWhenAllAreGone() throws IOException {
        await().atMost(PATIENCE).untilAsserted(() -> {
            DnsMessage answer = DnsMessage.ask(agent.dnsAddress(), "web.service.consul");
            assertThat(answer.code()).isZero();
            assertThat(answer.answers()).isEqualTo(1);
        });
        assertThat(DnsMessage.ask(agent.dnsAddress(), "nope.service.consul").code())
                .as("no such name")
                .isEqualTo(3);

        server.close();

        assertThat(DnsMessage.ask(agent.dnsAddress(), "web.service.consul").code())
                .as("a failure")
                .isEqualTo(2);
    }

    /** What was answered to a question for addresses. */
    private record DnsMessage(int code, int answers) {
        static DnsMessage ask(String address, String name) throws IOException {
            ByteArrayOutputStream query = new ByteArrayOutputStream();
            query.writeBytes(new byte[] {1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
            for (String label : name.split("\\.", -1)) {
                query.write(label.length());
                query.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
            }
            query.writeBytes(new byte[] {0, 0, 1, 0, 1});
            int colon = address.lastIndexOf(':');
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.setSoTimeout((int) PATIENCE.toMillis());
                socket.connect(new InetSocketAddress(
                        address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
                socket.send(new DatagramPacket(query.toByteArray(), query.size()));
                DatagramPacket answer = new DatagramPacket(new byte[512], 512);
                socket.receive(answer);
                byte[] bytes = answer.getData();
                assertThat(bytes).startsWith(1, 2);
                return new DnsMessage(bytes[3] & 0xF, bytes[7]);
            }
        }
    }

    @Test
    void itsGrpcIsAServers() {
        ManagedChannel channel = ManagedChannelBuilder.forTarget(agent.grpcAddress())
                .usePlaintext()
                .build();
        try {
            KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
            await().atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                    .untilAsserted(() -> assertThat(kv.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                                    .put(PutRequest.newBuilder()
                                            .setKey("k")
                                            .setValue(ByteString.copyFromUtf8("v"))
                                            .build())
                                    .getApplied())
                            .isTrue());
            assertThat(get(server.httpAddress(), "/v1/kv/k?raw")).isEqualTo("v");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void itsServicesAndItsNodeAreInTheCatalogAndComeBack() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonArray web = new JsonArray(get(server.httpAddress(), "/v1/health/service/web?passing"));
            assertThat(web).hasSize(1);
            assertThat(web.getJsonObject(0).getJsonObject("Node").getString("Node"))
                    .isEqualTo("a1");
        });
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(members(server.httpAddress())).isEqualTo(Map.of("s1", 1, "a1", 1)));
        assertThat(members(agent.httpAddress())).isEqualTo(Map.of("s1", 1, "a1", 1));
        JsonObject self = new JsonObject(get(agent.httpAddress(), "/v1/agent/self"));
        assertThat(self.getJsonObject("Config").getBoolean("Server")).isFalse();
        assertThat(self.getJsonObject("Config").getString("NodeName")).isEqualTo("a1");

        send(server.httpAddress(), "PUT", "/v1/catalog/deregister", "{\"Node\":\"a1\",\"ServiceID\":\"web\"}");

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(new JsonArray(get(server.httpAddress(), "/v1/catalog/service/web")))
                        .hasSize(1));
    }

    @Test
    void aSessionThatNamesNoNodeIsOnTheAgentsAndEndsWhenTheAgentDies() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(members(server.httpAddress())).containsEntry("a1", 1));
        String id = new JsonObject(send(agent.httpAddress(), "PUT", "/v1/session/create", "")
                        .body())
                .getString("ID");
        JsonArray info = new JsonArray(get(server.httpAddress(), "/v1/session/info/" + id));
        assertThat(info.getJsonObject(0).getString("Node")).isEqualTo("a1");

        // Without a word, as if killed.
        agent.close();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(members(server.httpAddress())).containsEntry("a1", 4));
        JsonArray checks = new JsonArray(get(server.httpAddress(), "/v1/health/node/a1"));
        assertThat(checks.stream().map(JsonObject.class::cast))
                .filteredOn(check -> check.getString("CheckID").equals("serfHealth"))
                .singleElement()
                .satisfies(check -> {
                    assertThat(check.getString("Output")).isEqualTo("Agent not live or unreachable");
                    assertThat(check.getJsonObject("Definition")).isEmpty();
                });
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(new JsonArray(get(server.httpAddress(), "/v1/session/info/" + id)))
                        .isEmpty());

        assertThat(send(server.httpAddress(), "PUT", "/v1/agent/force-leave/a1", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(members(server.httpAddress())).containsOnlyKeys("s1");
    }

    @Test
    void aServerThatIsToldOfAnAgentIsFoundByIt() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        ServerConfig waiting = config(Map.of(
                "node_name", "a2",
                "data_dir", directory.resolve("a2").toString(),
                "ports", Map.of("http", 0L, "grpc", -1L, "dns", -1L, "serf_lan", (long) port)));
        try (CoordAgent second = CoordAgent.start(waiting, ServerHost.embedded(waiting, reason -> {}))) {
            assertThat(send(second.httpAddress(), "GET", "/v1/status/leader", "")
                            .statusCode())
                    .isEqualTo(500);

            await().atMost(PATIENCE).untilAsserted(() -> {
                var joined = send(server.httpAddress(), "PUT", "/v1/agent/join/127.0.0.1:" + port, "");
                assertThat(joined.statusCode()).as(() -> joined.body()).isEqualTo(200);
            });

            await().atMost(PATIENCE).untilAsserted(() -> assertThat(members(server.httpAddress()))
                    .containsEntry("a2", 1));
            assertThat(send(server.httpAddress(), "PUT", "/v1/agent/force-leave/a2", "")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(members(server.httpAddress()))
                    .as("it is alive and only says that it was told")
                    .containsEntry("a2", 2);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(members(server.httpAddress()))
                    .containsEntry("a2", 1));
        }
    }

    @Test
    void oneThatLeavesTakesItsNodeWithIt() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(members(server.httpAddress())).containsEntry("a1", 1));

        assertThat(send(agent.httpAddress(), "PUT", "/v1/agent/leave", "").statusCode())
                .isEqualTo(200);

        assertThat(members(server.httpAddress())).containsOnlyKeys("s1");
        assertThat(new JsonArray(get(server.httpAddress(), "/v1/catalog/service/web")))
                .isEmpty();
    }

    private Map<String, Integer> members(String address) {
        return new JsonArray(get(address, "/v1/agent/members"))
                .stream()
                        .map(JsonObject.class::cast)
                        .collect(Collectors.toMap(
                                member -> member.getString("Name"), member -> member.getInteger("Status")));
    }
}
