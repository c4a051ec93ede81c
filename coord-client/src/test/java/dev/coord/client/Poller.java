package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.history.AppliedLog;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Somebody who only knows Consul's HTTP: one blocking query after the other, at whatever server answers. Every answer is held
 * against the log of what was applied. Runs on a thread of its own until interrupted.
 */
final class Poller implements Runnable {

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<WatchedServer> servers;
    private final AppliedLog applied;
    private final Random random;
    private final String path;
    private final Function<String, Map<String, String>> content;
    private final Function<AppliedLog.View, Map<String, String>> expected;

    /** The index of the last answer: the poller's thread's. */
    private long index;

    private volatile Map<String, String> known = Map.of();
    private final AtomicInteger answers = new AtomicInteger();

    private Poller(
            List<WatchedServer> servers,
            AppliedLog applied,
            Random random,
            String path,
            Function<String, Map<String, String>> content,
            Function<AppliedLog.View, Map<String, String>> expected) {
        this.servers = servers;
        this.applied = applied;
        this.random = random;
        this.path = path;
        this.content = content;
        this.expected = expected;
    }

    static Poller ofKeys(List<WatchedServer> servers, AppliedLog applied, Random random, String prefix) {
        return new Poller(
                servers,
                applied,
                random,
                "/v1/kv/" + prefix + "?recurse",
                Poller::keys,
                view -> view.keysUnder(prefix));
    }

    static Poller ofService(List<WatchedServer> servers, AppliedLog applied, Random random, String service) {
        return new Poller(
                servers,
                applied,
                random,
                "/v1/health/service/" + service + "?",
                body -> instances(service, body),
                view -> view.instancesOf(service));
    }

    Map<String, String> known() {
        return known;
    }

    /** What it should know when nothing changes any more. */
    Map<String, String> expected() {
        return expected.apply(applied.newest());
    }

    int answers() {
        return answers.get();
    }

    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                WatchedServer server = servers.get(random.nextInt(servers.size()));
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create("http://" + server.httpAddress() + path + "&index=" + index + "&wait=2s"))
                        .timeout(Duration.ofSeconds(10))
                        .build();
                try {
                    take(http.send(request, HttpResponse.BodyHandlers.ofString()));
                } catch (IOException e) {
                    // Stopped, or in the middle of it.
                    TimeUnit.MILLISECONDS.sleep(20);
                }
                if (random.nextInt(10) == 0) {
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(100));
                }
            }
        } catch (InterruptedException end) {
            // the scenario is over
        }
    }

    private void take(HttpResponse<String> response) throws InterruptedException {
        if (response.statusCode() >= 500) {
            // No leader.
            TimeUnit.MILLISECONDS.sleep(20);
            return;
        }
        long next =
                Long.parseLong(response.headers().firstValue("X-Consul-Index").orElseThrow());
        assertThat(next).as("the index of %s", path).isGreaterThanOrEqualTo(index);
        Map<String, String> told = response.statusCode() == 404 ? Map.of() : content.apply(response.body());
        assertThat(told).as("%s at index %s", path, next).isEqualTo(expected.apply(applied.at(next)));
        if (next == index) {
            assertThat(told)
                    .as("%s, whose index %s was answered before", path, next)
                    .isEqualTo(known);
        }
        index = next;
        known = told;
        answers.incrementAndGet();
    }

    private static Map<String, String> keys(String body) {
        Map<String, String> keys = new TreeMap<>();
        for (Object element : new JsonArray(body)) {
            JsonObject key = (JsonObject) element;
            keys.put(
                    key.getString("Key"),
                    new String(Base64.getDecoder().decode(key.getString("Value")), StandardCharsets.UTF_8));
        }
        return keys;
    }

    private static Map<String, String> instances(String service, String body) {
        Map<String, String> instances = new TreeMap<>();
        for (Object element : new JsonArray(body)) {
            JsonObject instance = (JsonObject) element;
            JsonObject entry = instance.getJsonObject("Service");
            String worst = "PASSING";
            for (Object check : instance.getJsonArray("Checks")) {
                String status = ((JsonObject) check).getString("Status").toUpperCase(java.util.Locale.ROOT);
                worst = status.equals("CRITICAL") || (status.equals("WARNING") && worst.equals("PASSING"))
                        ? status
                        : worst;
            }
            instances.put(
                    service + "|" + instance.getJsonObject("Node").getString("Node") + "/" + entry.getString("ID"),
                    AppliedLog.instance(
                            entry.getJsonArray("Tags").stream()
                                    .map(String.class::cast)
                                    .toList(),
                            worst));
        }
        return instances;
    }
}
