package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.maintenance.LogDirectory;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code coord wal online} and real servers under a running writer. */
class LogOfALiveServerTest {

    @TempDir
    private Path directory;

    private List<ServerUnderTest> servers = List.of();

    @AfterEach
    void stopAll() {
        servers.forEach(ServerUnderTest::close);
    }

    @Test
    @Tag("slow")
    void a_cluster_goes_from_mapdb_to_segment_to_lmdb_server_by_server_and_no_acknowledged_write_is_lost()
            throws InterruptedException {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(server -> server.with("log_backend", "mapdb").start());
        servers.forEach(ServerUnderTest::awaitLeader);

        try (AcknowledgedWriter writer = new AcknowledgedWriter(servers)) {
            writer.awaitMore(500);
            for (String backend : List.of("segment", "lmdb")) {
                for (ServerUnderTest server : servers) {
                    assertThat(online(server, "migrate", "--to", backend).status())
                            .isZero();
                    assertThat(status(server).getString("backend")).isEqualTo(backend);
                    writer.awaitMore(500);
                }
            }
            for (ServerUnderTest server : servers) {
                assertThat(online(server, "compact").status()).isZero();
                writer.awaitMore(500);
            }
            assertThat(writer.refusals())
                    .as("no leader changed, so no write failed")
                    .isEmpty();

            // In the middle of another one, with the configuration of the beginning.
            for (ServerUnderTest server : servers) {
                assertThat(online(server, "shadow", "segment").status()).isZero();
            }
            writer.awaitMore(50);
            servers.forEach(ServerUnderTest::kill);
            servers.forEach(ServerUnderTest::start);
            servers.forEach(ServerUnderTest::awaitLeader);
            writer.awaitMore(50);
            writer.stop();
            System.out.println(writer.acknowledged() + " writes acknowledged");

            for (ServerUnderTest server : servers) {
                assertThat(status(server).getString("backend")).isEqualTo("lmdb");
                assertThat(status(server).getValue("beside")).isNull();
                assertThat(server.output()).contains("The log in", "is kept by 'lmdb' and stays so");
                writer.assertAllOn(server);
                writer.awaitAllOn(server);
            }
        }
    }

    @Test
    void a_lone_server_is_shadowed_switched_killed_and_compacted() throws InterruptedException {
        ServerUnderTest server = ServerUnderTest.lone(directory, "alone").with("log_backend", "segment");
        servers = List.of(server);
        server.start().awaitLeader();
        try (AcknowledgedWriter writer = new AcknowledgedWriter(servers)) {
            writer.awaitMore(50);
            assertThat(online(server, "compact"))
                    .isEqualTo(new Said(
                            1,
                            "coord: " + server.grpcAddress() + ": a log in 'segment' needs no compaction:"
                                    + " it deletes whole files as soon as the entries in them are no longer needed"));
            assertThat(online(server, "switch").output()).contains("no shadow log is kept");
            assertThat(online(server, "shadow", "lmdb").status()).isZero();
            assertThat(online(server, "shadow", "mapdb").output()).contains("stop it first");
            writer.awaitMore(50);
            assertThat(online(server, "status").output()).contains("shadow in lmdb");
            assertThat(online(server, "switch"))
                    .satisfies(said -> assertThat(said.status()).isZero())
                    .satisfies(said -> assertThat(said.output()).contains("shadow log in 'lmdb': took over"));
            writer.awaitMore(50);
            server.kill();
            server.start().awaitLeader();
            writer.awaitMore(50);
            assertThat(online(server, "compact").output()).contains("compaction of the log in 'lmdb': took over");
            writer.stop();
            writer.assertAllOn(server);
        }
        JsonObject log = new JsonObject(server.get("/v1/agent/self").body())
                .getJsonObject("Stats")
                .getJsonObject("log");
        assertThat(log.getString("backend")).isEqualTo("lmdb");
        assertThat(log.getString("last_outcome")).contains("compaction");
        assertThat(server.get("/v1/agent/metrics?format=prometheus").body())
                .contains(
                        "coord_log_backend{backend=\"lmdb\"} 1.0",
                        "coord_log_beside_ended_total{purpose=\"compact\",result=\"took_over\"} 1.0",
                        "coord_log_sync_seconds_bucket{le=\"+Inf\"}");
        assertEveryMetricIsDocumented(server);
        assertThat(server.stop()).isZero();
        assertThat(LogDirectory.backendOf(server.dataDir().resolve("raft/log"))).contains("lmdb");
    }

    private static void assertEveryMetricIsDocumented(ServerUnderTest server) {
        String documented;
        try {
            documented = Files.readString(Path.of("../docs/metrics.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(server.get("/v1/agent/metrics?format=prometheus")
                        .body()
                        .lines()
                        .filter(line -> line.startsWith("# TYPE coord_"))
                        .map(line -> line.split(" ")[2])
                        .filter(name -> !documented.contains("`" + name)))
                .as("not in docs/metrics.md")
                .isEmpty();
    }

    /** What a command said, on both streams, and its exit status. */
    private record Said(int status, String output) {}

    private static Said online(ServerUnderTest server, String command, String... more) {
        List<String> arguments = new ArrayList<>(List.of("wal", "online", command));
        arguments.addAll(List.of(more));
        arguments.addAll(List.of("--address", server.grpcAddress()));
        StringWriter output = new StringWriter();
        String[] all = arguments.toArray(String[]::new);
        CommandLine commandLine = Coord.commandLine(all);
        commandLine.setOut(new PrintWriter(output, true)).setErr(new PrintWriter(output, true));
        int status = commandLine.execute(all);
        return new Said(status, output.toString().strip());
    }

    private static JsonObject status(ServerUnderTest server) {
        Said said = online(server, "status", "--json");
        assertThat(said.status()).as(said.output()).isZero();
        return new JsonObject(said.output());
    }
}
