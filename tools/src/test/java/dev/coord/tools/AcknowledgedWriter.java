package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** Writes one key after the other, to whichever server answers, and notes what was acknowledged. */
final class AcknowledgedWriter implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<ServerUnderTest> servers;
    private final Thread thread = new Thread(this::write, "writer");
    // Filled by the writing thread, read by the test.
    private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
    private final Map<Long, String> times = new ConcurrentHashMap<>();
    private final List<String> refusals = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;

    AcknowledgedWriter(List<ServerUnderTest> servers) {
        this.servers = servers;
        thread.start();
    }

    private void write() {
        int at = 0;
        for (int i = 0; !stopped; i++) {
            String key = "w/" + System.nanoTime();
            String value = "value-" + i;
            try {
                HttpResponse<String> answer = ServerUnderTest.send(servers.get(at % servers.size())
                        .request("/v1/kv/" + key)
                        .timeout(Duration.ofSeconds(2))
                        .PUT(HttpRequest.BodyPublishers.ofString(value)));
                if (answer.statusCode() == 200 && answer.body().strip().equals("true")) {
                    acknowledged.put(key, value);
                    times.put(System.nanoTime(), key);
                    continue;
                }
                refusals.add(answer.statusCode() + " " + answer.body());
            } catch (UncheckedIOException unreachable) {
                // Not acknowledged: it may be there or not.
                refusals.add(String.valueOf(unreachable.getMessage()));
            }
            at++;
        }
    }

    /** How many were acknowledged so far. */
    int acknowledged() {
        return acknowledged.size();
    }

    /** What was answered instead. */
    List<String> refusals() {
        return refusals;
    }

    long firstAfter(long nanoTime) {
        return times.keySet().stream()
                .filter(time -> time - nanoTime > 0)
                .mapToLong(Long::longValue)
                .min()
                .orElseThrow();
    }

    void awaitAcknowledged(int count) {
        Awaitility.await(count + " writes are acknowledged").atMost(PATIENCE).until(() -> acknowledged.size() >= count);
    }

    void awaitMore(int count) {
        awaitAcknowledged(acknowledged.size() + count);
    }

    void stop() throws InterruptedException {
        stopped = true;
        thread.join();
    }

    /** Everything acknowledged is read there, consistently. */
    void assertAllOn(ServerUnderTest server) {
        assertThat(acknowledged).isNotEmpty();
        Awaitility.await("a leader answers")
                .atMost(PATIENCE)
                .until(() -> server.get("/v1/kv/?recurse&consistent").statusCode() == 200);
        assertThat(valuesOn(server, "consistent")).containsAllEntriesOf(acknowledged);
    }

    /** The server comes to have everything acknowledged by itself. */
    void awaitAllOn(ServerUnderTest server) {
        Awaitility.await(server.name() + " has everything by itself")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(valuesOn(server, "stale")).containsAllEntriesOf(acknowledged));
    }

    private static Map<String, String> valuesOn(ServerUnderTest server, String mode) {
        HttpResponse<String> answer = server.get("/v1/kv/w/?recurse&" + mode);
        assertThat(answer.statusCode()).isEqualTo(200);
        Map<String, String> values = new TreeMap<>();
        JsonArray entries = new JsonArray(answer.body());
        for (int i = 0; i < entries.size(); i++) {
            byte[] value = Base64.getDecoder().decode(entries.getJsonObject(i).getString("Value"));
            values.put(entries.getJsonObject(i).getString("Key"), new String(value, StandardCharsets.UTF_8));
        }
        return values;
    }

    @Override
    public void close() {
        stopped = true;
    }
}
