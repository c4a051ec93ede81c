package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.watch.Topics;
import dev.coord.server.watch.WatchMeans;
import dev.coord.streaming.HubStats;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Blocking queries over HTTP. None of them sleeps: a parked query is seen at the hub. */
class BlockingReadTest {

    private static final String WEB = "{\"Node\":\"%s\",\"Address\":\"10.0.0.1\",\"Service\":{\"Service\":\"%s\"}}";

    @RegisterExtension
    final ApiServer api = new ApiServer();

    @Test
    void aQueryWithAnOldIndexIsAnsweredAtOnce() {
        api.put("/v1/kv/a", "1");

        assertThat(api.get("/v1/kv/a?index=1&wait=10m").statusCode()).isEqualTo(200);
    }

    @Test
    void aKeyWakesItsWatcherAndTheAnswerHoldsTheNewValueAndIndex() {
        api.put("/v1/kv/a", "1");
        long index = ApiServer.index(api.get("/v1/kv/a"));
        var watcher = parked("/v1/kv/a?index=" + index + "&wait=10m");

        api.put("/v1/kv/a", "2");

        HttpResponse<String> woken = watcher.join();
        assertThat(ApiServer.index(woken)).isGreaterThan(index);
        assertThat(ApiServer.array(woken).getJsonObject(0).getString("Value")).isEqualTo("Mg==");
    }

    @Test
    void aMissingKeyBlocksAndWakesWhenItIsCreatedAndOnlyThen() {
        api.put("/v1/kv/other", "1");
        long index = ApiServer.index(api.get("/v1/kv/missing"));
        var watcher = parked("/v1/kv/missing?index=" + index + "&wait=10m");

        api.put("/v1/kv/other", "2");
        api.put("/v1/kv/missing2", "2");
        assertThat(watcher).isNotDone();
        api.put("/v1/kv/missing", "here");

        assertThat(watcher.join().statusCode()).isEqualTo(200);
    }

    @Test
    void anIdenticalPutWakesNobody() {
        api.put("/v1/kv/a", "1");
        long index = ApiServer.index(api.get("/v1/kv/a"));
        var watcher = parked("/v1/kv/a?index=" + index + "&wait=10m");

        api.put("/v1/kv/a", "1");
        assertThat(watcher).isNotDone();
        api.put("/v1/kv/a", "2");

        assertThat(ApiServer.array(watcher.join()).getJsonObject(0).getString("Value"))
                .isEqualTo("Mg==");
    }

    @Test
    void aDeleteUnderAPrefixWakesItsWatcherAndRaisesItsIndex() {
        api.put("/v1/kv/p/a", "1");
        api.put("/v1/kv/p/b", "1");
        long index = ApiServer.index(api.get("/v1/kv/p/?recurse"));
        var watcher = parked("/v1/kv/p/?recurse&index=" + index + "&wait=10m");

        api.delete("/v1/kv/p/a");

        assertThat(ApiServer.index(watcher.join())).isGreaterThan(index);
        assertThat(ApiServer.array(watcher.join())).hasSize(1);
    }

    @Test
    void theLastKeyUnderAPrefixGoingAwayIsA404WithARisenIndex() {
        api.put("/v1/kv/p/a", "1");
        long index = ApiServer.index(api.get("/v1/kv/p/?keys"));
        var watcher = parked("/v1/kv/p/?keys&index=" + index + "&wait=10m");

        api.delete("/v1/kv/p/a");

        assertThat(watcher.join().statusCode()).isEqualTo(404);
        assertThat(ApiServer.index(watcher.join())).isGreaterThan(index);
    }

    @Test
    void aWatcherOfOneServiceDoesNotWakeForAnother() {
        api.put("/v1/catalog/register", WEB.formatted("n1", "web"));
        long index = ApiServer.index(api.get("/v1/health/service/web"));
        var watcher = parked("/v1/health/service/web?index=" + index + "&wait=10m");

        api.put("/v1/catalog/register", WEB.formatted("n2", "db"));
        assertThat(watcher).isNotDone();
        api.put("/v1/catalog/register", WEB.formatted("n2", "web"));

        assertThat(ApiServer.array(watcher.join())).hasSize(2);
    }

    @Test
    void theEndOfTheWaitAnswersWithWhatThereIs() {
        api.put("/v1/kv/a", "1");
        long index = ApiServer.index(api.get("/v1/kv/a"));

        HttpResponse<String> response =
                api.getAsync("/v1/kv/a?index=" + index + "&wait=50ms").join();

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(ApiServer.index(response)).isEqualTo(index);
    }

    @Test
    void manyEqualWatchersAllGetTheSameAnswer() {
        api.put("/v1/catalog/register", WEB.formatted("n1", "web"));
        long index = ApiServer.index(api.get("/v1/health/service/web"));
        int watchers = 50;
        List<CompletableFuture<HttpResponse<String>>> parked = new ArrayList<>();
        for (int i = 0; i < watchers; i++) {
            parked.add(api.getAsync("/v1/health/service/web?index=" + index + "&wait=10m"));
        }
        await().until(() -> waiters() == watchers);

        api.put("/v1/catalog/register", WEB.formatted("n2", "web"));

        String body = parked.get(0).join().body();
        assertThat(ApiServer.array(parked.get(0).join())).hasSize(2);
        assertThat(parked).allSatisfy(one -> assertThat(one.join().body()).isEqualTo(body));
    }

    @Test
    void anAnswerToABlockingQuerySaysHowTheServerWouldHaveItWatched() {
        api.put("/v1/kv/a", "1");
        assertThat(api.get("/v1/kv/a?index=1").headers().firstValue("X-Coord-Watch"))
                .isEmpty();
        api.steering()
                .steerBy((subject, client) -> subject.equals(Topics.key("a")) ? WatchMeans.STREAM : WatchMeans.POLL);
        assertThat(api.get("/v1/kv/a?index=1").headers().firstValue("X-Coord-Watch"))
                .hasValue("stream");
        assertThat(api.get("/v1/kv/?recurse&index=1").headers().firstValue("X-Coord-Watch"))
                .hasValue("poll");
        assertThat(api.get("/v1/kv/a").headers().firstValue("X-Coord-Watch")).isEmpty();
    }

    @Test
    void aWatcherThatGoesAwayLeavesNothingBehind() {
        api.put("/v1/kv/a", "1");
        long index = ApiServer.index(api.get("/v1/kv/a"));
        HttpRequest impatient = api.request("/v1/kv/a?index=" + index + "&wait=10m")
                .timeout(Duration.ofSeconds(1))
                .build();

        CompletableFuture<HttpResponse<String>> gone = api.client().sendAsync(impatient, BodyHandlers.ofString());
        await().until(() -> waiters() == 1);

        await().until(gone::isCompletedExceptionally);
        await().until(() -> waiters() == 0);
    }

    private CompletableFuture<HttpResponse<String>> parked(String pathAndQuery) {
        CompletableFuture<HttpResponse<String>> watcher = api.getAsync(pathAndQuery);
        await().until(() -> waiters() == 1);
        return watcher;
    }

    private int waiters() {
        return api.hub().stats().shards().stream()
                .mapToInt(HubStats.Shard::waiters)
                .sum();
    }
}
