package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Prepared queries, and nearness, as a client sees them. */
class QueryEndpointTest {

    @RegisterExtension
    final ApiServer api = new ApiServer();

    @BeforeEach
    void threeInstances() {
        register("n1", "passing", "v1");
        register("n2", "warning", "v2");
        register("n3", "critical", "v2");
    }

    private void register(String node, String status, String tag) {
        JsonObject body = new JsonObject()
                .put("Node", node)
                .put("Address", "10.0.0.1")
                .put("Service", new JsonObject().put("Service", "web").put("Tags", new JsonArray().add(tag)))
                .put(
                        "Check",
                        new JsonObject()
                                .put("CheckID", "c")
                                .put("ServiceID", "web")
                                .put("Status", status));
        assertThat(api.put("/v1/catalog/register", body.encode()).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> post(String body) {
        return api.sendAsync("POST", "/v1/query", BodyPublishers.ofString(body)).join();
    }

    private String created(String body) {
        return ApiServer.object(post(body)).getString("ID");
    }

    private List<String> nodes(String pathAndQuery) {
        JsonArray nodes = ApiServer.object(api.get(pathAndQuery)).getJsonArray("Nodes");
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> nodes.getJsonObject(i).getJsonObject("Node").getString("Node"))
                .toList();
    }

    @Test
    void aQueryIsRunByNameAndById() {
        String id = created("{\"Name\":\"q\",\"Service\":{\"Service\":\"web\"},\"DNS\":{\"TTL\":\"10s\"}}");
        assertThat(nodes("/v1/query/q/execute")).containsExactlyInAnyOrder("n1", "n2");
        assertThat(nodes("/v1/query/" + id + "/execute?limit=1")).hasSize(1);
        assertThat(ApiServer.object(api.get("/v1/query/q/execute"))
                        .getJsonObject("DNS")
                        .getString("TTL"))
                .isEqualTo("10s");
    }

    @Test
    void whatItAsksOfInstancesCounts() {
        created("{\"Name\":\"passing\",\"Service\":{\"Service\":\"web\",\"OnlyPassing\":true}}");
        created("{\"Name\":\"tagged\",\"Service\":{\"Service\":\"web\",\"Tags\":[\"!V1\"]}}");
        created("{\"Name\":\"ignoring\",\"Service\":{\"Service\":\"web\",\"IgnoreCheckIDs\":[\"c\"]}}");
        assertThat(nodes("/v1/query/passing/execute")).containsExactly("n1");
        assertThat(nodes("/v1/query/tagged/execute")).containsExactly("n2");
        assertThat(nodes("/v1/query/ignoring/execute")).containsExactlyInAnyOrder("n1", "n2", "n3");
    }

    @Test
    void aTemplateAnswersForEveryNameWithItsPrefixTheLongestFirst() {
        created("{\"Template\":{\"Type\":\"name_prefix_match\"},\"Service\":{\"Service\":\"${name.full}\"}}");
        created("{\"Name\":\"geo-\",\"Template\":{\"Type\":\"name_prefix_match\",\"Regexp\":\"^geo-(.*)-(.*)$\","
                + "\"RemoveEmptyTags\":true},\"Service\":{\"Service\":\"${match(1)}\",\"Tags\":[\"${match(2)}\","
                + "\"${match(7)}\"]}}");
        assertThat(nodes("/v1/query/web/execute")).containsExactlyInAnyOrder("n1", "n2");
        assertThat(nodes("/v1/query/geo-web-v2/execute")).containsExactly("n2");
        JsonObject explained = ApiServer.object(api.get("/v1/query/geo-db-v9/explain"))
                .getJsonObject("Query")
                .getJsonObject("Service");
        assertThat(explained.getString("Service")).isEqualTo("db");
        assertThat(explained.getJsonArray("Tags")).isEqualTo(new JsonArray().add("v9"));
    }

    @Test
    void whatCouldNeverBeRunIsRefusedInConsulsWords() {
        assertThat(post("{\"Name\":\"x\"}").body())
                .isEqualTo("Invalid prepared query: Must provide a Service name to query");
        assertThat(post("{\"Service\":{\"Service\":\"web\"}}").body())
                .isEqualTo("Invalid prepared query: Must be bound to a session");
        assertThat(post("{\"Name\":\"t\",\"Template\":{\"Type\":\"name_prefix_match\",\"Regexp\":\"((\"},"
                                + "\"Service\":{\"Service\":\"x\"}}")
                        .body())
                .startsWith("failed compiling template: Bad Regexp: ");
        assertThat(post("{\"Name\":\"t\",\"Template\":{\"Type\":\"name_prefix_match\"},"
                                + "\"Service\":{\"Service\":\"${nope}\"}}")
                        .body())
                .contains("unknown variable accessed: nope");
        assertThat(api.get("/v1/query/none/execute").statusCode()).isEqualTo(404);
        assertThat(api.get("/v1/query/none/execute").body()).isEqualTo("Query not found");
    }

    @Test
    void theListBlocksUntilAQueryComes() {
        long index = ApiServer.index(api.get("/v1/query"));
        var waiting = api.getAsync("/v1/query?wait=20s&index=" + index);
        String id = created("{\"Name\":\"q\",\"Service\":{\"Service\":\"web\"}}");
        assertThat(waiting.join().body()).contains(id);
        assertThat(api.delete("/v1/query/" + id).statusCode()).isEqualTo(200);
        assertThat(api.get("/v1/query").body()).isEqualTo("[]");
    }

    @Test
    void nearSortsByWhereTheNodesAre() {
        place("n1", 0.5);
        place("n2", 0.1);
        place("n3", 0.0);
        JsonArray instances = ApiServer.array(api.get("/v1/health/service/web?near=n3"));
        assertThat(IntStream.range(0, 3)
                        .mapToObj(i ->
                                instances.getJsonObject(i).getJsonObject("Node").getString("Node")))
                .containsExactly("n3", "n2", "n1");
        created("{\"Name\":\"q\",\"Service\":{\"Service\":\"web\",\"Near\":\"n3\"}}");
        assertThat(nodes("/v1/query/q/execute")).containsExactly("n2", "n1");
        assertThat(nodes("/v1/query/q/execute?near=n1")).containsExactly("n1", "n2");
    }

    private void place(String node, double where) {
        JsonArray vec = new JsonArray().add(where);
        for (int i = 1; i < 8; i++) {
            vec.add(0.0);
        }
        JsonObject coordinate =
                new JsonObject().put("Vec", vec).put("Error", 1.5).put("Height", 0.0001);
        assertThat(api.put(
                                "/v1/coordinate/update",
                                new JsonObject()
                                        .put("Node", node)
                                        .put("Coord", coordinate)
                                        .encode())
                        .statusCode())
                .isEqualTo(200);
    }
}
