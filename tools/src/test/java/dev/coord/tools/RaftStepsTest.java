package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.ConfigSource;
import dev.coord.server.CoordServer;
import dev.coord.server.ServerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code coord operator raft}: how servers come and go at an operator's word. */
class RaftStepsTest {

    @TempDir
    private Path directory;

    private CoordServer first;
    private CoordServer second;

    @BeforeEach
    void start() throws Exception {
        first = EmbeddedServer.start(directory.resolve("one"), Map.of("node_name", "one", "zone", "north"));
        Map<String, Object> keys = Map.of(
                "server",
                true,
                "node_name",
                "two",
                "data_dir",
                directory.resolve("two").toString(),
                "ports",
                Map.of("http", 0L, "grpc", -1L, "server", 0L, "dns", -1L));
        second = CoordServer.start(ServerConfig.of(List.of(ConfigSource.of("test", keys))), reason -> {
            throw new AssertionError(reason);
        });
    }

    @AfterEach
    void stop() {
        second.close();
        first.close();
    }

    private CommandRun run(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "operator";
        all[1] = "raft";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        all[all.length - 1] = "--http-addr=" + first.httpAddress();
        return CommandRun.of("", all);
    }

    @Test
    void what_stops_the_cluster_is_named_with_its_zone_and_a_status() {
        CommandRun run = CommandRun.of("", "operator", "survivability", "--http-addr=" + first.httpAddress());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("1 voter, survives the loss of 0\n")
                .containsPattern("one +north +1 +yes +NO\n")
                .containsPattern("zone north +north +1 +NO\n");
    }

    @Test
    void a_server_is_checked_added_promoted_and_taken_out_again() {
        String address = second.raftAddress();

        CommandRun check = run("add", "--check", address);
        assertThat(check.out())
                .as(check.err())
                .isEqualTo("now 1 voter, survives the loss of 0; after: 2 voters, survives the loss of 0\n");
        assertThat(check.status()).isZero();
        assertThat(run("list-peers").out()).doesNotContain(address);

        CommandRun added = run("add", "--learner", address);
        assertThat(added.out()).as(added.err()).endsWith("The server at " + address + " is a learner\n");
        CommandRun promoted = run("add", address);
        assertThat(promoted.status()).as(promoted.err()).isZero();
        assertThat(promoted.err()).contains("The log of " + address + " has ");
        assertThat(promoted.out()).endsWith("is a voter: 2 voters, survives the loss of 0\n");

        assertThat(run("remove", "nobody").err()).contains("no server nobody belongs to the cluster");
        CommandRun removed = run("remove", "two");
        assertThat(removed.status()).as(removed.err()).isZero();
        assertThat(removed.out()).endsWith("is no part of the cluster any more: 1 voter, survives the loss of 0\n");
        CommandRun last = run("remove", "one");
        assertThat(last.status()).isEqualTo(1);
        assertThat(last.err()).contains("is the only voter");
    }
}
