package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** User events, and what else an operator asks a server for, over a real local agent. */
class EventEndpointTest {

    private AgentApi api;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        api = new AgentApi(directory);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private String fired(String pathAndQuery, String payload) {
        return new JsonObject(api.put("/v1/event/fire/" + pathAndQuery, payload).body()).getString("ID");
    }

    private static String index(HttpResponse<String> response) {
        return response.headers().firstValue("X-Consul-Index").orElseThrow();
    }

    /** As Consul's clients compute it. */
    private static String indexOf(String id) {
        UUID uuid = UUID.fromString(id);
        return Long.toUnsignedString(uuid.getMostSignificantBits() ^ uuid.getLeastSignificantBits());
    }

    @Test
    void theIndexIsTheHashOfTheNewestEventAndOneWithoutAny() {
        assertThat(index(api.get("/v1/event/list"))).isEqualTo("1");
        fired("deploy", "a");
        String newest = fired("deploy", "b");
        HttpResponse<String> list = api.get("/v1/event/list");
        assertThat(index(list)).isEqualTo(indexOf(newest));
        assertThat(new JsonArray(list.body()).getJsonObject(1).getString("Payload"))
                .isEqualTo("Yg==");
    }

    @Test
    void aWaitEndsWithTheNextEventWhateverItsHash() {
        for (int i = 0; i < 4; i++) {
            String known = index(api.get("/v1/event/list"));
            var waiting = api.getAsync("/v1/event/list?wait=20s&index=" + known);
            String next = fired("deploy", "");
            assertThat(index(waiting.join())).isEqualTo(indexOf(next));
        }
    }

    @Test
    void anAgentShowsWhatIsMeantForIt() {
        api.put("/v1/agent/service/register", "{\"Name\":\"web\",\"Tags\":[\"v1\"]}");
        fired("here?node=%5En1$", "");
        fired("elsewhere?node=%5En2$", "");
        fired("web?service=we&tag=v1", "");
        fired("db?service=db", "");
        fired("other-tag?service=web&tag=v2", "");
        assertThat(api.get("/v1/event/list").body())
                .contains("\"here\"", "\"web\"")
                .doesNotContain("elsewhere", "\"db\"", "other-tag");
        assertThat(new JsonArray(api.get("/v1/event/list?name=here").body())).hasSize(1);
    }

    @Test
    void aFilterThatCanNotBeReadIsRefused() {
        assertThat(api.put("/v1/event/fire/x?node=((").body()).startsWith("Invalid node filter: ");
        assertThat(api.put("/v1/event/fire/x?tag=a").body())
                .isEqualTo("Cannot provide tag filter without service filter");
        assertThat(api.put("/v1/event/fire/x", "x".repeat(20_000)).statusCode()).isEqualTo(413);
    }

    @Test
    void metricsComeInJsonUnlessForPrometheus() {
        assertThat(api.json("/v1/agent/metrics").fieldNames())
                .containsExactly("Timestamp", "Gauges", "Points", "Counters", "Samples");
        assertThat(api.get("/v1/agent/metrics?format=prometheus").body()).startsWith("# ");
    }

    @Test
    void theOperatorSeesWhoVotesAndHowTheyAre() {
        JsonObject server = api.json("/v1/operator/raft/configuration")
                .getJsonArray("Servers")
                .getJsonObject(0);
        assertThat(server.getBoolean("Leader")).isTrue();
        assertThat(server.getBoolean("Voter")).isTrue();
        assertThat(api.json("/v1/operator/autopilot/health").getBoolean("Healthy"))
                .isTrue();
        assertThat(api.json("/v1/operator/autopilot/configuration").getString("LastContactThreshold"))
                .isEqualTo("200ms");
        assertThat(api.put("/v1/operator/autopilot/configuration?cas=7", "{}").body())
                .isEqualTo("false");
        assertThat(api.put("/v1/operator/autopilot/configuration", "{\"MaxTrailingLogs\":5}")
                        .body())
                .isEqualTo("true");
        assertThat(api.json("/v1/operator/autopilot/configuration").getInteger("MaxTrailingLogs"))
                .isEqualTo(5);
        assertThat(api.json("/v1/agent/host").getJsonObject("Memory").getLong("total"))
                .isPositive();
    }

    @Test
    void aUserInterfaceGetsTheCatalogInOneAnswer() {
        api.put("/v1/catalog/register", """
                {"Node":"n9","Address":"10.0.0.9","Service":{"Service":"web","Tags":["a"]},
                 "Check":{"CheckID":"c","Status":"warning","ServiceID":"web"}}""");
        assertThat(api.get("/v1/internal/ui/services").body())
                .contains(
                        "\"Name\":\"web\",\"Tags\":[\"a\"],\"Nodes\":[\"n9\"],\"InstanceCount\":1,\"ChecksPassing\":0,"
                                + "\"ChecksWarning\":1,\"ChecksCritical\":0");
        assertThat(api.json("/v1/internal/ui/node/n9").getJsonArray("Services")).hasSize(1);
        assertThat(api.get("/v1/internal/ui/node/none").statusCode()).isEqualTo(404);
    }

    @Test
    void theMeshIsOff() {
        assertThat(api.get("/v1/connect/ca/roots").body())
                .isEqualTo("Connect must be enabled in order to use this endpoint");
        assertThat(api.get("/v1/health/connect/web").body()).isEqualTo("[]");
        assertThat(api.get("/v1/config/service-defaults").body()).isEqualTo("[]");
        assertThat(api.put("/v1/config", "{}").statusCode()).isEqualTo(500);
    }
}
