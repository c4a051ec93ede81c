package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.CommandLimits;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and values over HTTP. */
class KvEndpointTest {

    @RegisterExtension
    final ApiServer api = new ApiServer();

    @Test
    void aWrittenKeyIsReadBackWithEveryFieldOfConsul() {
        assertThat(api.put("/v1/kv/a/b?flags=42", "value").body()).isEqualTo("true");

        HttpResponse<String> response = api.get("/v1/kv/a/b");

        assertThat(response.statusCode()).isEqualTo(200);
        long index = ApiServer.index(response);
        assertThat(response.body())
                .isEqualTo("[{\"LockIndex\":0,\"Key\":\"a/b\",\"Flags\":42,\"Value\":\"dmFsdWU=\",\"CreateIndex\":"
                        + index + ",\"ModifyIndex\":" + index + "}]");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.headers().firstValue("X-Consul-KnownLeader")).hasValue("true");
        assertThat(response.headers().firstValue("X-Consul-LastContact")).hasValue("0");
    }

    @Test
    void noKeyEverHasModifyIndexOneSoThatCasOneFails() {
        api.put("/v1/kv/first", "x");

        assertThat(entry("first").getLong("ModifyIndex")).isGreaterThan(1);
        assertThat(api.put("/v1/kv/first?cas=1", "y").body()).isEqualTo("false");
    }

    @Test
    void aMissingKeyIs404WithAnEmptyBodyAndAnIndex() {
        HttpResponse<String> response = api.get("/v1/kv/nothing");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).isEmpty();
        assertThat(ApiServer.index(response)).isGreaterThanOrEqualTo(1);
    }

    @Test
    void anEmptyValueIsNullAsInConsul() {
        api.put("/v1/kv/empty", "");

        assertThat(entry("empty").getString("Value")).isNull();
        assertThat(api.get("/v1/kv/empty?raw").body()).isEmpty();
    }

    @Test
    void rawGivesTheBytesAlone() {
        api.put("/v1/kv/page", "<b>hello</b>");

        HttpResponse<String> response = api.get("/v1/kv/page?raw");

        assertThat(response.body()).isEqualTo("<b>hello</b>");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(response.headers().firstValue("X-Consul-Index")).isPresent();
    }

    @Test
    void flagsAreUnsigned64Bits() {
        api.put("/v1/kv/lock?flags=18446744073709551615", "x");

        assertThat(api.get("/v1/kv/lock").body()).contains("\"Flags\":18446744073709551615");
        assertThat(api.put("/v1/kv/lock?flags=-1", "x").statusCode()).isEqualTo(400);
        assertThat(api.put("/v1/kv/lock?flags=zz", "x").body()).contains("invalid flags \"zz\"");
    }

    @Test
    void casZeroOnlyCreatesAndCasIndexOnlyReplacesThatVersion() {
        assertThat(api.put("/v1/kv/c?cas=0", "one").body()).isEqualTo("true");
        assertThat(api.put("/v1/kv/c?cas=0", "two").body()).isEqualTo("false");
        long version = entry("c").getLong("ModifyIndex");

        assertThat(api.put("/v1/kv/c?cas=" + (version + 100), "three").body()).isEqualTo("false");
        HttpResponse<String> replaced = api.put("/v1/kv/c?cas=" + version, "four");

        assertThat(replaced.statusCode()).isEqualTo(200);
        assertThat(replaced.body()).isEqualTo("true");
        assertThat(value("c")).isEqualTo("four");
        assertThat(api.delete("/v1/kv/c?cas=" + version).body()).isEqualTo("false");
        assertThat(api.delete("/v1/kv/c?cas=" + entry("c").getLong("ModifyIndex"))
                        .body())
                .isEqualTo("true");
        assertThat(api.put("/v1/kv/c?cas=zz", "x").statusCode()).isEqualTo(400);
    }

    @Test
    void anIdenticalPutDoesNotChangeTheModifyIndex() {
        api.put("/v1/kv/same", "x");
        long before = entry("same").getLong("ModifyIndex");
        api.put("/v1/kv/other", "y");

        api.put("/v1/kv/same", "x");

        assertThat(entry("same").getLong("ModifyIndex")).isEqualTo(before);
    }

    @Test
    void recurseListsAPrefixInOrderAndItsIndexDoesNotFallWhenAKeyIsDeleted() {
        api.put("/v1/kv/p/b", "2");
        api.put("/v1/kv/p/a", "1");
        api.put("/v1/kv/q", "3");

        HttpResponse<String> all = api.get("/v1/kv/p/?recurse=");
        long before = ApiServer.index(all);
        api.delete("/v1/kv/p/b");
        HttpResponse<String> after = api.get("/v1/kv/p/?recurse");

        assertThat(ApiServer.array(all).stream().map(e -> ((JsonObject) e).getString("Key")))
                .containsExactly("p/a", "p/b");
        assertThat(ApiServer.array(after)).hasSize(1);
        assertThat(ApiServer.index(after)).isGreaterThan(before);
    }

    @Test
    void recurseComesInPagesWhereALimitIsGiven() {
        for (String key : new String[] {"p/a", "p/b", "p/c", "q"}) {
            api.put("/v1/kv/" + key, "v");
        }
        assertThat(api.get("/v1/kv/p/?recurse&limit=2").body())
                .contains("p/a", "p/b")
                .doesNotContain("p/c");
        assertThat(api.get("/v1/kv/p/?recurse&limit=2&after=p/b").body())
                .contains("p/c")
                .doesNotContain("p/b", "\"q\"");
        assertThat(api.get("/v1/kv/p/?recurse&limit=2&after=p/c").statusCode()).isEqualTo(404);
        api.put("/v1/kv/r/a", "v".repeat(500_000));
        api.put("/v1/kv/r/b", "v".repeat(500_000));
        api.put("/v1/kv/r/c", "v".repeat(500_000));
        api.put("/v1/kv/r/d", "v");
        assertThat(api.get("/v1/kv/r/?recurse&limit=1000").body())
                .as("a page also ends at 1 MiB of values")
                .contains("r/c")
                .doesNotContain("r/d");
        for (String wrong : new String[] {"limit=0", "limit=1001", "limit=x", "after=p/a"}) {
            assertThat(api.get("/v1/kv/p/?recurse&" + wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void recurseOnTheEmptyPrefixListsEverythingAndOnNothing404() {
        assertThat(api.get("/v1/kv/?recurse").statusCode()).isEqualTo(404);
        api.put("/v1/kv/a", "1");
        api.put("/v1/kv/b/", "2");

        assertThat(ApiServer.array(api.get("/v1/kv/?recurse"))).hasSize(2);
        assertThat(api.get("/v1/kv/none?recurse").statusCode()).isEqualTo(404);
    }

    @Test
    void keysCanBeCutAtASeparator() {
        for (String key : new String[] {"web/a", "web/bar/1", "web/bar/2", "web/z/1"}) {
            api.put("/v1/kv/" + key, "x");
        }

        assertThat(api.get("/v1/kv/web/?keys").body()).isEqualTo("[\"web/a\",\"web/bar/1\",\"web/bar/2\",\"web/z/1\"]");
        assertThat(api.get("/v1/kv/web/?keys&separator=/").body()).isEqualTo("[\"web/a\",\"web/bar/\",\"web/z/\"]");
        assertThat(api.get("/v1/kv/web/b?keys&separator=/").body()).isEqualTo("[\"web/bar/\"]");
        assertThat(api.get("/v1/kv/nope?keys").statusCode()).isEqualTo(404);
    }

    @Test
    void keysOfAnEmptyStoreAreAnEmptyList() {
        assertThat(api.get("/v1/kv/?keys").body()).isEqualTo("[]");
    }

    @Test
    void deletingWhatIsNotThereSucceeds() {
        assertThat(api.delete("/v1/kv/nothing").body()).isEqualTo("true");
        assertThat(api.delete("/v1/kv/nothing?recurse").body()).isEqualTo("true");
    }

    @Test
    void deleteRecurseTakesThePrefixAndNothingElse() {
        api.put("/v1/kv/d/1", "x");
        api.put("/v1/kv/d/2", "x");
        api.put("/v1/kv/e", "x");

        assertThat(api.delete("/v1/kv/d/?recurse").body()).isEqualTo("true");

        assertThat(api.get("/v1/kv/?keys").body()).isEqualTo("[\"e\"]");
        assertThat(api.delete("/v1/kv/?recurse").body()).isEqualTo("true");
        assertThat(api.get("/v1/kv/?keys").body()).isEqualTo("[]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b",
                "a%2Fb",
                "sp%20ace",
                "q%3Fm",
                "h%23m",
                "p%25c",
                "%C3%BCml%C3%A4ut",
                "a+b",
                "tr/",
                "%F0%9F%98%80"
            })
    void keysRoundTripThroughPercentEncoding(String rawPath) {
        String key = java.net.URLDecoder.decode(rawPath.replace("+", "%2B"), StandardCharsets.UTF_8);

        assertThat(api.put("/v1/kv/" + rawPath, rawPath).body()).isEqualTo("true");

        assertThat(ApiServer.array(api.get("/v1/kv/" + rawPath))
                        .getJsonObject(0)
                        .getString("Key"))
                .isEqualTo(key);
        assertThat(api.consensus().latest().kv(key)).isNotNull();
    }

    @Test
    void aKeyWithAnEmptySegmentIsRedirectedToTheCleanPath() {
        for (String path : new String[] {"/v1/kv/a//b?raw=1&x", "/v1/kv/a%2F%2Fb?raw=1&x"}) {
            HttpResponse<String> response = api.get(path);

            assertThat(response.statusCode()).isEqualTo(301);
            assertThat(response.headers().firstValue("Location")).hasValue("/v1/kv/a/b?raw=1&x");
            assertThat(response.body()).isEqualTo("<a href=\"/v1/kv/a/b?raw=1&amp;x\">Moved Permanently</a>.\n\n");
        }
        assertThat(api.put("/v1/kv//a", "x").body()).isEmpty();
        assertThat(api.put("/v1/kv//a", "x").headers().firstValue("Location")).hasValue("/v1/kv/a");
        assertThat(api.get("/v1/kv?recurse").headers().firstValue("Location")).hasValue("/v1/kv/?recurse");
    }

    @Test
    void anEmptyKeyIsRefused() {
        assertThat(api.put("/v1/kv/", "x").statusCode()).isEqualTo(400);
        assertThat(api.put("/v1/kv/", "x").body()).isEqualTo("Missing key name");
        assertThat(api.get("/v1/kv/").body()).isEqualTo("Missing key name");
        assertThat(api.delete("/v1/kv/").body()).isEqualTo("Missing key name");
    }

    @Test
    void aValueOf512KiBIsAcceptedAndOneByteMoreIs413() {
        byte[] largest = new byte[CommandLimits.VALUE_BYTES_MAX];
        assertThat(api.put("/v1/kv/large", largest).body()).isEqualTo("true");
        assertThat(Base64.getDecoder().decode(entry("large").getString("Value")))
                .isEqualTo(largest);

        HttpResponse<String> refused = api.put("/v1/kv/larger", new byte[CommandLimits.VALUE_BYTES_MAX + 1]);

        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(refused.body()).contains("524289 bytes").contains("too large, max size: 524288 bytes");
        assertThat(api.get("/v1/kv/larger").statusCode()).isEqualTo(404);
    }

    @Test
    void aKeyOf16kBIsAcceptedAndALongerOneRefused() {
        String longest = "k".repeat(CommandLimits.KEY_BYTES_MAX);
        assertThat(api.put("/v1/kv/" + longest, "x").body()).isEqualTo("true");
        assertThat(api.get("/v1/kv/" + longest + "?raw").body()).isEqualTo("x");
        String encoded = URLEncoder.encode("ü".repeat(CommandLimits.KEY_BYTES_MAX / 2), StandardCharsets.UTF_8);
        assertThat(api.put("/v1/kv/" + encoded, "x").body()).isEqualTo("true");

        HttpResponse<String> refused = api.put("/v1/kv/" + longest + "k", "x");

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("longer than 16384 bytes");
    }

    @Test
    void conflictingParametersAreRefused() {
        assertThat(api.put("/v1/kv/x?acquire=a&release=b", "x").body()).startsWith("Conflicting flags");
        assertThat(api.put("/v1/kv/x?cas=1&release=b", "x").statusCode()).isEqualTo(400);
        assertThat(api.delete("/v1/kv/x?recurse&cas=1").statusCode()).isEqualTo(400);
    }

    @Test
    void prettyIndentsByFourSpaces() {
        api.put("/v1/kv/a", "x");

        assertThat(api.get("/v1/kv/a?pretty").body())
                .startsWith("[\n    {\n        \"LockIndex\": 0,\n        \"Key\": \"a\",\n")
                .endsWith("\n    }\n]\n");
    }

    private JsonObject entry(String key) {
        return ApiServer.array(api.get("/v1/kv/" + key)).getJsonObject(0);
    }

    private String value(String key) {
        return new String(Base64.getDecoder().decode(entry(key).getString("Value")), StandardCharsets.UTF_8);
    }
}
