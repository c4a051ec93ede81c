package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transactions as a client sees them. */
class TxnEndpointTest {

    @RegisterExtension
    final ApiServer api = new ApiServer();

    @Test
    void whatSucceedsTakesEffectInOneRevision() {
        HttpResponse<String> response = txn(kv("set", "a", "1"), kv("set", "b", "2"), kv("get", "a", ""));
        assertThat(response.statusCode()).isEqualTo(200);
        JsonArray results = new JsonObject(response.body()).getJsonArray("Results");
        assertThat(results.size()).isEqualTo(3);
        assertThat(value(results, 0)).as("who sets a value is not told it").isNull();
        assertThat(value(results, 2)).isEqualTo(base64("1"));
        assertThat(index(results, 0)).isEqualTo(index(results, 1));
    }

    @Test
    void oneFailureUndoesEverythingAndAllFailuresAreListed() {
        api.put("/v1/kv/there", "x");
        HttpResponse<String> response = txn(
                kv("set", "new", "1"),
                kv("check-not-exists", "there", ""),
                kv("get", "missing", ""),
                new JsonObject().put("KV", new JsonObject().put("Verb", "zap").put("Key", "a")));
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body())
                .startsWith("{\"Results\":null,\"Errors\":[")
                .contains("{\"OpIndex\":1,\"What\":\"key \\\"there\\\" exists\"}")
                .contains("{\"OpIndex\":2,\"What\":\"key \\\"missing\\\" doesn't exist\"}")
                .contains("{\"OpIndex\":3,\"What\":\"unknown KV verb \\\"zap\\\"\"}");
        assertThat(api.get("/v1/kv/new").statusCode()).isEqualTo(404);
    }

    @Test
    void aFailureIsToldByTheLogToo() {
        HttpResponse<String> response = txn(kv("set", "new", "1"), kv("get", "missing", ""));
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body()).contains("{\"OpIndex\":1,");
        assertThat(api.get("/v1/kv/new").statusCode()).isEqualTo(404);
    }

    @Test
    void whatOnlyLooksNeedsNoPlaceInTheLog() {
        api.put("/v1/kv/a", "x");
        long revision = api.consensus().latest().revision();
        HttpResponse<String> response = txn(kv("get", "a", ""), kv("get-tree", "", ""));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("X-Consul-KnownLeader")).contains("true");
        assertThat(api.consensus().latest().revision()).isEqualTo(revision);
    }

    @Test
    void theCatalogTakesPart() {
        assertThat(txn(
                                part(
                                        "Node",
                                        "set",
                                        new JsonObject().put("Node", "n").put("Address", "10.0.0.1")),
                                new JsonObject()
                                        .put(
                                                "Service",
                                                new JsonObject()
                                                        .put("Verb", "set")
                                                        .put("Node", "n")
                                                        .put(
                                                                "Service",
                                                                new JsonObject()
                                                                        .put("Service", "web")
                                                                        .put("Port", 80))),
                                part(
                                        "Check",
                                        "set",
                                        new JsonObject()
                                                .put("Node", "n")
                                                .put("CheckID", "c")
                                                .put("ServiceID", "web")
                                                .put("Status", "passing")))
                        .statusCode())
                .isEqualTo(200);
        JsonObject instance = new JsonArray(api.get("/v1/health/service/web").body()).getJsonObject(0);
        assertThat(instance.getJsonArray("Checks").size()).isEqualTo(1);
        HttpResponse<String> failed = txn(part("Node", "delete-cas", new JsonObject().put("Node", "n")));
        assertThat(failed.statusCode()).isEqualTo(409);
        assertThat(failed.body()).contains("failed to delete node \\\"n\\\", index is stale");
    }

    @Test
    void moreThan64OperationsAndTooLargeAValueAre413() {
        JsonObject[] many = new JsonObject[65];
        for (int i = 0; i < many.length; i++) {
            many[i] = kv("get", "a" + i, "");
        }
        assertThat(txn(many).statusCode()).isEqualTo(413);
        assertThat(txn(kv("set", "a", "x".repeat(512 * 1024))).statusCode()).isEqualTo(200);
        HttpResponse<String> large = txn(kv("set", "a", "x".repeat(512 * 1024 + 1)));
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(large.body()).contains("Value for key \"a\" is too large (524289 > 524288 bytes)");
    }

    @Test
    void anOperationOfAnotherKindIsRefusedByName() {
        HttpResponse<String> response = txn(new JsonObject().put("Session", new JsonObject()));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("[0].unknown field \"Session\"");
    }

    private HttpResponse<String> txn(JsonObject... ops) {
        JsonArray body = new JsonArray();
        for (JsonObject op : ops) {
            body.add(op);
        }
        return api.put("/v1/txn", body.encode());
    }

    private static JsonObject kv(String verb, String key, String value) {
        return new JsonObject()
                .put("KV", new JsonObject().put("Verb", verb).put("Key", key).put("Value", base64(value)));
    }

    private static JsonObject part(String kind, String verb, JsonObject fields) {
        return new JsonObject().put(kind, new JsonObject().put("Verb", verb).put(kind, fields));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static String value(JsonArray results, int i) {
        return results.getJsonObject(i).getJsonObject("KV").getString("Value");
    }

    private static long index(JsonArray results, int i) {
        return results.getJsonObject(i).getJsonObject("KV").getLong("ModifyIndex");
    }
}
