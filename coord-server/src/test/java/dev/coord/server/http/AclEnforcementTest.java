package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.acl.AclFixture;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.state.State;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may do what over HTTP, with everything denied by default. Whatever is secret here has {@code xyz} in it. */
class AclEnforcementTest {

    private static final String SESSION = "8f1f1f3e-0000-4000-8000-0000000000aa";
    private static final String QUERY = "8f1f1f3e-0000-4000-8000-0000000000bb";

    private static AgentApi api;
    /** Everything that every test begins with. */
    private static State everything;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        api = new AgentApi(directory, AclFixture.access(AclFixture.DENY, "n1"));
        AclFixture.bootstrap(api.consensus());
        register("n1", "");
        register("xyz-node", "xyz-service");
        apply(new Command.KvPut("xyz/key", ByteString.copyFromUtf8("xyz"), 0, null, null, null));
        apply(new Command.CreateSession(new SessionEntry(
                SESSION, "xyz", "xyz-node", SessionEntry.Behavior.RELEASE, 0, 0, List.of(), List.of(), 0, 0)));
        apply(new Command.FireEvent(
                UserEvent.newBuilder().setId(QUERY).setName("xyz-event").build()));
        apply(new Command.SetQuery(
                PreparedQuery.newBuilder()
                        .setId(QUERY)
                        .setName("xyz-query")
                        .setService("xyz-service")
                        .build(),
                false));
        apply(new Command.UpdateCoordinates(
                List.of(Coordinate.newBuilder().setNode("xyz-node").addVec(0).build())));
        everything = api.consensus().latest();
    }

    @BeforeEach
    void beginAnew() {
        api.consensus().restore(everything);
        assertThat(as(
                                AclFixture.MANAGEMENT,
                                "PUT",
                                "/v1/agent/service/register",
                                "{\"Name\":\"xyz-local\",\"ID\":\"xyz-id\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(as(
                                AclFixture.MANAGEMENT,
                                "PUT",
                                "/v1/agent/check/register",
                                "{\"Name\":\"xyz-check\",\"TTL\":\"1h\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(as(AclFixture.MANAGEMENT, "PUT", "/v1/agent/check/pass/xyz-check", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(as(AclFixture.MANAGEMENT, "PUT", "/v1/agent/maintenance?enable=false", "")
                        .statusCode())
                .isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static void apply(Command command) {
        assertThat(api.consensus().apply(command).ok()).as(command.toString()).isTrue();
    }

    private static void register(String node, String service) {
        ServiceEntry entry = service.isEmpty()
                ? null
                : new ServiceEntry(
                        node, service, service, List.of("xyz"), "", 80, Map.of(), Map.of(), 1, 1, false, "", 0, 0);
        CheckEntry check = new CheckEntry(
                node,
                "c",
                "c",
                CheckStatus.PASSING,
                "",
                "",
                entry == null ? null : service,
                service,
                List.of(),
                "",
                null,
                0,
                0);
        apply(new Command.Register(
                new NodeEntry("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0), entry, List.of(check), false));
    }

    private HttpResponse<String> as(String token, String method, String path, String body) {
        return api.send(method, path, body, token).join();
    }

    private String token(String rules) {
        return AclFixture.token(api.consensus(), rules);
    }

    // ---- without any right

    /** Every route there is, also those that are added later, gives nothing away and changes nothing. */
    @Test
    void whoMayNothingSeesNothingAndChangesNothingWhateverTheRoute() {
        List<String> names =
                List.of("", "xyz-node", "xyz-service", "xyz/key", "xyz-query", "xyz-id", SESSION, QUERY, "any");
        for (Routes.Route route : api.routes().all()) {
            for (HttpMethod method : route.actions().keySet()) {
                for (String name : route.path().endsWith("/") ? names : List.of("")) {
                    boolean keyElsewhere =
                            name.equals("xyz/key") && !route.path().equals("/v1/kv/");
                    if (keyElsewhere || route.path().equals("/v1/acl/bootstrap")) {
                        continue;
                    }
                    String path = route.path() + name;
                    String query = path.startsWith("/v1/kv/") && name.isEmpty() ? "?recurse" : "?enable=true";
                    HttpResponse<String> answer = as("", method.name(), path + query, "{\"Node\":\"xyz-node\"}");
                    String shown = answer.body().replace(name.isEmpty() ? "\u0000" : name, "what was asked for");
                    assertThat(shown).as("%s %s", method, path).doesNotContain("xyz");
                }
            }
        }
        State now = api.consensus().latest();
        assertThat(now.kv("xyz/key")).isEqualTo(everything.kv("xyz/key"));
        assertThat(now.kvCount()).isEqualTo(1);
        assertThat(now.sessions()).isEqualTo(everything.sessions());
        assertThat(now.acl()).isEqualTo(everything.acl());
        assertThat(now.queries()).isEqualTo(everything.queries());
        assertThat(now.events()).isEqualTo(everything.events());
        assertThat(now.coordinates()).isEqualTo(everything.coordinates());
        assertThat(now.autopilot()).isEqualTo(everything.autopilot());
        assertThat(now.instances("xyz-service")).isEqualTo(everything.instances("xyz-service"));
        assertThat(now.instances("xyz-local")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/catalog/nodes, []",
        "/v1/catalog/services, {}",
        "/v1/catalog/service/xyz-service, []",
        "/v1/catalog/node/xyz-node, null",
        "/v1/catalog/node-services/xyz-node, '{\"Node\":null,\"Services\":null}'",
        "/v1/health/state/any, []",
        "/v1/health/node/xyz-node, []",
        "/v1/health/service/xyz-service, []",
        "/v1/health/checks/xyz-service, []",
        "/v1/session/list, []",
        "/v1/session/node/xyz-node, []",
        "/v1/event/list, []",
        "/v1/coordinate/nodes, []",
        "/v1/query, []",
        "/v1/agent/services, {}",
        "/v1/agent/checks, {}",
        "/v1/agent/members, []",
    })
    void listsAreEmptyAsIfNothingWereThere(String path, String body) {
        HttpResponse<String> answer = as("", "GET", path, "");

        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void anUnknownTokenIsRefusedWhereverATokenCountsAndNowhereElse() {
        for (String path : List.of("/v1/kv/k", "/v1/catalog/nodes", "/v1/agent/members", "/v1/session/list")) {
            HttpResponse<String> answer = as("nobody", "GET", path, "");
            assertThat(answer.body()).as(path).isEqualTo("ACL not found");
            assertThat(answer.statusCode()).as(path).isEqualTo(403);
        }
        for (String path : List.of("/v1/status/leader", "/v1/status/peers", "/v1/catalog/datacenters")) {
            assertThat(as("nobody", "GET", path, "").statusCode()).as(path).isEqualTo(200);
        }
    }

    // ---- with one right

    /** Each row: refused without a token, done with a token that has this rule and no other. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', nullValues = "-", textBlock = """
                    GET    | /v1/kv/xyz/key                       | - | key "xyz/key" { policy = "read" }
                    PUT    | /v1/kv/xyz/key                       | v | key "xyz/key" { policy = "write" }
                    DELETE | /v1/kv/xyz/key                       | - | key "xyz/key" { policy = "write" }
                    DELETE | /v1/kv/xyz/?recurse                  | - | key_prefix "xyz/" { policy = "write" }
                    PUT    | /v1/session/create                   | {"Node":"xyz-node","NodeChecks":[]} | session "xyz-node" { policy = "write" }
                    PUT    | /v1/session/destroy/8f1f1f3e-0000-4000-8000-0000000000aa | - | session "xyz-node" { policy = "write" }
                    PUT    | /v1/session/renew/8f1f1f3e-0000-4000-8000-0000000000aa   | - | session "xyz-node" { policy = "write" }
                    PUT    | /v1/catalog/register   | {"Node":"new","Address":"1.2.3.4"}                            | node "new" { policy = "write" }
                    PUT    | /v1/catalog/register   | {"Node":"xyz-node","SkipNodeUpdate":true,"Service":{"Service":"s"}} | service "s" { policy = "write" }
                    PUT    | /v1/catalog/deregister | {"Node":"xyz-node"}                                           | node "xyz-node" { policy = "write" }
                    PUT    | /v1/catalog/deregister | {"Node":"xyz-node","ServiceID":"xyz-service"}                 | service "xyz-service" { policy = "write" }
                    PUT    | /v1/catalog/deregister | {"Node":"xyz-node","CheckID":"c"}                             | service "xyz-service" { policy = "write" }
                    PUT    | /v1/agent/service/register           | {"Name":"s"} | service "s" { policy = "write" }
                    PUT    | /v1/agent/service/deregister/xyz-id  | - | service "xyz-local" { policy = "write" }
                    PUT    | /v1/agent/service/maintenance/xyz-id?enable=false | - | service "xyz-local" { policy = "write" }
                    PUT    | /v1/agent/maintenance?enable=false   | - | node "n1" { policy = "write" }
                    PUT    | /v1/agent/check/register             | {"Name":"c2","TTL":"1h","Status":"passing"} | node "n1" { policy = "write" }
                    PUT    | /v1/agent/check/register             | {"Name":"c3","TTL":"1h","Status":"passing","ServiceID":"xyz-id"} | service "xyz-local" { policy = "write" }
                    PUT    | /v1/agent/check/pass/xyz-check       | - | node "n1" { policy = "write" }
                    PUT    | /v1/agent/check/update/xyz-check     | {"Status":"warning"} | node "n1" { policy = "write" }
                    PUT    | /v1/agent/check/deregister/xyz-check | - | node "n1" { policy = "write" }
                    GET    | /v1/agent/service/xyz-id             | - | service "xyz-local" { policy = "read" }
                    GET    | /v1/agent/health/service/id/xyz-id   | - | service "xyz-local" { policy = "read" }
                    GET    | /v1/agent/self                       | - | agent "n1" { policy = "read" }
                    GET    | /v1/agent/metrics                    | - | agent "n1" { policy = "read" }
                    PUT    | /v1/agent/reload                     | - | agent "n1" { policy = "write" }
                    GET    | /v1/agent/host                       | - | operator = "read"
                    GET    | /v1/operator/raft/configuration      | - | operator = "read"
                    GET    | /v1/operator/autopilot/configuration | - | operator = "read"
                    GET    | /v1/snapshot                         | - | acl = "write"
                    PUT    | /v1/event/fire/e                     | - | event "e" { policy = "write" }
                    GET    | /v1/coordinate/node/xyz-node         | - | node "xyz-node" { policy = "read" }
                    POST   | /v1/query | {"Name":"q","Service":{"Service":"s"}}                   | query "q" { policy = "write" }
                    DELETE | /v1/query/8f1f1f3e-0000-4000-8000-0000000000bb                | - | query "xyz-query" { policy = "write" }
                    GET    | /v1/query/8f1f1f3e-0000-4000-8000-0000000000bb                | - | query "xyz-query" { policy = "read" }
                    """)
    void aSingleRuleOpensWhatItIsAbout(String method, String path, String body, String rule) {
        String sent = body == null ? "" : body;

        HttpResponse<String> denied = as("", method, path, sent);
        assertThat(denied.body()).startsWith("Permission denied");
        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(as(token("key \"other\" { policy = \"write\" } acl = \"read\""), method, path, sent)
                        .statusCode())
                .isEqualTo(403);

        HttpResponse<String> allowed = as(token(rule), method, path, sent);
        assertThat(allowed.statusCode()).as(allowed.body()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                    /v1/kv/?recurse                  | key_prefix "xyz/" { policy = "read" }
                    /v1/kv/?keys                     | key_prefix "xyz/" { policy = "read" }
                    /v1/catalog/nodes                | node "xyz-node" { policy = "read" }
                    /v1/catalog/node/xyz-node        | node "xyz-node" { policy = "read" }
                    /v1/catalog/services             | service "xyz-service" { policy = "read" }
                    /v1/catalog/service/xyz-service  | service "xyz-service" { policy = "read" } node "xyz-node" { policy = "read" }
                    /v1/health/service/xyz-service   | service "xyz-service" { policy = "read" } node "xyz-node" { policy = "read" }
                    /v1/health/checks/xyz-service    | service "xyz-service" { policy = "read" } node "xyz-node" { policy = "read" }
                    /v1/health/node/xyz-node         | service "xyz-service" { policy = "read" } node "xyz-node" { policy = "read" }
                    /v1/session/list                 | session "xyz-node" { policy = "read" }
                    /v1/event/list                   | event "xyz-event" { policy = "read" }
                    /v1/query                        | query "xyz-query" { policy = "read" }
                    /v1/coordinate/nodes             | node "xyz-node" { policy = "read" }
                    /v1/agent/services               | service "xyz-local" { policy = "read" }
                    /v1/agent/checks                 | node "n1" { policy = "read" }
                    /v1/internal/ui/services         | service "xyz-service" { policy = "read" } node "xyz-node" { policy = "read" }
                    """)
    void aListShowsWhatTheTokenMaySee(String path, String rules) {
        assertThat(as("", "GET", path, "").body()).doesNotContain("xyz");
        assertThat(as(token(rules), "GET", path, "").body()).contains("xyz");
    }

    @Test
    void theAgentSaysThatRightsAreAsked() {
        assertThat(as(token("agent_prefix \"\" { policy = \"read\" }"), "GET", "/v1/agent/self", "")
                        .body())
                .contains("\"ACLsEnabled\":true", "\"acl\":\"enabled\"");
    }

    @Test
    void toSeeAServicesInstancesTakesTheirNodesToo() {
        String token = token("service_prefix \"\" { policy = \"read\" }");

        assertThat(as(token, "GET", "/v1/health/service/xyz-service", "").body())
                .isEqualTo("[]");
        assertThat(as(token, "GET", "/v1/catalog/services", "").body()).contains("xyz-service");
    }

    @Test
    void anExistingServiceIsOnlyReplacedByWhoMayWriteIt() {
        String body =
                "{\"Node\":\"xyz-node\",\"SkipNodeUpdate\":true,\"Service\":{\"ID\":\"xyz-service\",\"Service\":\"s\"}}";

        assertThat(as(token("service \"s\" { policy = \"write\" }"), "PUT", "/v1/catalog/register", body)
                        .statusCode())
                .isEqualTo(403);
        assertThat(as(token("service_prefix \"\" { policy = \"write\" }"), "PUT", "/v1/catalog/register", body)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aTransactionIsRefusedByTheOperationThatIsNotAllowed() {
        String token = token("key \"a\" { policy = \"write\" }");
        String body =
                "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"YQ==\"}},{\"KV\":{\"Verb\":\"set\",\"Key\":\"b\",\"Value\":\"YQ==\"}}]";

        HttpResponse<String> answer = as(token, "PUT", "/v1/txn", body);

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body())
                .isEqualTo("{\"Results\":null,\"Errors\":[{\"OpIndex\":1,\"What\":\"Permission denied\"}]}");
        assertThat(api.consensus().latest().kv("a")).isNull();
    }

    @Test
    void aTokenComesByHeaderBearerOrQueryAndTheQueryWins() {
        String token = token("key \"xyz/key\" { policy = \"read\" }");

        assertThat(as("", "GET", "/v1/kv/xyz/key?token=" + token, "").statusCode())
                .isEqualTo(200);
        assertThat(as("nobody", "GET", "/v1/kv/xyz/key?token=" + token, "").statusCode())
                .isEqualTo(200);
        assertThat(api.bearer("/v1/kv/xyz/key", token).statusCode()).isEqualTo(200);
        assertThat(api.bearer("/v1/kv/xyz/key", "nobody").body()).isEqualTo("ACL not found");
    }

    // ---- while somebody waits

    @Test
    void aBlockingReadWhoseTokenIsDeletedIsRefusedWhenItWouldAnswer() throws Exception {
        String token = token("key \"xyz/key\" { policy = \"read\" }");
        CompletableFuture<HttpResponse<String>> waiting = waitingForKey(token);

        deleteToken(token);
        apply(new Command.KvPut("xyz/key", ByteString.copyFromUtf8("new"), 0, null, null, null));

        HttpResponse<String> answer = waiting.get(20, TimeUnit.SECONDS);
        assertThat(answer.body()).isEqualTo("ACL not found");
        assertThat(answer.statusCode()).isEqualTo(403);
    }

    @Test
    void aBlockingListWhoseTokenMaySeeLessShowsLess() throws Exception {
        String token = token("key_prefix \"\" { policy = \"read\" }");
        apply(new Command.KvPut("open", ByteString.copyFromUtf8("1"), 0, null, null, null));
        long index = api.consensus().latest().revision();
        CompletableFuture<HttpResponse<String>> waiting =
                api.send("GET", "/v1/kv/?recurse&wait=20s&index=" + index, "", token);

        var policy = api.consensus().latest().acl().policies().stream()
                .filter(known -> known.rules().equals("key_prefix \"\" { policy = \"read\" }"))
                .findFirst()
                .orElseThrow();
        AclFixture.apply(
                api.consensus(),
                new AclChange.PutPolicy(
                        new PolicyEntry(
                                policy.id(), policy.name(), "", "key \"open\" { policy = \"read\" }", List.of(), 0, 0),
                        false));
        apply(new Command.KvPut("open", ByteString.copyFromUtf8("2"), 0, null, null, null));

        HttpResponse<String> answer = waiting.get(20, TimeUnit.SECONDS);
        assertThat(answer.body()).contains("\"open\"").doesNotContain("xyz");
    }

    /** Equal queries share an answer on an event loop: only with those who may see the same. */
    @Test
    void aSharedAnswerIsSharedAmongEqualsAlone() throws Exception {
        String reader = token("key_prefix \"\" { policy = \"read\" }");
        String half = token("key \"open\" { policy = \"read\" }");
        apply(new Command.KvPut("open", ByteString.copyFromUtf8("1"), 0, null, null, null));
        for (int round = 0; round < 20; round++) {
            String path =
                    "/v1/kv/?recurse&wait=20s&index=" + api.consensus().latest().revision();
            CompletableFuture<HttpResponse<String>> one = api.send("GET", path, "", reader);
            CompletableFuture<HttpResponse<String>> other = api.send("GET", path, "", half);
            apply(new Command.KvPut("open", ByteString.copyFromUtf8("r" + round), 0, null, null, null));

            assertThat(one.get(20, TimeUnit.SECONDS).body()).contains("xyz");
            assertThat(other.get(20, TimeUnit.SECONDS).body()).contains("open").doesNotContain("xyz");
        }
    }

    private CompletableFuture<HttpResponse<String>> waitingForKey(String token) {
        long index = api.consensus().latest().kvIndex("xyz/key");
        return api.send("GET", "/v1/kv/xyz/key?wait=20s&index=" + index, "", token);
    }

    private void deleteToken(String secret) {
        var found = Objects.requireNonNull(api.consensus().latest().acl().tokenOf(SecretDigest.of(secret)));
        AclFixture.apply(api.consensus(), new AclChange.DeleteToken(found.accessorId()));
    }
}
