package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The catalog and health over HTTP; the exact bodies are those of Consul 1.8.7, indexes left out. */
class CatalogEndpointTest {

    private static final String WEB_ON_N1 = "{\"Node\":\"n1\",\"Address\":\"10.0.0.1\",\"NodeMeta\":{\"env\":\"prod\"},"
            + "\"TaggedAddresses\":{\"lan\":\"10.0.0.1\"},\"Service\":{\"ID\":\"web1\",\"Service\":\"web\","
            + "\"Tags\":[\"a\",\"b\"],\"Port\":80,\"Meta\":{\"v\":\"1\"}},\"Check\":{\"Name\":\"c\","
            + "\"Status\":\"passing\",\"ServiceID\":\"web1\",\"Output\":\"ok\",\"Notes\":\"nn\"}}";
    private static final String WEB_ON_N2 =
            "{\"Node\":\"n2\",\"Address\":\"10.0.0.2\",\"Service\":{\"Service\":\"web\","
                    + "\"Address\":\"1.2.3.4\",\"Weights\":{\"Passing\":3,\"Warning\":2},"
                    + "\"TaggedAddresses\":{\"lan\":{\"Address\":\"5.5.5.5\",\"Port\":8}}},\"Checks\":[{\"CheckID\":\"k\","
                    + "\"Name\":\"c\",\"Status\":\"critical\",\"Definition\":{\"HTTP\":\"http://x\",\"Interval\":\"10s\","
                    + "\"DeregisterCriticalServiceAfter\":\"2m\",\"Header\":{\"a\":[\"b\"]}}},{\"Name\":\"noid\"}]}";
    private static final String N1 = "{\"ID\":\"\",\"Node\":\"n1\",\"Address\":\"10.0.0.1\",\"Datacenter\":\"dc1\","
            + "\"TaggedAddresses\":{\"lan\":\"10.0.0.1\"},\"Meta\":{\"env\":\"prod\"},\"CreateIndex\":N,"
            + "\"ModifyIndex\":N}";
    private static final String WEB1 = "{\"ID\":\"web1\",\"Service\":\"web\",\"Tags\":[\"a\",\"b\"],\"Address\":\"\","
            + "\"Meta\":{\"v\":\"1\"},\"Port\":80,\"Weights\":{\"Passing\":1,\"Warning\":1},"
            + "\"EnableTagOverride\":false,\"Proxy\":{\"MeshGateway\":{},\"Expose\":{}},\"Connect\":{},"
            + "\"CreateIndex\":N,\"ModifyIndex\":N}";
    private static final String CHECK = "{\"Node\":\"n1\",\"CheckID\":\"c\",\"Name\":\"c\",\"Status\":\"passing\","
            + "\"Notes\":\"nn\",\"Output\":\"ok\",\"ServiceID\":\"web1\",\"ServiceName\":\"web\","
            + "\"ServiceTags\":[\"a\",\"b\"],\"Type\":\"\",\"Definition\":{},\"CreateIndex\":N,\"ModifyIndex\":N}";

    @RegisterExtension
    final ApiServer api = new ApiServer();

    @BeforeEach
    void registerTwoInstances() {
        assertThat(api.put("/v1/catalog/register", WEB_ON_N1).body()).isEqualTo("true");
        assertThat(api.put("/v1/catalog/register", WEB_ON_N2).body()).isEqualTo("true");
    }

    @Test
    void aNodeHasEveryFieldOfConsul() {
        assertThat(body("/v1/catalog/nodes?node-meta=env:prod")).isEqualTo("[" + N1 + "]");
        assertThat(body("/v1/catalog/node/n1")).isEqualTo("{\"Node\":" + N1 + ",\"Services\":{\"web1\":" + WEB1 + "}}");
        assertThat(body("/v1/catalog/node-services/n1")).isEqualTo("{\"Node\":" + N1 + ",\"Services\":[" + WEB1 + "]}");
    }

    @Test
    void whatIsNotSetIsNullOrLeftOutAsInConsul() {
        assertThat(body("/v1/catalog/node/n2"))
                .contains("\"TaggedAddresses\":null,\"Meta\":null")
                .contains("\"Tags\":[]")
                .contains("\"TaggedAddresses\":{\"lan\":{\"Address\":\"5.5.5.5\",\"Port\":8}}");
    }

    @Test
    void aServiceInTheCatalogIsFlat() {
        assertThat(body("/v1/catalog/service/web?tag=a"))
                .isEqualTo("[{\"ID\":\"\",\"Node\":\"n1\",\"Address\":\"10.0.0.1\",\"Datacenter\":\"dc1\","
                        + "\"TaggedAddresses\":{\"lan\":\"10.0.0.1\"},\"NodeMeta\":{\"env\":\"prod\"},"
                        + "\"ServiceKind\":\"\",\"ServiceID\":\"web1\",\"ServiceName\":\"web\","
                        + "\"ServiceTags\":[\"a\",\"b\"],\"ServiceAddress\":\"\","
                        + "\"ServiceWeights\":{\"Passing\":1,\"Warning\":1},\"ServiceMeta\":{\"v\":\"1\"},"
                        + "\"ServicePort\":80,\"ServiceEnableTagOverride\":false,"
                        + "\"ServiceProxy\":{\"MeshGateway\":{},\"Expose\":{}},\"ServiceConnect\":{},"
                        + "\"CreateIndex\":N,\"ModifyIndex\":N}]");
    }

    @Test
    void anInstanceComesWithItsNodeAndItsChecks() {
        assertThat(body("/v1/health/service/web?passing"))
                .isEqualTo("[{\"Node\":" + N1 + ",\"Service\":" + WEB1 + ",\"Checks\":[" + CHECK + "]}]");
        assertThat(ApiServer.array(api.get("/v1/health/service/web"))).hasSize(2);
        assertThat(api.get("/v1/health/service/web?passing=zz").statusCode()).isEqualTo(400);
    }

    @Test
    void aCheckShowsItsDefinitionWithDurationsAsText() {
        assertThat(body("/v1/health/node/n2"))
                .contains("\"Type\":\"http\",\"Definition\":{\"Interval\":\"10s\","
                        + "\"DeregisterCriticalServiceAfter\":\"2m0s\",\"HTTP\":\"http://x\","
                        + "\"Header\":{\"a\":[\"b\"]}}")
                .contains("\"CheckID\":\"noid\",\"Name\":\"noid\",\"Status\":\"critical\"");
    }

    @Test
    void checksAreFoundByServiceAndByState() {
        assertThat(body("/v1/health/checks/web")).isEqualTo("[" + CHECK + "]");
        assertThat(body("/v1/health/state/passing")).isEqualTo("[" + CHECK + "]");
        assertThat(ApiServer.array(api.get("/v1/health/state/critical"))).hasSize(2);
        assertThat(ApiServer.array(api.get("/v1/health/state/any"))).hasSize(3);
        assertThat(ApiServer.array(api.get("/v1/health/state/any?node-meta=env:prod")))
                .hasSize(1);
        assertThat(body("/v1/health/state/nonsense")).isEqualTo("[]");
    }

    @Test
    void servicesComeWithTheUnionOfTheirTags() {
        assertThat(body("/v1/catalog/services")).isEqualTo("{\"web\":[\"a\",\"b\"]}");
        assertThat(body("/v1/catalog/services?node-meta=env:test")).isEqualTo("{}");
    }

    @Test
    void whatIsUnknownIsAnEmptyListOrNullAndStillHasAnIndex() {
        for (String path :
                new String[] {"catalog/service/no", "health/service/no", "health/checks/no", "health/node/no"}) {
            assertThat(api.get("/v1/" + path).body()).as(path).isEqualTo("[]");
            assertThat(ApiServer.index(api.get("/v1/" + path))).as(path).isGreaterThanOrEqualTo(1);
        }
        HttpResponse<String> node = api.get("/v1/catalog/node/no");
        assertThat(node.statusCode()).isEqualTo(200);
        assertThat(node.body()).isEqualTo("null");
        assertThat(api.get("/v1/catalog/node-services/no").body()).isEqualTo("{\"Node\":null,\"Services\":null}");
        assertThat(api.get("/v1/catalog/service/").body()).isEqualTo("Missing service name");
    }

    @Test
    void deregisteringAServiceTakesItsChecksAndANodeTakesAll() {
        api.put("/v1/catalog/deregister", "{\"Node\":\"n1\",\"ServiceID\":\"web1\"}");
        assertThat(body("/v1/health/node/n1")).isEqualTo("[]");
        assertThat(ApiServer.array(api.get("/v1/catalog/service/web"))).hasSize(1);

        assertThat(api.put("/v1/catalog/deregister", "{\"Node\":\"n2\"}").body())
                .isEqualTo("true");

        assertThat(body("/v1/catalog/services")).isEqualTo("{}");
        assertThat(api.put("/v1/catalog/deregister", "{\"Node\":\"never\"}").body())
                .isEqualTo("true");
        assertThat(api.put("/v1/catalog/deregister", "{}").body()).isEqualTo("Must provide node");
    }

    @Test
    void snakeCaseAndNanosecondsAreUnderstood() {
        api.put(
                "/v1/catalog/register",
                "{\"node\":\"n3\",\"address\":\"x\",\"node_meta\":{\"k\":\"v\"},\"service\":{\"service\":\"s\","
                        + "\"enable_tag_override\":true},\"check\":{\"name\":\"t\",\"service_id\":\"s\","
                        + "\"definition\":{\"ttl\":5000000000,\"interval\":\"1m30s\"}}}");

        assertThat(body("/v1/health/service/s"))
                .contains("\"Meta\":{\"k\":\"v\"}")
                .contains("\"EnableTagOverride\":true")
                .contains("\"Definition\":{\"Interval\":\"1m30s\",\"TTL\":5000000000}");
    }

    @Test
    void aRegistrationThatMakesNoSenseSaysWhy() {
        assertThat(register("{\"Node\":\"n\"}")).isEqualTo("Must provide address if SkipNodeUpdate is not set");
        assertThat(register("{\"Address\":\"x\"}")).isEqualTo("Must provide node");
        assertThat(register("{\"Node\":\"n\",\"Address\":\"x\",\"Service\":{\"ID\":\"x\"}}"))
                .isEqualTo("Must provide service name with ID");
        assertThat(register("{\"Node\":\"n\",\"Address\":\"x\",\"Service\":{\"Port\":\"x\"}}"))
                .isEqualTo("Request decode failed: Service.Port must be an integer of 32 bits, not a string");
        assertThat(register("{\"Node\":\"n\",\"Address\":\"x\",\"Service\":{\"Service\":\"s\",\"Tags\":[1]}}"))
                .contains("Service.Tags[0] must be a string, not the number 1");
        assertThat(register("{\"Node\":\"n1\",\"Address\":\"x\",\"Check\":{\"Name\":\"x\",\"ServiceID\":\"no\"}}"))
                .contains("Missing service registration");
        assertThat(register("{\"Node\":\"n1\",\"Address\":\"x\",\"Check\":{\"Name\":\"x\",\"Status\":\"odd\"}}"))
                .contains("invalid check status \"odd\"");
        assertThat(register("{\"ID\":\"zzz\",\"Node\":\"n9\",\"Address\":\"x\"}"))
                .startsWith("Bad node ID");
        assertThat(register("{\"Datacenter\":\"dc9\",\"Node\":\"n\",\"Address\":\"x\"}"))
                .isEqualTo("No path to datacenter");
    }

    @Test
    void filtersAreAppliedToEachKindOfAnswer() {
        assertThat(ApiServer.array(api.get("/v1/catalog/nodes?filter=Meta.env%20==%20prod")))
                .hasSize(1);
        assertThat(ApiServer.array(api.get("/v1/health/service/web?filter=Checks.Status%20==%20critical")))
                .hasSize(1);
        assertThat(ApiServer.array(api.get("/v1/catalog/service/web?filter=a%20in%20ServiceTags")))
                .hasSize(1);
        assertThat(ApiServer.array(api.get("/v1/health/state/any?filter=ServiceName%20==%20web")))
                .hasSize(1);
        assertThat(ApiServer.object(api.get("/v1/catalog/node/n1?filter=Service%20!=%20web"))
                        .getJsonObject("Services"))
                .isEmpty();
    }

    @Test
    void anUnknownSelectorIs400WithItsName() {
        HttpResponse<String> response = api.get("/v1/health/service/web?filter=Node.Foo%20==%20x");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body())
                .isEqualTo("Failed to create boolean expression evaluator: Selector \"Node.Foo\" is not valid");
    }

    private String body(String path) {
        return api.get(path).body().replaceAll("(\"(?:Create|Modify)Index\":)\\d+", "$1N");
    }

    private String register(String json) {
        HttpResponse<String> response = api.put("/v1/catalog/register", json);
        assertThat(response.statusCode()).isGreaterThanOrEqualTo(400);
        return response.body();
    }
}
