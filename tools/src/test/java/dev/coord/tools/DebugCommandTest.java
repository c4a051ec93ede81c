package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.CoordServer;
import dev.coord.server.archive.Tar;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** {@code coord debug}: an archive of what servers tell, from those that answer. The server here never has a leader. */
class DebugCommandTest {

    @TempDir
    private static Path directory;

    private static CoordServer server;

    @TempDir
    private Path own;

    private Path archive;

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedServer.leaderless(
                directory.resolve("data"),
                "one",
                Map.of("enable_debug", true, "acl", Map.of("tokens", Map.of("agent", "a-secret-of-ours"))));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void place() {
        archive = own.resolve("debug.tar.gz");
    }

    private CommandRun run(String addresses, String... more) {
        String[] all = new String[more.length + 5];
        all[0] = "debug";
        all[1] = "--http-addr=" + addresses;
        all[2] = "--duration=1s";
        all[3] = "--output=" + archive;
        all[4] = "--json";
        System.arraycopy(more, 0, all, 5, more.length);
        return CommandRun.of("", all);
    }

    private static Map<String, byte[]> files(Path archive) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (InputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
            for (Tar.Entry entry = Tar.readHeader(in); entry != null; entry = Tar.readHeader(in)) {
                files.put(entry.name().substring(entry.name().indexOf('/') + 1), in.readNBytes((int) entry.bytes()));
                in.skipNBytes(Tar.padding(entry.bytes()));
            }
        }
        return files;
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.UTF_8);
    }

    @Test
    void everything_of_a_server_comes_into_the_archive_with_its_secrets_hidden() throws IOException {
        LoggerFactory.getLogger("dev.coord.Test").warn("a line from before");

        CommandRun run = run(server.httpAddress(), "--flight");

        assertThat(run.status()).as(run.out() + run.err()).isZero();
        JsonObject summary = new JsonObject(run.out());
        assertThat(summary.getBoolean("complete")).isTrue();
        Map<String, byte[]> files = files(archive);
        assertThat(files)
                .containsKeys(
                        "summary.json",
                        "one/self.json",
                        "one/config.json",
                        "one/members.json",
                        "one/raft.json",
                        "one/disk.json",
                        "one/host.json",
                        "one/rollouts.json",
                        "one/threads-begin.txt",
                        "one/threads-end.txt",
                        "one/metrics-0000.prom",
                        "one/metrics-0001.prom",
                        "one/watches.prom",
                        "one/log.prom",
                        "one/log.txt",
                        "one/log-before.txt",
                        "one/flight.jfr");
        assertThat(summary.getInteger("files")).isEqualTo(files.size() - 1);
        JsonObject config = new JsonObject(text(files.get("one/config.json")));
        assertThat(config.getString("acl.tokens.agent")).isEqualTo("(hidden)");
        assertThat(config.getString("node_name")).isEqualTo("one");
        files.forEach((name, content) -> assertThat(text(content)).as(name).doesNotContain("a-secret-of-ours"));
        assertThat(text(files.get("one/threads-begin.txt"))).contains("coord-shard-");
        assertThat(text(files.get("one/metrics-0001.prom"))).contains("coord_raft_commit_index", "coord_apply_seconds");
        assertThat(text(files.get("one/log-before.txt"))).contains("[WARN] Test: a line from before");
        assertThat(text(files.get("one/flight.jfr"))).startsWith("FLR");
    }

    @Test
    void a_server_that_is_gone_is_left_out_and_named() throws IOException {
        leavesOut(gone());
    }

    @Test
    @Tag("slow")
    void a_server_that_takes_connections_and_never_answers_is_left_out_and_named() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            leavesOut("127.0.0.1:" + silent.getLocalPort());
        }
    }

    private void leavesOut(String dead) throws IOException {
        CommandRun run = run(server.httpAddress() + "," + dead, "--given-only");

        assertThat(run.status()).as(run.out() + run.err()).isEqualTo(9);
        JsonObject summary = new JsonObject(run.out());
        assertThat(summary.getBoolean("complete")).isFalse();
        JsonArray servers = summary.getJsonArray("servers");
        assertThat(servers.getJsonObject(0).getBoolean("answered")).isTrue();
        JsonObject missing = servers.getJsonObject(1);
        assertThat(missing.getString("name")).isEqualTo(dead);
        assertThat(missing.getBoolean("answered")).isFalse();
        assertThat(missing.getJsonArray("skipped").getJsonObject(0).getString("why"))
                .contains("no answer from");
        assertThat(files(archive)).containsKeys("one/self.json", "one/metrics-0001.prom");
        assertThat(text(files(archive).get("summary.json"))).isEqualTo(run.out());
    }

    private static String gone() throws IOException {
        try (ServerSocket freed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + freed.getLocalPort();
        }
    }

    @Test
    void where_no_server_answers_there_is_no_archive() throws IOException {
        assertThat(run(gone()).status()).isEqualTo(7);

        assertThat(archive).doesNotExist();
    }

    @Test
    void an_archive_that_exists_is_not_overwritten() throws IOException {
        Files.writeString(archive, "mine");

        CommandRun run = run(server.httpAddress());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("exists already");
        assertThat(archive).hasContent("mine");
    }

    @Test
    void what_does_not_fit_is_refused_and_what_is_smaller_still_goes_in() throws IOException {
        try (DebugArchive small = new DebugArchive(archive, "root", 10, 0)) {
            assertThat(small.add("a", new byte[8])).isTrue();
            assertThat(small.add("b", new byte[8])).isFalse();
            assertThat(small.add("c", new byte[2])).isTrue();
        }

        assertThat(files(archive)).containsOnlyKeys("a", "c");
    }

    @Test
    void times_and_sizes_out_of_range_are_refused_before_anybody_is_asked() {
        assertThat(CommandRun.of("", "debug", "--duration=6m").err()).contains("from 1s to 300s");
        assertThat(CommandRun.of("", "debug", "--interval=10ms").err()).contains("at least 1s");
        assertThat(CommandRun.of("", "debug", "--duration=soon").status()).isEqualTo(2);
        assertThat(CommandRun.of("", "debug", "--max-mb=0").status()).isEqualTo(2);
    }
}
