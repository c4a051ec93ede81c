package dev.coord.server.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coord.server.ConfigSource;
import dev.coord.server.CoordServer;
import dev.coord.server.ServerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends the same requests to a real Consul 1.8.7 and to Coord, and compares the answers with indexes, ids and ports masked. Each
 * scenario is a file beside this class's resources; where an answer differs on purpose, the file says why, and the test fails
 * when it does not differ any more.
 *
 * <p>Run it with {@code COORD_CONSUL_BINARY=/path/to/consul mvn -Pslow -pl coord-server -Dtest=ConsulDifferenceTest verify}; it
 * is skipped without.
 */
@Tag("slow")
class ConsulDifferenceTest {

    private static final String BINARY = "COORD_CONSUL_BINARY";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @ParameterizedTest
    @ValueSource(strings = {"txn", "query", "event", "coordinate", "operator", "mesh", "shared"})
    void answersAreConsuls(String name, @TempDir Path directory) throws Exception {
        String binary = System.getenv(BINARY);
        assumeTrue(binary != null, "set " + BINARY + " to the path of a Consul 1.8.7 to compare with it");
        Scenario scenario = Scenario.read(name);
        Path ours = Files.createDirectory(directory.resolve("coord"));
        try (ConsulProcess consul = new ConsulProcess(binary, directory);
                CoordServer coord = CoordServer.start(config(ours), message -> {
                    throw new AssertionError(message);
                })) {
            Side expected = new Side(consul.httpAddress(), consul.raftPort());
            int raftPort = Integer.parseInt(
                    coord.raftAddress().substring(coord.raftAddress().lastIndexOf(':') + 1));
            Side actual = new Side(coord.httpAddress(), raftPort);
            ready(expected);
            ready(actual);

            List<String> surprises = new ArrayList<>();
            int compared = 0;
            for (Scenario.Step step : scenario.steps()) {
                if (step instanceof Scenario.Keep keep) {
                    expected.keep(keep);
                    actual.keep(keep);
                } else if (step instanceof Scenario.Request request) {
                    compared++;
                    Side.Masked own = actual.send(request);
                    if (request.eventually()) {
                        await().atMost(PATIENCE).until(() -> {
                            Side.Masked wanted = expected.send(request);
                            return wanted.equals(own.withoutMoreThan(wanted));
                        });
                    } else {
                        compare(request, expected.send(request), own, surprises);
                    }
                }
            }
            assertThat(compared).isPositive();
            assertThat(surprises).as("%d requests of %s", compared, name).isEmpty();
        }
    }

    private static ServerConfig config(Path directory) {
        return ServerConfig.of(List.of(ConfigSource.of(
                "test",
                Map.of(
                        "server",
                        true,
                        "bootstrap",
                        true,
                        "node_name",
                        "n1",
                        "data_dir",
                        directory.toString(),
                        "ports",
                        Map.of("http", 0, "grpc", -1, "dns", -1, "server", 0)))));
    }

    private static void ready(Side side) {
        Scenario.Request request = new Scenario.Request("GET", "/v1/health/state/passing", "", null, false, false);
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            Side.Masked answer = side.send(request);
            return answer.status() == 200 && String.valueOf(answer.body()).contains("serfHealth");
        });
    }

    private static void compare(
            Scenario.Request request, Side.Masked expected, Side.Masked sent, List<String> surprises) {
        Side.Masked actual = sent.withoutMoreThan(expected);
        boolean same = expected.equals(actual);
        if (request.why() == null && !same) {
            surprises.add("\n" + request + "\n   Consul " + expected + "\n   Coord  " + actual);
        } else if (request.why() != null && same) {
            surprises.add("\n" + request + "\n   does not differ any more: " + request.why());
        } else if (request.why() != null && !request.statusToo() && expected.status() != actual.status()) {
            surprises.add("\n" + request + "\n   Consul " + expected + "\n   Coord  " + actual
                    + "\n   differ in the status, too: " + request.why());
        }
    }
}
