package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code /v1/flags} as a client sees it. */
class FlagsEndpointTest {

    private static final String FLAG =
            "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"off\"}";
    private static final String DOCUMENT = "{\"metadata\":{\"team\":\"x\"},\"flags\":{\"a\":" + FLAG + "}}";

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private HttpResponse<String> evaluate(String path, String context) {
        return server.sendAsync("POST", path, BodyPublishers.ofString(context)).join();
    }

    @Test
    void aDocumentComesBackAsItWentIn() {
        HttpResponse<String> put = server.put("/v1/flags/web", DOCUMENT);
        assertThat(put.statusCode()).isEqualTo(200);
        assertThat(ApiServer.object(put).getJsonArray("Changed")).containsExactly("a");
        HttpResponse<String> got = server.get("/v1/flags/web");
        assertThat(got.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(ApiServer.object(got)).isEqualTo(new JsonObject(DOCUMENT));
        assertThat(ApiServer.index(got)).isEqualTo(ApiServer.object(put).getLong("Index"));
        assertThat(server.get("/v1/flags/web/a").body()).isEqualTo(FLAG);
        assertThat(server.get("/v1/flags/web/a?pretty").body()).contains("\n  \"state\": \"ENABLED\"");
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(server.get("/v1/flags/web").statusCode()).isEqualTo(404);
        server.put("/v1/flags/web", DOCUMENT);
        assertThat(server.get("/v1/flags/web/nope").statusCode()).isEqualTo(404);
        assertThat(server.get("/v1/flags/none?history").statusCode()).isEqualTo(404);
    }

    @Test
    void oneDefinitionMakesItsSetAndMayHaveSlashesInItsName() {
        assertThat(server.put("/v1/flags/web/shop/new", FLAG).statusCode()).isEqualTo(200);
        assertThat(server.get("/v1/flags/web/shop/new").body()).isEqualTo(FLAG);
        JsonArray sets = ApiServer.array(server.get("/v1/flags"));
        assertThat(sets).hasSize(1);
        assertThat(sets.getJsonObject(0).getString("Name")).isEqualTo("web");
        assertThat(sets.getJsonObject(0).getInteger("Flags")).isEqualTo(1);
    }

    @Test
    void aBadDefinitionIsAnsweredWithPlaceAndRuleAndChangesNothing() {
        server.put("/v1/flags/web", DOCUMENT);
        HttpResponse<String> refused = server.put("/v1/flags/web/a", FLAG.replace("\"off\"}", "\"of\"}"));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body())
                .isEqualTo(
                        "$.flags.a.defaultVariant names the variant \"of\", which the flag does not have: it has on, off");
        assertThat(server.get("/v1/flags/web/a").body()).isEqualTo(FLAG);
    }

    @Test
    void aSetThatIsTooLargeIsRefused() {
        String large =
                FLAG.replace("true", "\"" + "x".repeat(1024 * 1024) + "\"").replace("false", "\"\"");
        HttpResponse<String> refused = server.put("/v1/flags/web/a", large);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("$ is too large").contains("at most 1048576");
        assertThat(server.put("/v1/flags/web/a", "x".repeat(3 << 20)).statusCode())
                .isEqualTo(413);
        assertThat(server.get("/v1/flags/web").statusCode()).isEqualTo(404);
    }

    @Test
    void aConditionThatDoesNotHoldIsAConflictWithTheOtherWritersName() throws Exception {
        server.put("/v1/flags/web?author=ann", DOCUMENT);
        long index = ApiServer.index(server.get("/v1/flags/web"));
        assertThat(server.put("/v1/flags/web/a?author=bob&cas=" + index, FLAG.replace("off\"}", "on\"}"))
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> conflict = server.put("/v1/flags/web?cas=" + index, "{\"flags\":{}}");
        assertThat(conflict.statusCode()).isEqualTo(409);
        assertThat(conflict.body()).contains("not at " + index).contains("; bob changed the set at ");
        HttpResponse<String> match = server.client()
                .send(
                        server.request("/v1/flags/web")
                                .header("If-Match", "\"" + index + "\"")
                                .PUT(BodyPublishers.ofString("{\"flags\":{}}"))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(match.statusCode()).isEqualTo(412);
        assertThat(server.delete("/v1/flags/web?cas=" + index).statusCode()).isEqualTo(409);
        assertThat(server.put("/v1/flags/web?cas=0", DOCUMENT).statusCode()).isEqualTo(409);
        assertThat(server.put("/v1/flags/web?cas=x", DOCUMENT).statusCode()).isEqualTo(400);
        assertThat(server.get("/v1/flags/web/a").body()).contains("\"defaultVariant\":\"on\"");
    }

    @Test
    void historySaysWhoChangedWhatAndUndoTakesItBack() {
        server.put("/v1/flags/web?author=ann", DOCUMENT);
        server.delete("/v1/flags/web/a?author=bob");
        JsonArray history = ApiServer.array(server.get("/v1/flags/web?history"));
        JsonObject newest = history.getJsonObject(0);
        assertThat(newest.getString("Author")).isEqualTo("bob");
        assertThat(newest.getString("Action")).isEqualTo("delete");
        JsonObject change = newest.getJsonArray("Changes").getJsonObject(0);
        assertThat(change.getString("Flag")).isEqualTo("a");
        assertThat(change.getJsonObject("From")).isEqualTo(new JsonObject(FLAG));
        assertThat(change.getValue("To")).isNull();
        assertThat(server.put("/v1/flags/web?undo", "").statusCode()).isEqualTo(200);
        assertThat(server.get("/v1/flags/web/a").body()).isEqualTo(FLAG);
        assertThat(server.put("/v1/flags/none?undo", "").body()).contains("nothing can be undone");
        assertThat(ApiServer.array(server.get("/v1/flags/web?history"))
                        .getJsonObject(0)
                        .getString("Author"))
                .startsWith("somebody at 127.0.0.1");
    }

    @Test
    void aBlockingReadOfAFlagWaitsForThatFlagAlone() {
        server.put("/v1/flags/web", DOCUMENT);
        long index = ApiServer.index(server.get("/v1/flags/web/a"));
        CompletableFuture<HttpResponse<String>> flag = server.getAsync("/v1/flags/web/a?wait=60s&index=" + index);
        CompletableFuture<HttpResponse<String>> set = server.getAsync("/v1/flags/web?wait=60s&index=" + index);
        CompletableFuture<HttpResponse<String>> sets = server.getAsync("/v1/flags?wait=60s&index=" + index);
        server.put("/v1/flags/web/b", FLAG);
        assertThat(ApiServer.object(set.join()).getJsonObject("flags").fieldNames())
                .containsExactly("a", "b");
        assertThat(sets.join().statusCode()).isEqualTo(200);
        assertThat(flag).isNotDone();
        server.delete("/v1/flags/web/a");
        assertThat(flag.join().statusCode()).isEqualTo(404);
    }

    @Test
    void aFlagIsEvaluatedForTheContextInTheBody() {
        server.put(
                "/v1/flags/web/a",
                FLAG.replace(
                        "\"defaultVariant\"",
                        "\"targeting\":{\"if\":[{\"ends_with\":[{\"var\":\"mail\"},\"@x.io\"]},\"on\"]},\"defaultVariant\""));
        JsonObject on = ApiServer.object(evaluate("/v1/flags/web/a", "{\"mail\":\"ann@x.io\"}"));
        assertThat(on.getBoolean("Value")).isTrue();
        assertThat(on.getString("Variant")).isEqualTo("on");
        assertThat(on.getString("Reason")).isEqualTo("TARGETING_MATCH");
        assertThat(ApiServer.object(evaluate("/v1/flags/web/a", "")).getString("Reason"))
                .isEqualTo("DEFAULT");
        assertThat(evaluate("/v1/flags/web/b", "{}").statusCode()).isEqualTo(404);
        assertThat(evaluate("/v1/flags/web/a", "[]").statusCode()).isEqualTo(400);
    }

    @Test
    void theFeaturesOfTheServersAreListedWithTheirRisk() {
        JsonArray features = ApiServer.array(server.get("/v1/flags?features"));
        assertThat(features).hasSize(6);
        JsonObject hub = features.getJsonObject(1);
        assertThat(hub.getString("Name")).isEqualTo("hub-shape");
        assertThat(hub.getString("Risk")).contains("single");
        assertThat(hub.getString("State")).isEqualTo("unset");
        assertThat(hub.getJsonArray("Reach").getJsonObject(0).getString("Choice"))
                .isEqualTo("configured");
    }
}
