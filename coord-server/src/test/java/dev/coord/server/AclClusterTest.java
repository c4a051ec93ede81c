package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.Subject;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.directory.InitialDirContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three servers that deny by default: what one is told of tokens counts at all of them, over every protocol. */
class AclClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final List<CoordServer> SERVERS = new ArrayList<>();
    private static final List<ManagedChannel> CHANNELS = new ArrayList<>();

    @TempDir
    private static Path directory;

    private static String management = "";

    @BeforeAll
    static void start() throws IOException {
        List<Integer> raftPorts = FreePorts.of(3);
        List<String> addresses =
                raftPorts.stream().map(port -> "127.0.0.1:" + port).toList();
        for (int i = 0; i < 3; i++) {
            SERVERS.add(CoordServer.start(
                    ServerConfig.of(List.of(ConfigSource.of(
                            "test",
                            Map.of(
                                    "server",
                                    true,
                                    "bootstrap_expect",
                                    3L,
                                    "node_name",
                                    "s" + i,
                                    "retry_join",
                                    addresses,
                                    "data_dir",
                                    directory.resolve("s" + i).toString(),
                                    "acl",
                                    Map.of("enabled", true, "default_policy", "deny"),
                                    "ports",
                                    Map.of("http", 0L, "grpc", 0L, "dns", 0L, "server", (long) raftPorts.get(i)))))),
                    reason -> {}));
            CHANNELS.add(Grpc.newChannelBuilder(SERVERS.get(i).grpcAddress(), InsecureChannelCredentials.create())
                    .build());
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> first = as(0, "", "PUT", "/v1/acl/bootstrap", "");
            assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
            management = new JsonObject(first.body()).getString("SecretID");
        });
    }

    @AfterAll
    static void stop() {
        CHANNELS.forEach(ManagedChannel::shutdownNow);
        SERVERS.forEach(CoordServer::close);
    }

    private static HttpResponse<String> send(int server, String path, String header, String value) {
        return join(CLIENT.sendAsync(request(server, path).header(header, value).build(), BodyHandlers.ofString()));
    }

    private static HttpResponse<String> as(int server, String token, String method, String path, String body) {
        return join(CLIENT.sendAsync(
                request(server, path)
                        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .header("X-Consul-Token", token)
                        .build(),
                BodyHandlers.ofString()));
    }

    private static HttpRequest.Builder request(int server, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + SERVERS.get(server).httpAddress() + path))
                .timeout(PATIENCE);
    }

    private static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static JsonObject ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    /** A token with these rules and no other, made on one server and known to all when this returns. */
    private static JsonObject token(int server, String rules) {
        JsonObject policy = ok(as(
                server,
                management,
                "PUT",
                "/v1/acl/policy",
                new JsonObject()
                        .put("Name", "p" + System.nanoTime())
                        .put("Rules", rules)
                        .encode()));
        JsonObject token = ok(as(
                server,
                management,
                "PUT",
                "/v1/acl/token",
                new JsonObject()
                        .put("Policies", new JsonArray().add(new JsonObject().put("ID", policy.getString("ID"))))
                        .encode()));
        for (int other = 0; other < 3; other++) {
            int asked = other;
            await().atMost(PATIENCE)
                    .until(() -> as(asked, token.getString("SecretID"), "GET", "/v1/acl/token/self?stale", "")
                                    .statusCode()
                            == 200);
        }
        return token;
    }

    private static void delete(int server, JsonObject token) {
        assertThat(as(server, management, "DELETE", "/v1/acl/token/" + token.getString("AccessorID"), "")
                        .body())
                .isEqualTo("true");
    }

    private static void put(String key, String value) {
        assertThat(as(0, management, "PUT", "/v1/kv/" + key, value).body()).startsWith("true");
    }

    private static Metadata metadata(String name, String value) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
        return metadata;
    }

    private static String grpcGet(int server, String key, Metadata metadata) {
        return KVGrpc.newBlockingStub(CHANNELS.get(server))
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .get(GetRequest.newBuilder().setKey(key).build())
                .getKv()
                .getValue()
                .toStringUtf8();
    }

    /** The JDK's own resolver is asked, of a server of this test alone; it takes nothing but a Hashtable. */
    @SuppressWarnings({"BanJNDI", "JdkObsolete"})
    private static List<String> dns(int server, String name) throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, "dns://" + SERVERS.get(server).dnsAddress());
        environment.put("com.sun.jndi.dns.timeout.initial", "500");
        environment.put("com.sun.jndi.dns.timeout.retries", "7");
        InitialDirContext context = new InitialDirContext(environment);
        try {
            return List.of(String.valueOf(
                    context.getAttributes(name, new String[] {"A"}).get("A").get()));
        } finally {
            context.close();
        }
    }

    @Test
    void theClusterIsBootstrappedOnceWhicheverServerIsAsked() {
        for (int server = 0; server < 3; server++) {
            HttpResponse<String> again = as(server, "", "PUT", "/v1/acl/bootstrap", "");
            assertThat(again.statusCode()).isEqualTo(403);
            assertThat(again.body()).contains("ACL bootstrap no longer allowed");
        }
    }

    @Test
    void aTokenOfOneServerCountsAtAllOfThemHoweverItIsShown() {
        put("shown", "v");
        for (int maker = 0; maker < 3; maker++) {
            String secret = token(maker, "key \"shown\" { policy = \"read\" }").getString("SecretID");
            for (int server = 0; server < 3; server++) {
                assertThat(send(server, "/v1/kv/shown?raw", "X-Consul-Token", secret)
                                .body())
                        .isEqualTo("v");
                assertThat(send(server, "/v1/kv/shown?raw", "Authorization", "Bearer " + secret)
                                .body())
                        .isEqualTo("v");
                assertThat(send(server, "/v1/kv/shown?raw&token=" + secret, "Accept", "*/*")
                                .body())
                        .isEqualTo("v");
                assertThat(grpcGet(server, "shown", metadata("x-consul-token", secret)))
                        .isEqualTo("v");
                assertThat(grpcGet(server, "shown", metadata("authorization", "Bearer " + secret)))
                        .isEqualTo("v");
                assertThat(as(server, secret, "PUT", "/v1/kv/shown", "w").statusCode())
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void withoutATokenOrWithAnUnknownOneNothingIsToldByAnyServer() {
        put("hidden", "v");
        for (int i = 0; i < 3; i++) {
            int server = i;
            assertThat(as(server, "", "GET", "/v1/kv/hidden", "").statusCode()).isEqualTo(403);
            assertThat(as(server, "", "GET", "/v1/catalog/nodes", "").body()).doesNotContain("s1");
            assertThat(as(server, "nobody", "GET", "/v1/kv/hidden", "").body()).isEqualTo("ACL not found");
            assertThatThrownBy(() -> grpcGet(server, "hidden", new Metadata()))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> assertThat(
                                    refused.getStatus().getCode())
                            .isEqualTo(Status.Code.PERMISSION_DENIED));
            assertThatThrownBy(() -> dns(server, "s1.node.consul")).isInstanceOf(NameNotFoundException.class);
        }
    }

    @Test
    void whatTheAnonymousTokenMaySeeIsToldByAllOfThemOverDnsToo() {
        JsonObject policy = ok(as(
                0,
                management,
                "PUT",
                "/v1/acl/policy",
                new JsonObject()
                        .put("Name", "anonymous-sees-s2")
                        .put("Rules", "node \"s2\" { policy = \"read\" }")
                        .encode()));
        JsonObject change = new JsonObject()
                .put("Policies", new JsonArray().add(new JsonObject().put("ID", policy.getString("ID"))));

        ok(as(1, management, "PUT", "/v1/acl/token/00000000-0000-0000-0000-000000000002", change.encode()));

        for (int i = 0; i < 3; i++) {
            int server = i;
            await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(dns(server, "s2.node.consul"))
                    .containsExactly("127.0.0.1"));
            assertThat(as(server, "", "GET", "/v1/catalog/nodes", "").body()).contains("s2");
            assertThatThrownBy(() -> dns(server, "s1.node.consul")).isInstanceOf(NameNotFoundException.class);
        }
    }

    @Test
    void aStreamEndsAndABlockingReadIsRefusedWhenTheTokenIsDeletedAtAnotherServer() {
        put("watched", "1");
        JsonObject token = token(0, "key \"watched\" { policy = \"read\" }");
        String secret = token.getString("SecretID");
        List<Iterator<WatchFrame>> streams = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> reads = new ArrayList<>();
        for (int server = 0; server < 3; server++) {
            Iterator<WatchFrame> stream = WatchGrpc.newBlockingStub(CHANNELS.get(server))
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata("x-consul-token", secret)))
                    .withDeadlineAfter(PATIENCE)
                    .watch(WatchRequest.newBuilder()
                            .setSubject(Subject.newBuilder().setKey("watched"))
                            .build());
            assertThat(stream.next().hasSnapshot()).isTrue();
            streams.add(stream);
            String index = as(server, secret, "GET", "/v1/kv/watched", "")
                    .headers()
                    .firstValue("X-Consul-Index")
                    .orElseThrow();
            reads.add(CLIENT.sendAsync(
                    request(server, "/v1/kv/watched?wait=5m&index=" + index)
                            .header("X-Consul-Token", secret)
                            .build(),
                    BodyHandlers.ofString()));
        }

        delete(2, token);

        for (Iterator<WatchFrame> stream : streams) {
            assertThatThrownBy(() -> stream.forEachRemaining(frame -> {}))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, ended -> assertThat(
                                    ended.getStatus().getDescription())
                            .isEqualTo("ACL not found"));
        }
        put("watched", "2");
        for (CompletableFuture<HttpResponse<String>> read : reads) {
            HttpResponse<String> refused = join(read);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).isEqualTo("ACL not found");
        }
    }

    @Test
    void aServicesTokenRegistersItAndTheAgentBringsItBackWithoutOne() {
        String secret = token(0, "service \"web\" { policy = \"write\" }").getString("SecretID");
        String service = "{\"Name\":\"web\",\"Port\":80,\"Check\":{\"TTL\":\"1h\",\"Status\":\"passing\"}}";
        for (int i = 0; i < 3; i++) {
            int server = i;
            assertThat(as(server, "", "PUT", "/v1/agent/service/register", service)
                            .statusCode())
                    .isEqualTo(403);
            HttpResponse<String> registered = as(server, secret, "PUT", "/v1/agent/service/register", service);
            assertThat(registered.statusCode()).as(registered.body()).isEqualTo(200);
            assertThat(as(
                                    (server + 1) % 3,
                                    management,
                                    "PUT",
                                    "/v1/catalog/deregister",
                                    "{\"Node\":\"s" + server + "\",\"ServiceID\":\"web\"}")
                            .statusCode())
                    .isEqualTo(200);
        }
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        new JsonArray(as(1, management, "GET", "/v1/health/service/web?passing", "")
                                .body()))
                .hasSize(3));
    }

    @Test
    void anAgentTokenIsSetByWhoMayWriteTheAgentAlone() {
        String body = "{\"Token\":\"" + management + "\"}";
        assertThat(as(0, "", "PUT", "/v1/agent/token/agent", body).statusCode()).isEqualTo(403);
        String otherAgents = token(1, "agent \"s1\" { policy = \"write\" }").getString("SecretID");
        assertThat(as(0, otherAgents, "PUT", "/v1/agent/token/agent", body).statusCode())
                .isEqualTo(403);
        assertThat(as(1, otherAgents, "PUT", "/v1/agent/token/agent", body).statusCode())
                .isEqualTo(200);
    }

    @Test
    void byDefaultAllowedTheDeniedIsDeniedAndAclsStayClosed() {
        CoordServer open = CoordServer.start(
                ServerConfig.of(List.of(ConfigSource.of(
                        "test",
                        Map.of(
                                "server",
                                true,
                                "bootstrap",
                                true,
                                "data_dir",
                                directory.resolve("open").toString(),
                                "acl",
                                Map.of(
                                        "enabled",
                                        true,
                                        "default_policy",
                                        "allow",
                                        "tokens",
                                        Map.of("master", "the-master")),
                                "ports",
                                Map.of("http", 0L, "grpc", -1L, "dns", -1L, "server", 0L))))),
                reason -> {});
        SERVERS.add(open);
        await().atMost(PATIENCE)
                .until(() -> as(3, "the-master", "GET", "/v1/acl/tokens", "").statusCode() == 200);

        assertThat(as(3, "", "PUT", "/v1/kv/secret/k", "v").statusCode()).isEqualTo(200);
        assertThat(as(3, "", "GET", "/v1/kv/secret/k?raw", "").body()).isEqualTo("v");
        assertThat(as(3, "", "GET", "/v1/acl/tokens", "").statusCode()).isEqualTo(403);
        ok(as(
                3,
                "the-master",
                "PUT",
                "/v1/acl/policy",
                "{\"Name\":\"no-secrets\",\"Rules\":\"key_prefix \\\"secret/\\\" { policy = \\\"deny\\\" }\"}"));
        ok(as(
                3,
                "the-master",
                "PUT",
                "/v1/acl/token/00000000-0000-0000-0000-000000000002",
                "{\"Policies\":[{\"Name\":\"no-secrets\"}]}"));
        assertThat(as(3, "", "GET", "/v1/kv/secret/k?raw", "").statusCode()).isEqualTo(403);
        assertThat(as(3, "", "GET", "/v1/kv/other", "").statusCode()).isEqualTo(404);
    }
}
