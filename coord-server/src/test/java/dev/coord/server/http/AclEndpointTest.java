package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.acl.AclFixture;
import dev.coord.server.acl.OwnTokenStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /v1/acl/}, as a management token sees it. */
class AclEndpointTest {

    @TempDir
    static Path directory;

    private final OwnTokenStore own = AclFixture.own(AclFixture.DENY);
    private final AtomicLong clockMillis = new AtomicLong(System.currentTimeMillis());

    @RegisterExtension
    final ApiServer api = new ApiServer(
            AclFixture.access(AclFixture.DENY, "node-1"),
            AclEndpoints.all(own, directory, () -> UUID.randomUUID().toString(), clockMillis::get));

    private String token = AclFixture.MANAGEMENT;

    private HttpResponse<String> send(String method, String path, String body) {
        return api.client()
                .sendAsync(
                        api.request(path)
                                .header("X-Consul-Token", token)
                                .method(method, BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString())
                .join();
    }

    private JsonObject put(String path, String body) {
        HttpResponse<String> response = send("PUT", path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new JsonObject(response.body());
    }

    private JsonObject get(String path) {
        HttpResponse<String> response = send("GET", path, "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new JsonObject(response.body());
    }

    private JsonArray list(String path) {
        HttpResponse<String> response = send("GET", path, "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new JsonArray(response.body());
    }

    private void refused(String method, String path, String body, int status, String words) {
        HttpResponse<String> response = send(method, path, body);
        assertThat(response.body()).contains(words);
        assertThat(response.statusCode()).isEqualTo(status);
    }

    @Test
    void fieldsThatTheClientSendsEmptyAreAsIfNotSent() {
        AclFixture.bootstrap(api.consensus());
        JsonObject created = put(
                "/v1/acl/token", "{\"AccessorID\":\"\",\"SecretID\":\"\",\"Description\":\"of the official client\"}");
        assertThat(UUID.fromString(created.getString("AccessorID"))).isNotNull();
        assertThat(UUID.fromString(created.getString("SecretID"))).isNotNull();

        String path = "/v1/acl/token/" + created.getString("AccessorID");
        JsonObject clone = put(path + "/clone", "{\"Description\":\"\"}");
        assertThat(clone.getString("Description")).isEqualTo("of the official client");
        assertThat(put(path, "{\"AccessorID\":\"\",\"SecretID\":\"\",\"Description\":\"\"}")
                        .getString("Description"))
                .isEmpty();
    }

    @Test
    void bootstrapWorksOnceAndAgainWithTheResetIndexInAFile() throws Exception {
        HttpResponse<String> first = api.put("/v1/acl/bootstrap", "");
        assertThat(first.statusCode()).isEqualTo(200);
        JsonObject created = new JsonObject(first.body());
        assertThat(created.getString("Description")).isEqualTo("Bootstrap Token (Global Management)");
        assertThat(created.getJsonArray("Policies").getJsonObject(0).getString("Name"))
                .isEqualTo("global-management");
        token = created.getString("SecretID");
        assertThat(list("/v1/acl/tokens")).hasSize(2);

        HttpResponse<String> second = api.put("/v1/acl/bootstrap", "");
        assertThat(second.statusCode()).isEqualTo(403);
        assertThat(second.body()).startsWith("Permission denied: ACL bootstrap no longer allowed (reset index: ");

        String index = second.body().replaceAll("\\D", "");
        Path file = directory.resolve("acl-bootstrap-reset");
        Files.writeString(file, index + "\n");
        HttpResponse<String> third = api.put("/v1/acl/bootstrap", "");
        assertThat(third.statusCode()).as(third.body()).isEqualTo(200);
        assertThat(file).doesNotExist();
    }

    @Test
    void aTokenIsCreatedReadChangedClonedAndDeleted() {
        AclFixture.bootstrap(api.consensus());
        JsonObject policy = put("/v1/acl/policy", "{\"Name\":\"p\",\"Rules\":\"operator = \\\"read\\\"\"}");
        JsonObject created = put(
                "/v1/acl/token",
                "{\"Description\":\"d\",\"Policies\":[{\"Name\":\"p\"}],\"ServiceIdentities\":[{\"ServiceName\":\"web\"}],"
                        + "\"NodeIdentities\":[{\"NodeName\":\"n1\",\"Datacenter\":\"dc1\"}],\"ExpirationTTL\":\"1h\"}");
        String accessor = created.getString("AccessorID");
        assertThat(created.fieldNames())
                .containsExactly(
                        "AccessorID",
                        "SecretID",
                        "Description",
                        "Policies",
                        "ServiceIdentities",
                        "NodeIdentities",
                        "Local",
                        "ExpirationTime",
                        "CreateTime",
                        "Hash",
                        "CreateIndex",
                        "ModifyIndex");
        assertThat(created.getJsonArray("Policies"))
                .isEqualTo(new JsonArray()
                        .add(new JsonObject().put("ID", policy.getString("ID")).put("Name", "p")));

        assertThat(get("/v1/acl/token/" + accessor)).isEqualTo(created);
        JsonObject listed =
                list("/v1/acl/tokens?policy=" + policy.getString("ID")).getJsonObject(0);
        assertThat(listed.getString("AccessorID")).isEqualTo(accessor);
        assertThat(listed.containsKey("SecretID")).isFalse();
        assertThat(list("/v1/acl/tokens?policy=none")).isEmpty();
        assertThat(list("/v1/acl/tokens?authmethod=any")).isEmpty();

        JsonObject changed = put("/v1/acl/token/" + accessor, "{\"Description\":\"other\"}");
        assertThat(changed.getString("SecretID")).isEqualTo(created.getString("SecretID"));
        assertThat(changed.getString("ExpirationTime")).isEqualTo(created.getString("ExpirationTime"));
        assertThat(changed.containsKey("Policies")).isFalse();
        assertThat(changed.getString("Hash")).isNotEqualTo(created.getString("Hash"));

        put("/v1/acl/token/" + accessor, created.encode());
        JsonObject twin = put("/v1/acl/token/" + accessor + "/clone", "{\"Description\":\"twin\"}");
        assertThat(twin.getString("AccessorID")).isNotEqualTo(accessor);
        assertThat(twin.getJsonArray("Policies")).isEqualTo(created.getJsonArray("Policies"));
        assertThat(twin.getString("Description")).isEqualTo("twin");

        assertThat(send("DELETE", "/v1/acl/token/" + accessor, "").body()).isEqualTo("true");
        refused("GET", "/v1/acl/token/" + accessor, "", 403, "ACL not found");
        assertThat(send("DELETE", "/v1/acl/token/" + accessor, "").body()).isEqualTo("true");
    }

    @Test
    void aPolicyIsCreatedReadChangedAndDeleted() {
        AclFixture.bootstrap(api.consensus());
        JsonObject created = put(
                "/v1/acl/policy",
                "{\"Name\":\"p\",\"Description\":\"d\",\"Rules\":\"key \\\"a\\\" { policy = \\\"read\\\" }\",\"Datacenters\":[\"dc1\"]}");
        String id = created.getString("ID");
        assertThat(get("/v1/acl/policy/" + id)).isEqualTo(created);
        assertThat(get("/v1/acl/policy/name/p")).isEqualTo(created);
        JsonArray policies = list("/v1/acl/policies");
        assertThat(policies).hasSize(2);
        assertThat(policies.stream().map(policy -> ((JsonObject) policy).containsKey("Rules")))
                .containsOnly(false);

        JsonObject changed = put("/v1/acl/policy/" + id, "{\"Name\":\"q\"}");
        assertThat(changed.getLong("CreateIndex")).isEqualTo(created.getLong("CreateIndex"));
        refused("GET", "/v1/acl/policy/name/p", "", 403, "ACL not found");
        assertThat(send("DELETE", "/v1/acl/policy/" + id, "").body()).isEqualTo("true");
        refused("GET", "/v1/acl/policy/" + id, "", 403, "ACL not found");
    }

    @Test
    void aRoleIsCreatedReadChangedAndDeletedAndGivesItsTokensWhatItHas() {
        AclFixture.bootstrap(api.consensus());
        put("/v1/acl/policy", "{\"Name\":\"p\",\"Rules\":\"key_prefix \\\"\\\" { policy = \\\"write\\\" }\"}");
        JsonObject role = put("/v1/acl/role", "{\"Name\":\"r\",\"Policies\":[{\"Name\":\"p\"}]}");
        String id = role.getString("ID");
        assertThat(get("/v1/acl/role/" + id)).isEqualTo(role);
        assertThat(get("/v1/acl/role/name/r")).isEqualTo(role);
        assertThat(list("/v1/acl/roles")).hasSize(1);
        JsonObject created = put("/v1/acl/token", "{\"Roles\":[{\"Name\":\"r\"}]}");
        assertThat(list("/v1/acl/tokens?role=" + id)).hasSize(1);

        String management = token;
        token = created.getString("SecretID");
        assertThat(send("PUT", "/v1/kv/k", "v").statusCode()).isEqualTo(200);

        token = management;
        put("/v1/acl/role/" + id, "{\"Name\":\"r\"}");
        token = created.getString("SecretID");
        refused("PUT", "/v1/kv/k", "v", 403, "Permission denied");

        token = management;
        assertThat(send("DELETE", "/v1/acl/role/" + id, "").body()).isEqualTo("true");
        assertThat(send("GET", "/v1/acl/role/" + id, "").statusCode()).isEqualTo(404);
        assertThat(get("/v1/acl/token/" + created.getString("AccessorID")).containsKey("Roles"))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                    policy | {}                                                 | Invalid Policy: no Name is set
                    policy | {"Name":"bad name"}                                | Invalid Policy: invalid Name. Only alphanumeric characters, '-' and '_' are allowed
                    policy | {"Name":"p","Rules":"key \\"\\" { policy = "}      | Failed to parse ACL rules
                    policy | {"Name":"p","Rules":"foo = \\"read\\""}            | unknown resource "foo"
                    policy | {"Name":"global-management"}                       | A Policy with Name "global-management" already exists
                    role   | {}                                                 | Invalid Role: no Name is set
                    role   | {"Name":"r","Policies":[{"Name":"q"}]}             | No such ACL policy with name "q"
                    token  | {"Policies":[{"Name":"zzz"}]}                      | No such ACL policy with name "zzz"
                    token  | {"Roles":[{"Name":"r0"}]}                          | No such ACL role with name "r0"
                    token  | {"AccessorID":"00000000-0000-0000-0000-000000000002"} | Invalid Token: AccessorID is already in use
                    token  | {"AccessorID":"x"}                                 | Invalid Token: AccessorID is not a UUID
                    token  | {"SecretID":"anonymous"}                           | Invalid Token: SecretID is already in use
                    token  | {"ExpirationTTL":"1s"}                             | ExpirationTime cannot be less than 1m0s in the future (was 1s)
                    token  | {"ExpirationTTL":"100h"}                           | ExpirationTime cannot be more than 24h0m0s in the future (was 100h0m0s)
                    token  | {"ExpirationTTL":"-1h"}                            | Token Expiration TTL '-1h0m0s' should be > 0
                    token  | {"ExpirationTime":"2020-01-01T00:00:00Z"}          | ExpirationTime cannot be before CreateTime
                    token  | {"ServiceIdentities":[{}]}                         | Service identity is missing the service name field on this token
                    token  | {"ServiceIdentities":[{"ServiceName":"A B"}]}      | Service identity "A B" has an invalid name
                    token  | {"NodeIdentities":[{"NodeName":"a"}]}              | Node identity is missing the datacenter field on this token
                    token  | {"AuthMethod":"x"}                                 | AuthMethod field is disallowed outside of Login
                    """)
    void whatMakesNoSenseIsRefusedInConsulsWords(String what, String body, String words) {
        AclFixture.bootstrap(api.consensus());
        refused("PUT", "/v1/acl/" + what, body, 500, words);
    }

    @Test
    void aTokenOfItsOwnIsReadWithoutAnyPermissionAndSecretsAreHiddenFromReaders() {
        AclFixture.bootstrap(api.consensus());
        String management = token;
        token = AclFixture.token(api.consensus(), "acl = \"read\"");
        JsonObject self = get("/v1/acl/token/self");
        assertThat(self.getString("SecretID")).isEqualTo(token);
        assertThat(get("/v1/acl/token/" + self.getString("AccessorID")).getString("SecretID"))
                .isEqualTo("<hidden>");
        refused("PUT", "/v1/acl/token", "{}", 403, "Permission denied");

        token = AclFixture.token(api.consensus(), "");
        assertThat(get("/v1/acl/token/self").getString("SecretID")).isEqualTo(token);
        refused("GET", "/v1/acl/tokens", "", 403, "Permission denied");
        token = "";
        refused("GET", "/v1/acl/token/self", "", 403, "ACL not found");
        token = "nobody";
        refused("GET", "/v1/acl/token/self", "", 403, "ACL not found");
        token = management;
        refused("GET", "/v1/acl/token/00000000-0000-0000-0000-000000000099", "", 403, "ACL not found");
    }

    @Test
    void expiredTokensAreNeitherListedNorRead() {
        AclFixture.bootstrap(api.consensus());
        JsonObject created = put("/v1/acl/token", "{\"ExpirationTTL\":\"2m\"}");
        assertThat(list("/v1/acl/tokens")).hasSize(3);

        clockMillis.addAndGet(120_000);

        assertThat(list("/v1/acl/tokens")).hasSize(2);
        refused("GET", "/v1/acl/token/" + created.getString("AccessorID"), "", 403, "ACL not found");
    }

    @Test
    void legacyTokensHaveRulesOfTheirOwn() {
        AclFixture.bootstrap(api.consensus());
        String rules = "key \"\" { policy = \"read\" } key \"private/\" { policy = \"deny\" }";
        String id = put(
                        "/v1/acl/create",
                        new JsonObject().put("Name", "n").put("Rules", rules).encode())
                .getString("ID");
        JsonObject info = list("/v1/acl/info/" + id).getJsonObject(0);
        assertThat(info.fieldNames()).containsExactly("ID", "Name", "Type", "Rules", "CreateIndex", "ModifyIndex");
        assertThat(info.getString("Rules")).isEqualTo(rules);
        assertThat(info.getString("Type")).isEqualTo("client");

        String management = token;
        send("PUT", "/v1/kv/foo", "v");
        token = id;
        assertThat(send("GET", "/v1/kv/foo?raw", "").body()).isEqualTo("v");
        refused("GET", "/v1/kv/private/foo", "", 403, "Permission denied");
        refused("PUT", "/v1/kv/foo", "v", 403, "Permission denied");
        refused("GET", "/v1/acl/list", "", 403, "Permission denied");

        token = management;
        String twin = put("/v1/acl/clone/" + id, "").getString("ID");
        assertThat(list("/v1/acl/info/" + twin).getJsonObject(0).getString("Rules"))
                .isEqualTo(rules);
        assertThat(put(
                                "/v1/acl/update",
                                new JsonObject()
                                        .put("ID", twin)
                                        .put("Name", "Foo")
                                        .encode())
                        .getString("ID"))
                .isEqualTo(twin);
        assertThat(list("/v1/acl/info/" + twin).getJsonObject(0).getString("Name"))
                .isEqualTo("Foo");
        assertThat(list("/v1/acl/list").stream().map(acl -> ((JsonObject) acl).getString("ID")))
                .containsExactlyInAnyOrder(management, id, twin);
        assertThat(put("/v1/acl/create", "{\"ID\":\"mine\",\"Type\":\"management\"}")
                        .getString("ID"))
                .isEqualTo("mine");
        token = "mine";
        assertThat(list("/v1/acl/list")).hasSize(4);
        token = management;
        assertThat(send("PUT", "/v1/acl/destroy/" + twin, "").body()).isEqualTo("true");
        assertThat(list("/v1/acl/info/" + twin)).isEmpty();
        refused("PUT", "/v1/acl/destroy/anonymous", "", 403, "Permission denied: Cannot delete anonymous token");
        refused("PUT", "/v1/acl/clone/nobody", "", 403, "Permission denied");
        refused("PUT", "/v1/acl/update", "{}", 400, "ACL ID must be set");
        refused("PUT", "/v1/acl/create", "{\"Type\":\"zzz\"}", 500, "Invalid ACL Type");
        refused(
                "PUT",
                "/v1/acl/create",
                "{\"Rules\":\"foo bar\"}",
                500,
                "ACL rule compilation failed: Failed to parse");
    }

    @Test
    void legacyRulesAreTranslated() {
        AclFixture.bootstrap(api.consensus());
        HttpResponse<String> translated =
                send("POST", "/v1/acl/rules/translate", "key \"foo\" { policy = \"read\" } operator = \"read\"");
        assertThat(translated.body()).isEqualTo("key_prefix \"foo\" {\n  policy = \"read\"\n}\n\noperator = \"read\"");
        refused("POST", "/v1/acl/rules/translate", "xx {", 400, "Failed to parse");
    }

    @Test
    void thereAreNoOtherDatacentersAndNoLogins() {
        AclFixture.bootstrap(api.consensus());
        assertThat(get("/v1/acl/replication").getBoolean("Enabled")).isFalse();
        assertThat(list("/v1/acl/auth-methods")).isEmpty();
        assertThat(list("/v1/acl/binding-rules")).isEmpty();
        assertThat(send("GET", "/v1/acl/auth-method/x", "").statusCode()).isEqualTo(404);
        refused("PUT", "/v1/acl/auth-method", "{\"Name\":\"x\"}", 500, "not supported");
        refused("POST", "/v1/acl/login", "{}", 403, "ACL not found");
        refused("POST", "/v1/acl/logout", "{}", 403, "Permission denied");
    }

    @Test
    void theServersOwnTokensAreSetByWhoMayWriteTheAgent() {
        AclFixture.bootstrap(api.consensus());
        String reader = AclFixture.token(api.consensus(), "key \"k\" { policy = \"read\" }");
        token = reader;
        refused("PUT", "/v1/agent/token/default", "{\"Token\":\"x\"}", 403, "Permission denied");
        token = AclFixture.AGENT_MASTER;
        for (String name : List.of("default", "acl_token", "agent", "acl_agent_token", "replication", "agent_master")) {
            assertThat(send("PUT", "/v1/agent/token/" + name, "{\"Token\":\"" + token + "\"}")
                            .statusCode())
                    .as(name)
                    .isEqualTo(200);
        }
        assertThat(own.get(OwnTokenStore.Kind.DEFAULT)).isEqualTo(token);
        refused("PUT", "/v1/agent/token/other", "{\"Token\":\"x\"}", 404, "Token \"other\" is unknown");
    }
}
