package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /v1/rollouts}, where nobody moves a rollout on but those who ask. */
class RolloutsEndpointTest {

    private static final String PLAN =
            "{\"To\":\"single\",\"Steps\":[10,100],\"Soak\":\"90s\",\"Guards\":[\"cpu=2x,95%\"]}";

    @RegisterExtension
    final ApiServer api = new ApiServer();

    private JsonObject start() {
        HttpResponse<String> started = api.put("/v1/rollouts/hub-shape?author=ann", PLAN);
        assertThat(started.statusCode()).as(started.body()).isEqualTo(200);
        return ApiServer.object(started);
    }

    @Test
    void one_that_is_begun_is_answered_listed_and_read_as_it_was_asked_for() {
        JsonObject started = start();

        assertThat(started.getString("Phase")).isEqualTo("baseline");
        assertThat(started.getString("Soak")).isEqualTo("1m30s");
        assertThat(started.getString("Author")).isEqualTo("ann");
        assertThat(started.getJsonArray("Steps")).containsExactly(10, 100);
        assertThat(started.getJsonArray("Guards").encode())
                .contains("{\"Signal\":\"cpu\",\"Factor\":2.0,\"Floor\":95.0}");
        assertThat(started.containsKey("Reach")).as("no step is on").isFalse();
        assertThat(ApiServer.object(api.get("/v1/rollouts/hub-shape"))).isEqualTo(started);
        assertThat(ApiServer.array(api.get("/v1/rollouts"))).containsExactly(started);
        assertThat(ApiServer.array(api.get("/v1/rollouts/signals"))).isEmpty();
    }

    @Test
    void it_is_paused_resumed_and_aborted_and_each_is_in_its_history() {
        start();

        assertThat(ApiServer.object(api.put("/v1/rollouts/hub-shape/pause?author=bob", ""))
                        .getBoolean("Paused"))
                .isTrue();
        assertThat(ApiServer.object(api.put("/v1/rollouts/hub-shape/resume?author=bob", ""))
                        .getBoolean("Paused"))
                .isFalse();
        HttpResponse<String> aborted = api.put("/v1/rollouts/hub-shape/abort?author=bob", "");

        assertThat(ApiServer.object(aborted).getString("Phase")).isEqualTo("aborted");
        assertThat(ApiServer.object(aborted).getJsonArray("Events").stream()
                        .map(JsonObject.class::cast)
                        .map(event -> event.getString("Kind") + " by " + event.getString("Author")))
                .containsExactly("started by ann", "paused by bob", "resumed by bob", "aborted by bob");
    }

    @Test
    void a_reader_that_waits_is_answered_by_the_change() throws Exception {
        HttpResponse<String> none = api.get("/v1/rollouts");
        CompletableFuture<HttpResponse<String>> waiting =
                api.getAsync("/v1/rollouts?wait=1m&index=" + ApiServer.index(none));

        start();

        HttpResponse<String> answer = waiting.get(20, TimeUnit.SECONDS);
        assertThat(ApiServer.array(answer)).hasSize(1);
        assertThat(ApiServer.index(answer)).isGreaterThan(ApiServer.index(none));
    }

    @Test
    void one_that_there_never_was_is_not_found() {
        assertThat(api.get("/v1/rollouts/hub-shape").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nothing          | {"To":"single"}                               | there is no feature "nothing"
            hub-shape        | {"To":"round"}                                | can be configured, sharded, keyed, single, not "round"
            hub-shape        | {"To":"single","Service":"web"}               | is decided for servers, not for services
            hub-shape        | {"To":"single","Steps":[50,10]}               | step 10 comes after 50
            streaming        | {"Service":"web"}                             | to begin from the other choice, coord flags set coord streaming off
            hub-shape        | {"To":"configured"}                           | is "configured" for everyone already, for without a flag it counts as that
            hub-shape        | {"To":"single","Steps":[1.5,10]}              | step 1.5 is no whole number of per cent
            hub-shape        | {"To":"single","Soak":"1ms"}                  | soak is 1 ms
            hub-shape        | {"To":"single","Guards":["disk=2x"]}          | "disk" is no signal
            hub-shape        | {"To":"single","Guards":["cpu"]}              | SIGNAL=FACTORx
            hub-shape        | {"To":"single","SamplesMin":0}                | samples is 0: at least 1
            hub-shape        | {"To":"single","Colour":"red"}                | Colour
            hub-shape        | {"To":                                        | Request decode failed
            hub-shape/pause  | {}                                            | has no rollout under way
            hub-shape/lift   | {}                                            | has no rollout under way
            hub-shape/finish | {}                                            | "finish" can't be done with a rollout
            """)
    void what_makes_no_sense_is_refused_by_name_and_changes_nothing(String path, String body, String problem) {
        HttpResponse<String> refused = api.put("/v1/rollouts/" + path, body);

        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        assertThat(refused.body()).contains(problem);
        assertThat(api.consensus().latest().rollouts()).isEmpty();
        assertThat(api.consensus().latest().flagSet("coord")).isNull();
    }

    @Test
    void a_second_one_for_the_same_feature_is_refused_and_the_first_stays() {
        JsonObject first = start();

        HttpResponse<String> second = api.put("/v1/rollouts/hub-shape", PLAN);

        assertThat(second.statusCode()).isEqualTo(400);
        assertThat(second.body()).contains("abort it first");
        assertThat(ApiServer.array(api.get("/v1/rollouts"))).containsExactly(first);
        assertThat(api.put("/v1/rollouts/hub-shape/lift", "").body()).contains("is not held");
    }
}
