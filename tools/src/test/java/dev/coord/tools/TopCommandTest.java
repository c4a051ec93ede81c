package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coord.server.CoordServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code coord top}: every server's figures, with and without a leader, dead ones named. */
class TopCommandTest {

    @TempDir
    private static Path directory;

    private static CoordServer leaderless;

    @BeforeAll
    static void start() throws IOException {
        leaderless = EmbeddedServer.leaderless(directory.resolve("data"), "one", Map.of());
    }

    @AfterAll
    static void stop() {
        leaderless.close();
    }

    private static CommandRun top(String addresses, String... more) {
        String[] all = new String[more.length + 4];
        all[0] = "top";
        all[1] = "--http-addr=" + addresses;
        all[2] = "--once";
        all[3] = "--interval=100ms";
        System.arraycopy(more, 0, all, 4, more.length);
        return CommandRun.of("", all);
    }

    private static String gone() throws IOException {
        try (ServerSocket freed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + freed.getLocalPort();
        }
    }

    @Test
    void a_server_without_a_leader_is_shown_by_name_with_all_of_its_figures() {
        CommandRun run = top(leaderless.httpAddress());

        assertThat(run.status()).as(run.out() + run.err()).isZero();
        assertThat(run.out()).contains("1 servers, 1 answer, no leader", "SERVER", "DISK FREE");
        assertThat(run.out()).containsPattern("one +without +\\d+ +\\d+ +\\d+ +0 ");
    }

    @Test
    void a_dead_server_is_named_beside_one_that_answers() throws IOException {
        String dead = gone();

        CommandRun run = top(leaderless.httpAddress() + "," + dead, "--json");

        assertThat(run.status()).as(run.out() + run.err()).isEqualTo(9);
        JsonArray servers = new JsonObject(run.out()).getJsonArray("servers");
        assertThat(servers).hasSize(2);
        assertThat(servers.getJsonObject(0).getString("role")).isEqualTo("without");
        assertThat(servers.getJsonObject(0).getLong("heap_used_bytes")).isPositive();
        assertThat(servers.getJsonObject(0).getLong("disk_free_bytes")).isPositive();
        assertThat(servers.getJsonObject(1).getString("name")).isEqualTo(dead);
        assertThat(servers.getJsonObject(1).getBoolean("answered")).isFalse();
        assertThat(servers.getJsonObject(1).getString("why")).contains("no answer from");
    }

    @Test
    void no_figure_is_lost_by_a_garbage_collection() throws Exception {
        System.gc();

        String metrics = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://" + leaderless.httpAddress() + "/v1/agent/metrics?format=prometheus"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();

        assertThat(metrics).contains("coord_raft_disk_slow", "coord_signal_event_lag_p99_seconds");
        assertThat(metrics.lines().filter(line -> line.endsWith(" NaN"))).isEmpty();
    }

    @Test
    void where_none_answers_the_status_says_so() throws IOException {
        assertThat(top(gone()).status()).isEqualTo(7);
    }

    @Test
    void an_interval_out_of_range_is_refused() {
        assertThat(CommandRun.of("", "top", "--once", "--interval=2m").status()).isEqualTo(2);
    }

    @Test
    void figures_are_of_the_time_between_two_looks() {
        MetricsText before = MetricsText.parse(metrics(100, 100, 100, 40));
        MetricsText now = MetricsText.parse(metrics(190, 200, 200, 240));

        TopRow row = TopRow.between(before, now, 2);

        assertThat(row.role()).isEqualTo("leader");
        assertThat(row.writesPerSecond()).isEqualTo(50);
        // Of a hundred ninety took at most 1 ms, ten from 1 to 2 ms.
        assertThat(row.commitP99()).isCloseTo(0.0019, within(1e-9));
        assertThat(row.applyP99()).isZero();
        assertThat(row.queue()).isEqualTo(7);
        assertThat(row.heapBytes()).isEqualTo(240);
    }

    private static String metrics(int toOneMilli, int toTwoMillis, int count, int heap) {
        return """
                # TYPE coord_commit_seconds histogram
                coord_commit_seconds_bucket{le="0.001"} %d
                coord_commit_seconds_bucket{le="0.002"} %d
                coord_commit_seconds_bucket{le="+Inf"} %d
                coord_commit_seconds_count %d
                coord_raft_leader 1.0
                coord_write_queue_depth{priority="normal"} 4.0
                coord_write_queue_depth{priority="bulk"} 1.0
                coord_write_proposed 2.0
                jvm_memory_used_bytes{area="heap",id="Eden"} %d
                jvm_memory_used_bytes{area="nonheap",id="Code"} 999
                """.formatted(toOneMilli, toTwoMillis, count, count, heap);
    }
}
