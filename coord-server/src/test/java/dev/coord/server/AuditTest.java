package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a server writes down of what is done to it: all of it, and no secret anywhere. */
class AuditTest {

    private static final String MANAGEMENT = "5ec4e700-aaaa-4222-8333-444444444444";
    private static final String WRONG = "5ec4e700-bbbb-4222-8333-444444444444";
    private static final String VALUE = "a value that is nobody else's business";

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void whoDidWhatIsWrittenDownAndNoSecretIs() throws Exception {
        Logger all = (Logger) LoggerFactory.getLogger("dev.coord");
        Level before = all.getLevel();
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        all.addAppender(logged);
        all.setLevel(Level.TRACE);
        try (CoordServer server = CoordServer.start(config(), reason -> {})) {
            CompletableFuture<Void> leads = new CompletableFuture<>();
            server.whenLeading(() -> leads.complete(null));
            leads.get(60, TimeUnit.SECONDS);
            assertThat(awaitPut(server)).isEqualTo(200);
            assertThat(send(server, "GET", "/v1/kv/a?token=" + MANAGEMENT, "")).isEqualTo(200);
            assertThat(send(server, "PUT", "/v1/kv/a?token=" + WRONG, VALUE)).isEqualTo(403);
            assertThat(send(server, "PUT", "/v1/acl/destroy/" + WRONG + "?token=" + MANAGEMENT, ""))
                    .isBetween(200, 499);
            assertThat(send(
                            server,
                            "PUT",
                            "/v1/acl/token?token=" + MANAGEMENT,
                            "{\"SecretID\": \"" + WRONG.replace("bbbb", "cccc") + "\", \"Description\": \"d\"}"))
                    .isEqualTo(200);
            putOverGrpc(server);
        } finally {
            all.detachAppender(logged);
            all.setLevel(before);
        }

        List<String> completed = new ArrayList<>();
        String text = Files.readString(directory.resolve("data/audit/audit.json"));
        for (String line : text.split("\n")) {
            JsonObject payload = new JsonObject(line).getJsonObject("payload");
            JsonObject request = payload.getJsonObject("request");
            if (payload.getString("stage").equals("OperationComplete")) {
                completed.add(request.getString("operation") + " " + request.getString("endpoint") + " "
                        + payload.getJsonObject("response").getString("status"));
                assertThat(request.getString("remote_addr")).startsWith("127.0.0.1:");
            }
        }
        assertThat(completed)
                .contains(
                        "PUT /v1/kv/a 200",
                        "GET /v1/kv/a 200",
                        "PUT /v1/kv/a 403",
                        "PUT /v1/acl/token 200",
                        "coord.v1.KV/Put  OK")
                .anyMatch(line -> line.startsWith("PUT /v1/acl/destroy/(hidden)"));
        assertThat(text).contains("{key=b}", "\"accessor_id\":\"unknown\"");
        for (String secret : List.of("5ec4e700-", VALUE)) {
            assertThat(text).doesNotContain(secret);
            assertThat(List.copyOf(logged.list))
                    .noneMatch(event -> event.getFormattedMessage().contains(secret)
                            || (event.getThrowableProxy() != null
                                    && String.valueOf(event.getThrowableProxy().getMessage())
                                            .contains(secret)));
        }
    }

    private ServerConfig config() {
        return ServerConfig.of(List.of(ConfigSource.of(
                "test",
                Map.of(
                        "server",
                        true,
                        "bootstrap",
                        true,
                        "data_dir",
                        directory.resolve("data").toString(),
                        "ports",
                        Map.of("http", 0L, "grpc", 0L, "server", 0L, "dns", -1L),
                        "audit",
                        Map.of("enabled", true),
                        "acl",
                        Map.of(
                                "enabled",
                                true,
                                "default_policy",
                                "deny",
                                "tokens",
                                Map.of("initial_management", MANAGEMENT))))));
    }

    /** The first token is written a moment after the server has come to lead. */
    private int awaitPut(CoordServer server) {
        return await().until(() -> send(server, "PUT", "/v1/kv/a?token=" + MANAGEMENT, VALUE), status -> status == 200);
    }

    private int send(CoordServer server, String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + server.httpAddress() + path))
                .method(method, BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString()).statusCode();
    }

    private static void putOverGrpc(CoordServer server) {
        ManagedChannel channel = ManagedChannelBuilder.forTarget(server.grpcAddress())
                .usePlaintext()
                .build();
        try {
            Metadata token = new Metadata();
            token.put(Metadata.Key.of("x-consul-token", Metadata.ASCII_STRING_MARSHALLER), MANAGEMENT);
            PutRequest put = PutRequest.newBuilder()
                    .setKey("b")
                    .setValue(ByteString.copyFromUtf8(VALUE))
                    .build();
            var unused = KVGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(token))
                    .put(put);
        } catch (StatusRuntimeException e) {
            throw new AssertionError(e);
        } finally {
            channel.shutdownNow();
        }
    }
}
