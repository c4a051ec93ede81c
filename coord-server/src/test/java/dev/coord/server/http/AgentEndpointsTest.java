package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /v1/agent} as a client meets it. The JSON and the words of errors were compared with Consul 1.8.7's. */
class AgentEndpointsTest {

    @TempDir
    Path directory;

    private AgentApi api;

    @BeforeEach
    void start() throws IOException {
        api = new AgentApi(directory);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private void registered(String body) {
        HttpResponse<String> response = api.put("/v1/agent/service/register", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    private void refused(String path, String body, int status, String words) {
        HttpResponse<String> response = api.put(path, body);
        assertThat(response.body()).contains(words);
        assertThat(response.statusCode()).isEqualTo(status);
    }

    private void refused(String body, String words) {
        refused("/v1/agent/service/register", body, 400, words);
        assertThat(api.get("/v1/agent/services").body()).isEqualTo("{}");
    }

    // ---- Services

    @Test
    void aServiceIsShownWithEveryFieldInConsulsOrder() {
        registered("""
                {"ID":"w1","Name":"web","Tags":["a","b"],"Address":"10.0.0.1","Port":81,"Meta":{"k":"v"},
                 "EnableTagOverride":true,"Weights":{"Passing":5,"Warning":2},
                 "TaggedAddresses":{"lan":{"Address":"1.2.3.4","Port":5}},"Check":{"TTL":"30s","Notes":"n"}}""");

        String service = """
                {"ID":"w1","Service":"web","Tags":["a","b"],"Meta":{"k":"v"},"Port":81,"Address":"10.0.0.1",\
                "TaggedAddresses":{"lan":{"Address":"1.2.3.4","Port":5},"lan_ipv4":{"Address":"10.0.0.1","Port":81},\
                "wan_ipv4":{"Address":"10.0.0.1","Port":81}},"Weights":{"Passing":5,"Warning":2},\
                "EnableTagOverride":true""";
        assertThat(api.get("/v1/agent/services").body()).isEqualTo("{\"w1\":" + service + "}}");
        HttpResponse<String> one = api.get("/v1/agent/service/w1");
        String hash = one.headers().firstValue("X-Consul-ContentHash").orElseThrow();
        assertThat(one.body()).isEqualTo(service + ",\"ContentHash\":\"" + hash + "\"}");
        assertThat(api.get("/v1/agent/checks").body()).isEqualTo("""
                        {"service:w1":{"Node":"n1","CheckID":"service:w1","Name":"Service 'web' check",\
                        "Status":"critical","Notes":"n","Output":"","ServiceID":"w1","ServiceName":"web",\
                        "ServiceTags":["a","b"],"Type":"ttl","Definition":{},"CreateIndex":0,"ModifyIndex":0}}""");
    }

    @Test
    void aServiceOfTheFewestWordsHasEmptyListsAndMapsAndItsNameAsId() {
        registered("{\"Name\":\"web\"}");

        assertThat(api.get("/v1/agent/services").body()).isEqualTo("""
                        {"web":{"ID":"web","Service":"web","Tags":[],"Meta":{},"Port":0,"Address":"",\
                        "Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false}}""");
    }

    @Test
    void snakeCaseAndNanosecondsAreTakenToo() {
        registered("""
                {"id":"w2","name":"web","tagged_addresses":{"lan":{"address":"1.2.3.4","port":5}},
                 "enable_tag_override":true,
                 "checks":[{"ttl":20000000000,"status":"passing","deregister_critical_service_after":"90m"},
                           {"check_id":"mine","name":"Mine","TTL":"1m"},
                           {"tcp":"127.0.0.1:1","interval":"10s"}]}""");

        JsonObject checks = api.json("/v1/agent/checks");
        assertThat(checks.fieldNames()).containsExactly("mine", "service:w2:1", "service:w2:3");
        assertThat(checks.getJsonObject("service:w2:1").getString("Status")).isEqualTo("passing");
        assertThat(api.json("/v1/agent/service/w2").getBoolean("EnableTagOverride"))
                .isTrue();
    }

    @Test
    void aServiceAndItsChecksGoTogether() {
        registered("{\"Name\":\"web\",\"Check\":{\"TTL\":\"30s\"}}");

        assertThat(api.put("/v1/agent/service/deregister/web").statusCode()).isEqualTo(200);

        assertThat(api.get("/v1/agent/services").body()).isEqualTo("{}");
        assertThat(api.get("/v1/agent/checks").body()).isEqualTo("{}");
        assertThat(api.put("/v1/agent/service/deregister/web").statusCode()).isEqualTo(200);
        HttpResponse<String> unknown = api.get("/v1/agent/service/web");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).isEqualTo("unknown service ID: web");
    }

    @Test
    void anIdMayHoldSlashesAndSpaces() {
        registered("{\"Name\":\"x\",\"ID\":\"a/b c\"}");

        assertThat(api.get("/v1/agent/service/a/b%20c").statusCode()).isEqualTo(200);
        assertThat(api.get("/v1/agent/service/a%2Fb%20c").statusCode()).isEqualTo(200);
        api.put("/v1/agent/service/deregister/a/b%20c");
        assertThat(api.get("/v1/agent/services").body()).isEqualTo("{}");
    }

    @Test
    void aFilterPicksServicesAndChecks() {
        registered("{\"Name\":\"a\",\"Tags\":[\"blue\"],\"Check\":{\"TTL\":\"30s\"}}");
        registered("{\"Name\":\"b\",\"Check\":{\"TTL\":\"30s\"}}");

        assertThat(api.json("/v1/agent/services?filter=blue+in+Tags").fieldNames())
                .containsExactly("a");
        assertThat(api.json("/v1/agent/checks?filter=ServiceName==b").fieldNames())
                .containsExactly("service:b");
        assertThat(api.get("/v1/agent/services?filter=Bogus==x").body()).contains("Bogus");
    }

    @Test
    void aClientThatKnowsTheHashWaitsForAChangeOfThatServiceOnly() throws Exception {
        registered("{\"Name\":\"web\",\"Port\":1}");
        String hash = api.json("/v1/agent/service/web").getString("ContentHash");

        // Without a wait, Consul's of five minutes.
        CompletableFuture<HttpResponse<String>> waiting = api.getAsync("/v1/agent/service/web?hash=" + hash);
        registered("{\"Name\":\"other\"}");
        registered("{\"Name\":\"web\",\"Port\":1}");
        assertThat(waiting).isNotDone();
        registered("{\"Name\":\"web\",\"Port\":2}");

        JsonObject changed = new JsonObject(waiting.get(10, TimeUnit.SECONDS).body());
        assertThat(changed.getInteger("Port")).isEqualTo(2);
        assertThat(changed.getString("ContentHash")).isNotEqualTo(hash);
    }

    @Test
    void aWaitForTheHashEndsInTimeAndWhenTheServiceGoes() throws Exception {
        registered("{\"Name\":\"web\"}");
        String hash = api.json("/v1/agent/service/web").getString("ContentHash");

        assertThat(api.json("/v1/agent/service/web?wait=100ms&hash=" + hash).getString("ContentHash"))
                .isEqualTo(hash);
        assertThat(api.get("/v1/agent/service/web?wait=10s&hash=another").statusCode())
                .isEqualTo(200);

        CompletableFuture<HttpResponse<String>> waiting = api.getAsync("/v1/agent/service/web?wait=10s&hash=" + hash);
        api.put("/v1/agent/service/deregister/web");
        assertThat(waiting.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
    }

    // ---- Checks

    @Test
    void reportsMoveATtlCheck() {
        registered("{\"Name\":\"web\",\"Check\":{\"TTL\":\"30s\"}}");

        assertThat(api.put("/v1/agent/check/pass/service:web?note=hello%20there")
                        .statusCode())
                .isEqualTo(200);
        JsonObject check = api.json("/v1/agent/checks").getJsonObject("service:web");
        assertThat(check.getString("Status")).isEqualTo("passing");
        assertThat(check.getString("Output")).isEqualTo("hello there");

        api.put("/v1/agent/check/update/service:web", "{\"Status\":\"warning\",\"Output\":\"hm\"}");
        check = api.json("/v1/agent/checks").getJsonObject("service:web");
        assertThat(check.getString("Status")).isEqualTo("warning");
        assertThat(check.getString("Output")).isEqualTo("hm");
        assertThat(api.consensus().latest().check("n1", "service:web").status().text())
                .isEqualTo("warning");

        api.put("/v1/agent/check/fail/service:web");
        assertThat(api.consensus().latest().check("n1", "service:web").status().text())
                .isEqualTo("critical");
    }

    @Test
    void reportsThatMakeNoSenseSaySoInConsulsWords() {
        refused("/v1/agent/check/pass/nope", "", 500, "CheckID \"nope\" does not have associated TTL: Unknown check");
        refused("/v1/agent/check/update/nope", "{\"Status\":\"bad\"}", 400, "Invalid check status: 'bad'");
        refused("/v1/agent/check/update/nope", "{\"Status\":5}", 400, "Status must be a string");
        registered("{\"Name\":\"web\",\"Check\":{\"TCP\":\"127.0.0.1:1\",\"Interval\":\"10s\"}}");
        refused("/v1/agent/check/pass/service:web", "", 500, "Check does not have associated TTL");
        assertThat(api.get("/v1/agent/check/pass/service:web").statusCode()).isEqualTo(405);
    }

    @Test
    void aCheckAloneBelongsToTheNodeOrToAServiceThatIsHere() {
        registered("{\"Name\":\"web\"}");

        assertThat(api.put("/v1/agent/check/register", "{\"Name\":\"disk\",\"TTL\":\"15s\"}")
                        .statusCode())
                .isEqualTo(200);
        api.put(
                "/v1/agent/check/register",
                "{\"ID\":\"c\",\"Name\":\"of web\",\"ServiceID\":\"web\",\"TTL\":\"15s\",\"Status\":\"warning\"}");
        JsonObject checks = api.json("/v1/agent/checks");
        assertThat(checks.getJsonObject("disk").getString("ServiceID")).isEmpty();
        assertThat(checks.getJsonObject("c").getString("ServiceName")).isEqualTo("web");
        assertThat(checks.getJsonObject("c").getString("Status")).isEqualTo("warning");

        refused(
                "/v1/agent/check/register",
                "{\"Name\":\"x\",\"ServiceID\":\"nope\",\"TTL\":\"15s\"}",
                500,
                "ServiceID \"nope\" does not exist");
        refused("/v1/agent/check/register", "{\"TTL\":\"15s\"}", 400, "Missing check name");
        refused(
                "/v1/agent/check/register",
                "{\"Name\":\"x\",\"TTL\":\"5s\",\"Status\":\"bad\"}",
                400,
                "Bad check status");

        api.put("/v1/agent/check/deregister/disk");
        assertThat(api.json("/v1/agent/checks").fieldNames()).containsExactly("c");
    }

    @Test
    void anHttpCheckOfARealServiceTurnsPassingAndThenCriticalWhenItDies() {
        var server = api.vertx()
                .createHttpServer()
                .requestHandler(request -> {
                    var unused = request.response().end("fine");
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        registered("{\"Name\":\"web\",\"Check\":{\"HTTP\":\"http://127.0.0.1:" + server.actualPort()
                + "/health\",\"Interval\":\"1s\",\"Timeout\":\"1s\"}}");
        await().untilAsserted(() -> assertThat(
                        api.get("/v1/agent/health/service/id/web").statusCode())
                .isEqualTo(200));

        server.close().toCompletionStage().toCompletableFuture().join();

        await().untilAsserted(() -> assertThat(
                        api.get("/v1/agent/health/service/id/web").statusCode())
                .isEqualTo(503));
        assertThat(api.json("/v1/agent/checks").getJsonObject("service:web").getString("Output"))
                .contains("connection refused");
    }

    @Test
    void kindsOfChecksThatAreNotThereAreRefusedByName() {
        refused(
                "{\"Name\":\"x\",\"Check\":{\"DockerContainerID\":\"c\",\"TTL\":\"9s\"}}",
                "DockerContainerID checks are not");
        refused(
                "{\"Name\":\"x\",\"Check\":{\"AliasService\":\"y\",\"TTL\":\"9s\"}}",
                "TTL must be not be set for Alias");
        refused("{\"Name\":\"x\",\"Check\":{\"Args\":[\"ls\"],\"Interval\":\"1s\"}}", "Scripts are disabled");
    }

    // ---- Health and maintenance

    @Test
    void theHealthOfAServiceIsItsWorstCheckAsAStatusAndAWord() {
        registered("{\"Name\":\"web\",\"ID\":\"w1\",\"Check\":{\"TTL\":\"30s\",\"Status\":\"passing\"}}");
        health("/v1/agent/health/service/id/w1", 200, "passing");
        health("/v1/agent/health/service/name/web", 200, "passing");

        api.put("/v1/agent/check/register", "{\"Name\":\"node\",\"TTL\":\"30s\",\"Status\":\"warning\"}");
        health("/v1/agent/health/service/id/w1", 429, "warning");

        api.put("/v1/agent/check/fail/service:w1");
        health("/v1/agent/health/service/id/w1", 503, "critical");
        health("/v1/agent/health/service/name/web", 503, "critical");

        JsonObject body = api.json("/v1/agent/health/service/id/w1");
        assertThat(body.getString("AggregatedStatus")).isEqualTo("critical");
        assertThat(body.getJsonObject("Service").getString("ID")).isEqualTo("w1");
        assertThat(body.getJsonArray("Checks")).hasSize(2);
    }

    private void health(String path, int status, String word) {
        HttpResponse<String> text = api.get(path + "?format=text");
        assertThat(text.statusCode()).isEqualTo(status);
        assertThat(text.body()).isEqualTo(word);
        HttpResponse<String> json = api.get(path);
        assertThat(json.statusCode()).isEqualTo(status);
        assertThat(json.headers().firstValue("X-Consul-Reason")).hasValue(word);
    }

    @Test
    void anUnknownServiceIs404WithTheReason() {
        HttpResponse<String> byId = api.get("/v1/agent/health/service/id/nope");
        assertThat(byId.statusCode()).isEqualTo(404);
        assertThat(byId.body()).isEqualTo("{\"AggregatedStatus\":\"critical\",\"Service\":null,\"Checks\":null}");
        assertThat(byId.headers().firstValue("X-Consul-Reason")).hasValue("ServiceId nope not found");
        HttpResponse<String> byName = api.get("/v1/agent/health/service/name/nope");
        assertThat(byName.statusCode()).isEqualTo(404);
        assertThat(byName.body()).isEqualTo("[]");
        assertThat(api.get("/v1/agent/health/service/id/a%0d%0aX-Evil:%20yes")
                        .headers()
                        .firstValue("X-Evil"))
                .isEmpty();
    }

    @Test
    void maintenanceTakesAServiceOrTheNodeOutAndBringsItBack() {
        registered("{\"Name\":\"web\"}");

        assertThat(api.put("/v1/agent/service/maintenance/web?enable=true&reason=because")
                        .statusCode())
                .isEqualTo(200);
        health("/v1/agent/health/service/id/web", 503, "maintenance");
        assertThat(api.json("/v1/agent/checks")
                        .getJsonObject("_service_maintenance:web")
                        .getString("Notes"))
                .isEqualTo("because");
        api.put("/v1/agent/service/maintenance/web?enable=false");
        health("/v1/agent/health/service/id/web", 200, "passing");

        api.put("/v1/agent/maintenance?enable=true");
        health("/v1/agent/health/service/id/web", 503, "maintenance");
        api.put("/v1/agent/maintenance?enable=false");
        health("/v1/agent/health/service/id/web", 200, "passing");

        refused("/v1/agent/service/maintenance/web", "", 400, "Missing value for enable");
        refused("/v1/agent/maintenance?enable=x", "", 400, "Invalid value for enable: \"x\"");
        refused("/v1/agent/service/maintenance/nope?enable=true", "", 404, "No service registered with ID \"nope\"");
    }

    // ---- This server

    @Test
    void selfHasTheFieldsThatClientsInsistOn() {
        JsonObject self = api.json("/v1/agent/self");

        assertThat(self.fieldNames()).containsExactly("Config", "DebugConfig", "Coord", "Member", "Stats", "Meta");
        assertThat(self.getJsonObject("Config").fieldNames())
                .containsExactly("Datacenter", "NodeName", "NodeID", "Revision", "Server", "Version");
        assertThat(self.getJsonObject("DebugConfig").getString("SerfAdvertiseAddrLAN"))
                .as("where others join")
                .startsWith("tcp://");
        assertThat(self.getJsonObject("DebugConfig").getBoolean("ACLsEnabled")).isFalse();
        assertThat(self.getJsonObject("DebugConfig").getJsonArray("ClientAddrs"))
                .containsExactly("127.0.0.1");
        assertThat(self.getJsonObject("Stats").getJsonObject("consul").getString("leader"))
                .isEqualTo("true");
        assertThat(self.getJsonObject("Stats").getJsonObject("raft").getString("state"))
                .isEqualTo("Leader");
        assertThat(api.get("/v1/agent/self").body()).contains("\"Height\":0.00001");
    }

    @Test
    void membersHaveStatusAndProtocolNumbers() {
        JsonObject member = new JsonArray(api.get("/v1/agent/members").body()).getJsonObject(0);

        assertThat(member.fieldNames())
                .containsExactly(
                        "Name",
                        "Addr",
                        "Port",
                        "Tags",
                        "Status",
                        "ProtocolMin",
                        "ProtocolMax",
                        "ProtocolCur",
                        "DelegateMin",
                        "DelegateMax",
                        "DelegateCur");
        assertThat(member.getString("Name")).isEqualTo("n1");
        assertThat(member.getInteger("Status")).isEqualTo(1);
        assertThat(member.getJsonObject("Tags").getString("role")).isEqualTo("consul");
        assertThat(new JsonArray(api.get("/v1/agent/members?wan=1").body())
                        .getJsonObject(0)
                        .getString("Name"))
                .isEqualTo("n1.dc1");
    }

    @Test
    void theAgentAnswersWithoutALeader() {
        api.consensus().setLeading(false);

        registered("{\"Name\":\"web\",\"Check\":{\"TTL\":\"30s\"}}");
        assertThat(api.put("/v1/agent/check/pass/service:web").statusCode()).isEqualTo(200);
        health("/v1/agent/health/service/id/web", 200, "passing");
        assertThat(api.get("/v1/agent/self").statusCode()).isEqualTo(200);
        assertThat(api.get("/v1/agent/metrics?format=prometheus").body()).isEqualTo("# no metrics\n");
    }

    // ---- Hostile input

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|Missing service name",
                "null|Missing service name",
                "[]|expected a JSON object",
                "{\"Name\":\"x\",\"Name2|Request decode failed",
                "{\"Name\":5}|Name must be a string",
                "{\"Name\":\"x\",\"Port\":\"80\"}|Port must be an integer",
                "{\"Name\":\"x\",\"Port\":99999}|Invalid service port 99999",
                "{\"Name\":\"x\",\"Tags\":\"a\"}|Tags must be a list of strings",
                "{\"Name\":\"x\",\"Tags\":[1]}|Tags[0] must be a string",
                "{\"Name\":\"x\",\"Meta\":{\"a\":1}}|Meta.a must be a string",
                "{\"Name\":\"x\",\"Meta\":{\"\":\"1\"}}|Key cannot be blank",
                "{\"Name\":\"x\",\"Meta\":{\"bad key\":\"1\"}}|Key contains invalid characters",
                "{\"Name\":\"x\",\"Meta\":{\"consul-a\":\"1\"}}|is reserved for internal use",
                "{\"Name\":\"x\",\"Weights\":{\"Passing\":0}}|Invalid Weights: Passing must be greater than 0",
                "{\"Name\":\"x\",\"Weights\":{\"Passing\":70000}}|DNS Weight must be between 0 and 65535",
                "{\"Name\":\"x\",\"Address\":\"0.0.0.0\"}|Invalid service address",
                "{\"Name\":\"x\",\"Check\":[]}|Check must be an object",
                "{\"Name\":\"x\",\"Check\":{\"TTL\":\"bad\"}}|invalid duration",
                "{\"Name\":\"x\",\"Check\":{\"TTL\":\"5\"}}|invalid duration",
                "{\"Name\":\"x\",\"Check\":{\"TTL\":\"-5s\"}}|TTL must be > 0 for TTL checks",
                "{\"Name\":\"x\",\"Check\":{\"TTL\":\"5s\",\"Interval\":\"5s\"}}|Interval and TTL cannot both",
                "{\"Name\":\"x\",\"Check\":{\"HTTP\":\"http://a\"}}|Interval must be > 0 for Script, HTTP, or TCP checks",
                "{\"Name\":\"x\",\"Check\":{\"HTTP\":\"not a url\",\"Interval\":\"5s\"}}|is not a URL",
                "{\"Name\":\"x\",\"Check\":{\"TCP\":\"noport\",\"Interval\":\"5s\"}}|is not an address like host:port",
                "{\"Name\":\"x\",\"Check\":{\"TTL\":\"5s\",\"Status\":\"bad\"}}|Status for checks must",
                "{\"Name\":\"x\",\"Kind\":\"connect-proxy\"}|no service mesh",
                "{\"Name\":\"consul\"}|stands for the servers themselves",
            })
    void aRegistrationThatMakesNoSenseIsRefusedWithTheReasonAndChangesNothing(String body, String words) {
        refused(body, words);
    }

    @Test
    void metadataBeyondItsLimitsIsRefusedWithTheLimit() {
        String seventy =
                IntStream.range(0, 70).mapToObj(i -> "\"k" + i + "\":\"v\"").collect(Collectors.joining(","));
        refused("{\"Name\":\"x\",\"Meta\":{" + seventy + "}}", "cannot contain more than 64 key/value pairs");
        refused("{\"Name\":\"x\",\"Meta\":{\"" + "k".repeat(129) + "\":\"v\"}}", "limit: 128 characters");
        refused("{\"Name\":\"x\",\"Meta\":{\"k\":\"" + "v".repeat(513) + "\"}}", "limit: 512 characters");
    }

    @Test
    void unknownFieldsDoNoHarm() {
        registered("{\"Name\":\"x\",\"Bogus\":{\"a\":[1,{}]},\"Namespace\":\"default\",\"Check\":null,\"Tags\":null}");

        assertThat(api.json("/v1/agent/services").fieldNames()).containsExactly("x");
    }

    @Test
    void anOutputBeyondFourKilobytesIsCut() {
        registered("{\"Name\":\"web\",\"Check\":{\"TTL\":\"30s\"}}");

        api.put(
                "/v1/agent/check/update/service:web",
                "{\"Status\":\"passing\",\"Output\":\"" + "x".repeat(9_000) + "\"}");

        assertThat(api.json("/v1/agent/checks").getJsonObject("service:web").getString("Output"))
                .hasSize(4096)
                .endsWith("(captured 4096 of 9000 bytes)");
    }

    // ---- Debug

    @Test
    void configurationThreadsAndLogLinesAreShown() {
        assertThat(api.get("/v1/agent/debug/config").body()).isEqualTo("{\"node_name\":\"n1\"}");
        assertThat(api.get("/v1/agent/debug/threads").body()).contains("coord-shard-", "    at ");
        assertThat(api.get("/v1/agent/debug/log").statusCode()).isEqualTo(200);
    }

    @Test
    void aFlightRecordingIsTakenOnlyWhereThatIsAllowedAndForABoundedTime() {
        HttpResponse<String> refused = api.get("/v1/agent/debug/flight?seconds=1");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("enable_debug = true");
        assertThat(api.get("/v1/agent/debug/flight?seconds=301").statusCode()).isEqualTo(400);
        assertThat(api.get("/v1/agent/debug/flight?seconds=x").body()).contains("1 to 300");
    }
}
