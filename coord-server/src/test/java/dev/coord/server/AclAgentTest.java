package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import java.util.List;
import java.util.Map;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.directory.InitialDirContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three servers that deny by default, and an agent that is none and asks for tokens, too. */
class AclAgentTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SERVICE =
            "{\"Name\":\"web\",\"Port\":80,\"Check\":{\"TTL\":\"1h\",\"Status\":\"passing\"}}";
    private static final String NODE_A1 = "node \"a1\" { policy = \"write\" }";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<CoordServer> servers = new ArrayList<>();

    @TempDir
    private Path directory;

    private CoordAgent agent;
    private String management = "";

    @BeforeEach
    void start() throws IOException {
        List<Integer> raftPorts = FreePorts.of(3);
        List<String> addresses =
                raftPorts.stream().map(port -> "127.0.0.1:" + port).toList();
        for (int i = 0; i < 3; i++) {
            Map<String, Object> ports = Map.of("http", 0L, "grpc", -1L, "dns", 0L, "server", (long) raftPorts.get(i));
            servers.add(CoordServer.start(
                    config(Map.of(
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
                            ports)),
                    reason -> {}));
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> first = send(servers.get(0).httpAddress(), "", "PUT", "/v1/acl/bootstrap", "");
            assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
            management = new JsonObject(first.body()).getString("SecretID");
        });
        ServerConfig ofAgent = agentConfig(addresses, "extend-cache");
        agent = CoordAgent.start(ofAgent, ServerHost.embedded(ofAgent, reason -> {}));
        await().atMost(PATIENCE)
                .until(() ->
                        onAgent(management, "GET", "/v1/agent/services", "").statusCode() == 200);
    }

    private ServerConfig agentConfig(List<String> join, String downPolicy) {
        return config(Map.of(
                "node_name",
                "a1",
                "data_dir",
                directory.resolve("a1").toString(),
                "retry_join",
                join,
                "acl",
                Map.of("enabled", true, "token_ttl", "1s", "down_policy", downPolicy),
                "ports",
                Map.of("http", 0L, "grpc", -1L, "dns", 0L, "server", 0L)));
    }

    @AfterEach
    void stop() {
        agent.close();
        servers.forEach(CoordServer::close);
    }

    private static ServerConfig config(Map<String, Object> content) {
        return ServerConfig.of(List.of(ConfigSource.of("test", content)));
    }

    private HttpResponse<String> send(String address, String token, String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + address + path))
                .timeout(PATIENCE)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("X-Consul-Token", token);
        }
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> onAgent(String token, String method, String path, String body) {
        return send(agent.httpAddress(), token, method, path, body);
    }

    private JsonObject ofServer(String method, String path, JsonObject body) {
        HttpResponse<String> answer = send(servers.get(0).httpAddress(), management, method, path, body.encode());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    /** A token with these rules and no other, known to all servers when this returns. */
    private JsonObject token(String rules) {
        JsonObject policy = ofServer(
                "PUT",
                "/v1/acl/policy",
                new JsonObject().put("Name", "p" + System.nanoTime()).put("Rules", rules));
        JsonObject token = ofServer(
                "PUT",
                "/v1/acl/token",
                new JsonObject()
                        .put("Policies", new JsonArray().add(new JsonObject().put("ID", policy.getString("ID")))));
        for (CoordServer server : servers) {
            await().atMost(PATIENCE)
                    .until(() -> send(
                                            server.httpAddress(),
                                            token.getString("SecretID"),
                                            "GET",
                                            "/v1/acl/token/self?stale",
                                            "")
                                    .statusCode()
                            == 200);
        }
        return token;
    }

    private String secret(String rules) {
        return token(rules).getString("SecretID");
    }

    private void useAs(String kind, String secret) {
        HttpResponse<String> set = onAgent(
                management,
                "PUT",
                "/v1/agent/token/" + kind,
                new JsonObject().put("Token", secret).encode());
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    }

    private JsonArray webInCatalog() {
        return new JsonArray(send(servers.get(1).httpAddress(), management, "GET", "/v1/health/service/web?passing", "")
                .body());
    }

    /** The JDK's own resolver is asked, of this test's agent alone; it takes nothing but a Hashtable. */
    @SuppressWarnings({"BanJNDI", "JdkObsolete"})
    private String dns(String name) throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, "dns://" + agent.dnsAddress());
        environment.put("com.sun.jndi.dns.timeout.initial", "2500");
        environment.put("com.sun.jndi.dns.timeout.retries", "5");
        InitialDirContext context = new InitialDirContext(environment);
        try {
            return String.valueOf(
                    context.getAttributes(name, new String[] {"A"}).get("A").get());
        } finally {
            context.close();
        }
    }

    @Test
    void aTokenWithRightsRegistersAServiceOnTheAgentAndNobodyElseDoes() {
        useAs("agent", secret(NODE_A1));
        String web = secret("service \"web\" { policy = \"write\" }");
        String other = secret("service \"other\" { policy = \"write\" }");

        assertThat(onAgent("", "PUT", "/v1/agent/service/register", SERVICE).statusCode())
                .isEqualTo(403);
        assertThat(onAgent(other, "PUT", "/v1/agent/service/register", SERVICE).statusCode())
                .isEqualTo(403);
        HttpResponse<String> unknown = onAgent("nobody", "PUT", "/v1/agent/service/register", SERVICE);
        assertThat(unknown.statusCode()).isEqualTo(403);
        assertThat(unknown.body()).isEqualTo("ACL not found");
        assertThat(onAgent(web, "PUT", "/v1/agent/service/register", SERVICE).statusCode())
                .isEqualTo(200);

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(webInCatalog()).hasSize(1));
        assertThat(onAgent(web, "GET", "/v1/agent/services", "").body()).contains("\"web\"");
        assertThat(onAgent(other, "GET", "/v1/agent/services", "").body()).doesNotContain("\"web\"");
        assertThat(onAgent(other, "PUT", "/v1/agent/check/fail/service:web", "").statusCode())
                .isEqualTo(403);
        assertThat(onAgent(other, "GET", "/v1/agent/self", "").statusCode()).isEqualTo(403);
        assertThat(onAgent(other, "PUT", "/v1/agent/maintenance?enable=true", "")
                        .statusCode())
                .isEqualTo(403);
        assertThat(onAgent(other, "PUT", "/v1/agent/leave", "").statusCode()).isEqualTo(403);
        assertThat(onAgent(web, "PUT", "/v1/agent/check/fail/service:web", "").statusCode())
                .isEqualTo(200);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(webInCatalog()).isEmpty());
    }

    @Test
    void theAgentsNodeComesIntoTheCatalogByTheAgentsOwnToken() {
        HttpResponse<String> nodes = send(servers.get(0).httpAddress(), management, "GET", "/v1/catalog/node/a1", "");
        assertThat(nodes.body().strip()).isEqualTo("null");

        useAs("agent", secret(NODE_A1));

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        send(servers.get(0).httpAddress(), management, "GET", "/v1/health/node/a1", "")
                                .body())
                .contains("serfHealth"));
    }

    @Test
    void aDeletedTokenStopsWorkingAfterItsTimeToLive() {
        JsonObject token = token("agent \"a1\" { policy = \"read\" }");
        String secret = token.getString("SecretID");
        assertThat(onAgent(secret, "GET", "/v1/agent/self", "").statusCode()).isEqualTo(200);

        assertThat(send(
                                servers.get(2).httpAddress(),
                                management,
                                "DELETE",
                                "/v1/acl/token/" + token.getString("AccessorID"),
                                "")
                        .body())
                .isEqualTo("true");

        await().atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> refused = onAgent(secret, "GET", "/v1/agent/self", "");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).isEqualTo("ACL not found");
        });
    }

    @Test
    void withoutATokenTheAgentsDefaultOneCountsOnTheAgentAndOnTheServersAndInDns() throws NamingException {
        assertThat(onAgent("", "GET", "/v1/kv/k", "").statusCode()).isEqualTo(403);
        assertThat(onAgent("", "GET", "/v1/agent/self", "").statusCode()).isEqualTo(403);
        assertThatThrownBy(() -> dns("s1.node.consul")).isInstanceOf(NameNotFoundException.class);

        useAs("default", secret("""
                key "k" { policy = "read" }
                agent "a1" { policy = "read" }
                node "s1" { policy = "read" }
                """));

        assertThat(onAgent("", "GET", "/v1/kv/k", "").statusCode()).isEqualTo(404);
        assertThat(onAgent("", "GET", "/v1/agent/self", "").statusCode()).isEqualTo(200);
        assertThat(dns("s1.node.consul")).isEqualTo("127.0.0.1");
        assertThatThrownBy(() -> dns("s2.node.consul")).isInstanceOf(NameNotFoundException.class);
    }

    @Test
    void whileAllServersAreAwayATokenThatWasShownBeforeWorksAndAnotherIsRefusedWithTheReason() {
        String known = secret("agent \"a1\" { policy = \"read\" }");
        String late = secret("agent \"a1\" { policy = \"read\" }");
        assertThat(onAgent(known, "GET", "/v1/agent/self", "").statusCode()).isEqualTo(200);

        servers.forEach(CoordServer::close);

        assertThat(onAgent(known, "GET", "/v1/agent/self", "").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = onAgent(late, "GET", "/v1/agent/self", "");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body())
                .startsWith("Permission denied: no server could tell this agent what the token allows")
                .doesNotContain(late);
    }

    @Test
    void cachedReadsAreKeptForEachTokenByItself() {
        useAs("agent", secret(NODE_A1));
        String writer = secret("""
                service "web" { policy = "write" }
                node_prefix "" { policy = "read" }
                """);
        String blind = secret("service \"other\" { policy = \"read\" }");
        assertThat(onAgent(writer, "PUT", "/v1/agent/service/register", SERVICE).statusCode())
                .isEqualTo(200);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(webInCatalog()).hasSize(1));

        String path = "/v1/health/service/web?cached";
        await().atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> hit = onAgent(writer, "GET", path, "");
            assertThat(hit.headers().firstValue("X-Cache")).hasValue("HIT");
            assertThat(new JsonArray(hit.body())).hasSize(1);
        });
        HttpResponse<String> unseen = onAgent(blind, "GET", path, "");
        assertThat(unseen.headers().firstValue("X-Cache")).hasValue("MISS");
        assertThat(new JsonArray(unseen.body())).isEmpty();
        assertThat(onAgent("nobody", "GET", path, "").statusCode()).isEqualTo(403);
    }

    @Test
    void aDownPolicyThatWouldOpenTheAgentIsRefused() {
        ServerConfig open = agentConfig(List.of(), "allow");
        assertThatThrownBy(() -> CoordAgent.start(open, ServerHost.embedded(open, reason -> {})))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("acl.down_policy");
    }
}
