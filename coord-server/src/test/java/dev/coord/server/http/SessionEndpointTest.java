package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sessions and locks over HTTP. */
class SessionEndpointTest {

    private static final String UNKNOWN = "adf4238a-882b-9ddc-4a9d-5b6758e4159e";

    @RegisterExtension
    final ApiServer api = new ApiServer();

    @BeforeEach
    void registerThisServer() {
        api.put(
                "/v1/catalog/register",
                "{\"Node\":\"node-1\",\"Address\":\"127.0.0.1\",\"Check\":{\"CheckID\":\"serfHealth\","
                        + "\"Name\":\"Serf Health Status\",\"Status\":\"passing\"}}");
    }

    @Test
    void aSessionAskedForWithoutABodyHasConsulsDefaults() {
        String id = create("");

        JsonObject session = ApiServer.array(api.get("/v1/session/info/" + id)).getJsonObject(0);

        long index = session.getLong("CreateIndex");
        assertThat(api.get("/v1/session/info/" + id).body())
                .isEqualTo("[{\"ID\":\"" + id + "\",\"Name\":\"\",\"Node\":\"node-1\",\"LockDelay\":15000000000,"
                        + "\"Behavior\":\"release\",\"TTL\":\"\",\"NodeChecks\":[\"serfHealth\"],"
                        + "\"ServiceChecks\":null,\"CreateIndex\":" + index + ",\"ModifyIndex\":" + index + "}]");
    }

    @Test
    void whatWasAskedForIsShown() {
        String id = create(
                "{\"Name\":\"n\",\"ttl\":\"90s\",\"LockDelay\":\"20s\",\"Behavior\":\"delete\"," + "\"Checks\":[]}");

        assertThat(api.get("/v1/session/info/" + id).body())
                .contains("\"Name\":\"n\"")
                .contains("\"LockDelay\":20000000000")
                .contains("\"Behavior\":\"delete\"")
                .contains("\"TTL\":\"1m30s\"")
                .contains("\"NodeChecks\":[]");
        assertThat(api.get("/v1/session/list").body()).contains(id);
        assertThat(api.get("/v1/session/node/node-1").body()).contains(id);
        assertThat(api.get("/v1/session/node/elsewhere").body()).isEqualTo("[]");
    }

    @Test
    void anUnknownSessionIsAnEmptyListItsRenewal404AndItsEndTrue() {
        HttpResponse<String> info = api.get("/v1/session/info/" + UNKNOWN);
        assertThat(info.statusCode()).isEqualTo(200);
        assertThat(info.body()).isEqualTo("[]");
        assertThat(ApiServer.index(info)).isGreaterThanOrEqualTo(1);

        HttpResponse<String> renewal = api.put("/v1/session/renew/" + UNKNOWN, "");
        assertThat(renewal.statusCode()).isEqualTo(404);
        assertThat(renewal.body()).isEqualTo("Session id '" + UNKNOWN + "' not found");

        assertThat(api.put("/v1/session/destroy/" + UNKNOWN, "").body()).isEqualTo("true");
    }

    @Test
    void aRenewalShowsTheSession() {
        String id = create("{\"TTL\":\"10s\"}");

        assertThat(ApiServer.array(api.put("/v1/session/renew/" + id, ""))
                        .getJsonObject(0)
                        .getString("ID"))
                .isEqualTo(id);
    }

    @Test
    void aLockIsTakenHeldUpdatedAndLetGo() {
        String holder = create("");
        String other = create("");

        assertThat(api.put("/v1/kv/lock?acquire=" + holder, "1").body()).isEqualTo("true");
        assertThat(api.put("/v1/kv/lock?acquire=" + other, "2").body()).isEqualTo("false");
        assertThat(api.put("/v1/kv/lock?acquire=" + holder, "3").body()).isEqualTo("true");
        JsonObject held = ApiServer.array(api.get("/v1/kv/lock")).getJsonObject(0);
        assertThat(held.getString("Session")).isEqualTo(holder);
        assertThat(held.getLong("LockIndex")).isEqualTo(1);

        assertThat(api.put("/v1/kv/lock?release=" + other, "4").body()).isEqualTo("false");
        assertThat(api.put("/v1/kv/lock?release=" + holder, "5").body()).isEqualTo("true");
        assertThat(api.get("/v1/kv/lock").body()).doesNotContain("Session");
        assertThat(api.put("/v1/kv/lock?acquire=" + other, "6").body()).isEqualTo("true");
        assertThat(ApiServer.array(api.get("/v1/kv/lock")).getJsonObject(0).getLong("LockIndex"))
                .isEqualTo(2);
    }

    @Test
    void theEndOfASessionLetsGoOrDeletesWhatItHeld() {
        String releasing = create("{\"LockDelay\":\"0s\"}");
        String deleting = create("{\"Behavior\":\"delete\"}");
        api.put("/v1/kv/kept?acquire=" + releasing, "x");
        api.put("/v1/kv/dropped?acquire=" + deleting, "x");

        api.put("/v1/session/destroy/" + releasing, "");
        api.put("/v1/session/destroy/" + deleting, "");

        assertThat(api.get("/v1/kv/kept").body()).doesNotContain("Session");
        assertThat(api.get("/v1/kv/dropped").statusCode()).isEqualTo(404);
    }

    @Test
    void anInvalidOrMissingSessionIsSaidSo() {
        HttpResponse<String> invalid = api.put("/v1/kv/l?acquire=" + UNKNOWN, "x");
        assertThat(invalid.statusCode()).isEqualTo(500);
        assertThat(invalid.body()).contains("invalid session");

        HttpResponse<String> missing = api.put("/v1/kv/l?acquire=", "x");
        assertThat(missing.statusCode()).isEqualTo(500);
        assertThat(missing.body()).isEqualTo("missing session");
    }

    @Test
    void limitsOfATtlAreNamed() {
        HttpResponse<String> tooShort = api.put("/v1/session/create", "{\"TTL\":\"1s\"}");

        assertThat(tooShort.statusCode()).isEqualTo(500);
        assertThat(tooShort.body()).isEqualTo("Invalid Session TTL '1s', must be between [10s=24h0m0s]");
        assertThat(api.put("/v1/session/create", "{\"TTL\":\"25h\"}").body()).startsWith("Invalid Session TTL");
        assertThat(api.put("/v1/session/create", "{\"TTL\":\"x\"}").body()).contains("invalid duration \"x\"");
        assertThat(api.put("/v1/session/create", "{\"LockDelay\":\"x\"}").body())
                .contains("invalid duration \"x\"");
        assertThat(api.put("/v1/session/create", "{\"Behavior\":\"x\"}").body())
                .isEqualTo("Invalid Behavior setting 'x'");
        assertThat(api.put("/v1/session/create", "{\"Node\":\"nowhere\"}").statusCode())
                .isEqualTo(500);
        assertThat(api.put("/v1/session/create", "{\"Checks\":[\"nothing\"]}").statusCode())
                .isEqualTo(500);
    }

    private String create(String body) {
        HttpResponse<String> response = api.put("/v1/session/create", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ApiServer.object(response).getString("ID");
    }
}
