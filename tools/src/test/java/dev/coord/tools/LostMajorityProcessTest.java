package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Two of three real servers are killed for good, and an operator goes on with the third by the commands of the runbook. */
@Tag("slow")
class LostMajorityProcessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int KEYS = 50;

    @TempDir
    private Path directory;

    private List<ServerUnderTest> servers = List.of();

    private final StringWriter said = new StringWriter();

    @AfterEach
    void stopAll() {
        servers.forEach(ServerUnderTest::close);
    }

    private int coord(String... arguments) {
        CommandLine commandLine = Coord.commandLine(arguments);
        said.getBuffer().setLength(0);
        commandLine.setOut(new PrintWriter(said, true)).setErr(new PrintWriter(said, true));
        return commandLine.execute(arguments);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void the_runbook_brings_a_cluster_back_and_keeps_the_lost_servers_out() throws IOException {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(ServerUnderTest::start);
        servers.forEach(ServerUnderTest::awaitLeader);
        ServerUnderTest survivor = servers.get(0);
        for (int i = 0; i < KEYS; i++) {
            assertThat(survivor.put("/v1/kv/k" + i, "v" + i).body()).isEqualTo("true");
        }
        servers.forEach(ServerUnderTest::kill);
        Path info = directory.resolve("info.txt");
        Path plan = directory.resolve("plan.json");
        String data = survivor.dataDir().toString();

        assertThat(coord("recover", "collect-info", data)).isEqualTo(ExitCode.OK.status());
        Files.writeString(info, said.toString());
        assertThat(coord("recover", "make-plan", info.toString(), "--out", plan.toString()))
                .isEqualTo(ExitCode.FAILED.status());
        assertThat(plan).doesNotExist();
        assertThat(coord("recover", "make-plan", info.toString(), "--out", plan.toString(), "--accept-loss"))
                .isEqualTo(ExitCode.OK.status());
        assertThat(coord("recover", "apply-plan", plan + ".gone", data)).isEqualTo(ExitCode.DATA_DIR.status());
        assertThat(coord("recover", "apply-plan", plan.toString(), data)).isEqualTo(ExitCode.OK.status());

        survivor.start().awaitLeader();
        assertThat(survivor.get("/v1/kv/k7?raw").body()).isEqualTo("v7");
        assertThat(survivor.put("/v1/kv/after", "2").body()).isEqualTo("true");
        assertThat(survivor.get("/v1/agent/metrics?format=prometheus").body()).contains("coord_cluster_generation 1.0");

        List<ServerUnderTest> lost = servers.subList(1, 3);
        lost.forEach(ServerUnderTest::start);
        for (ServerUnderTest server : lost) {
            assertThat(server.awaitExit()).isEqualTo(ExitCode.FATAL.status());
            assertThat(server.output()).contains("generation 0", "generation 1");
        }
        assertThat(coord(
                        "recover",
                        "verify",
                        lost.get(0).dataDir().toString(),
                        "--what",
                        "kv",
                        "--against",
                        survivor.httpUrl()))
                .isEqualTo(ExitCode.DAMAGED.status());
        assertThat(said.toString()).contains("kv after: only in http://");

        for (ServerUnderTest server : lost) {
            delete(server.dataDir());
            server.start();
        }
        for (ServerUnderTest server : lost) {
            await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
                assertThat(server.get("/v1/kv/after?raw&stale").body()).isEqualTo("2");
                assertThat(server.get("/v1/agent/self").body()).contains("\"generation\":\"1\"");
            });
        }
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(
                        survivor.get("/v1/status/peers").body())
                .contains(servers.stream().map(ServerUnderTest::raftAddress).toList()));
    }
}
