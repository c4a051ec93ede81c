package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coord.server.ExitCode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real server on a small file system that fills up: mounted for the test, which only root may. */
class FullDiskServerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LEFT_BYTES = 60L << 20;
    private static final int LARGE_BYTES = 400_000;

    /** Several segments of the log. */
    private static final int LARGE_WRITES_MAX = 1000;

    @TempDir
    private Path directory;

    private @Nullable Path disk;
    private @Nullable ServerUnderTest server;
    private List<ServerUnderTest> cluster = List.of();

    @BeforeEach
    void mount() throws IOException {
        Path mounted = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(
                SystemCommand.tried("mount", "-t", "tmpfs", "-o", "size=320m", "coord-test", mounted.toString()),
                "mounting a small file system takes root and a system that lets it");
        disk = mounted;
    }

    @AfterEach
    void unmount() {
        if (server != null) {
            server.close();
        }
        cluster.forEach(ServerUnderTest::close);
        if (disk != null) {
            assertThat(SystemCommand.tried("umount", disk.toString())).isTrue();
        }
    }

    @Test
    void a_filling_disk_stops_puts_and_nothing_else_until_there_is_room_again() throws IOException {
        ServerUnderTest running = ServerUnderTest.lone(disk, "full")
                .with("disk", new JsonObject().put("low_mb", 100).put("ballast_mb", 8))
                .start()
                .awaitLeader();
        server = running;
        Path ballast = disk.resolve("full/ballast");
        assertThat(running.put("/v1/kv/before", "1").body()).isEqualTo("true");
        // A session needs its node in the catalog, where a server comes shortly after it leads.
        String session = await().atMost(PATIENCE)
                .until(
                        () -> running.put("/v1/session/create", "{\"TTL\": \"60s\"}"),
                        answer -> answer.statusCode() == 200)
                .body();
        String sessionId = new JsonObject(session).getString("ID");
        await().atMost(PATIENCE).until(() -> Files.exists(ballast) && Files.size(ballast) == 8 << 20);

        Path filler = disk.resolve("filler");
        Files.write(filler, new byte[(int) (Files.getFileStore(disk).getUsableSpace() - LEFT_BYTES)]);
        HttpResponse<String> refused = await().atMost(PATIENCE)
                .until(() -> running.put("/v1/kv/more", "1"), answer -> answer.statusCode() == 503);

        assertThat(refused.body()).contains("disk is low", "nothing is stored before " + (125L << 20) + " are");
        assertThat(running.get("/v1/kv/before?raw&consistent").body()).isEqualTo("1");
        assertThat(running.put("/v1/session/renew/" + sessionId, "").statusCode())
                .isEqualTo(200);
        assertThat(ServerUnderTest.send(running.request("/v1/kv/before").DELETE())
                        .body())
                .isEqualTo("true");
        assertThat(running.get("/v1/agent/metrics?format=prometheus").body()).contains("coord_disk_low 1.0");
        assertThat(new JsonObject(running.get("/v1/agent/disk").body()).getBoolean("Low"))
                .isTrue();
        assertThat(running.output()).contains("is low");
        assertThat(ballast).doesNotExist();

        Files.delete(filler);
        await().atMost(PATIENCE)
                .until(() -> running.put("/v1/kv/after", "1").body().equals("true"));

        running.kill();
        running.start().awaitLeader();
        assertThat(running.get("/v1/kv/after?raw").body()).isEqualTo("1");
        assertThat(running.get("/v1/kv/before").statusCode()).isEqualTo(404);
    }

    @Test
    @Tag("slow")
    void a_follower_without_room_ends_the_others_go_on_and_it_catches_up_once_it_has_room() throws IOException {
        cluster = ServerUnderTest.cluster(directory, 3);
        ServerUnderTest small =
                cluster.get(0).with("data_dir", disk.resolve("small").toString());
        ServerUnderTest other = cluster.get(1);
        cluster.forEach(ServerUnderTest::start);
        cluster.forEach(ServerUnderTest::awaitLeader);
        await("another one leads").atMost(PATIENCE).until(() -> {
            if (small.leader().equals(small.raftAddress())) {
                small.put("/v1/operator/raft/transfer-leader", "");
            }
            return !other.leader().isEmpty() && !other.leader().equals(small.raftAddress());
        });
        Path filler = disk.resolve("filler");
        Files.write(filler, new byte[(int) Files.getFileStore(disk).getUsableSpace()]);

        String large = "x".repeat(LARGE_BYTES);
        int written = 0;
        while (small.isAlive()) {
            assertThat(written).as("writes until a follower's disk is full").isLessThan(LARGE_WRITES_MAX);
            assertThat(other.put("/v1/kv/large", large + written).body()).isEqualTo("true");
            written++;
        }
        assertThat(small.awaitExit()).isEqualTo(ExitCode.FATAL.status());
        assertThat(small.output()).contains("No space left on device");
        assertThat(other.put("/v1/kv/meanwhile", "1").body()).isEqualTo("true");

        Files.delete(filler);
        small.start().awaitLeader();
        await("it has what it missed")
                .atMost(PATIENCE)
                .until(() -> small.get("/v1/kv/meanwhile?raw&stale").body().equals("1"));
        assertThat(small.get("/v1/kv/large?raw&stale").body()).isEqualTo(large + (written - 1));
    }
}
