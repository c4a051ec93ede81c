package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.CoordServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Consul's verbs against a real server: what they print, and their statuses. */
class ConsulVerbsTest {

    @TempDir
    private static Path directory;

    private static CoordServer server;

    private String out = "";
    private String err = "";

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedServer.start(
                directory.resolve("data"),
                Map.of("node_name", "one", "addresses", Map.of("http", "127.0.0.1 unix://" + socket())));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Path socket() {
        return directory.resolve("http.sock");
    }

    private int run(String... arguments) {
        return runWith("", "-http-addr=" + server.httpAddress(), arguments);
    }

    /** The option goes in after the verb, and where there is one the verb under it. */
    private int runWith(String input, String option, String... arguments) {
        int verbs = List.of("kv", "catalog", "services", "session", "snapshot", "operator")
                        .contains(arguments[0])
                ? 2
                : 1;
        verbs += arguments[0].equals("operator") ? 1 : 0;
        String[] all = new String[arguments.length + 1];
        System.arraycopy(arguments, 0, all, 0, verbs);
        all[verbs] = option;
        System.arraycopy(arguments, verbs, all, verbs + 1, arguments.length - verbs);
        CommandRun run = CommandRun.of(input, all);
        out = run.out();
        err = run.err();
        return run.status();
    }

    @Test
    void a_key_is_put_got_listed_and_deleted() {
        assertThat(run("kv", "put", "a/b", "hello")).as(err).isZero();
        assertThat(out).isEqualTo("Success! Data written to: a/b\n");
        assertThat(run("kv", "put", "a/neg", "-1")).isZero();
        assertThat(run("kv", "get", "a/b")).isZero();
        assertThat(out).isEqualTo("hello\n");
        assertThat(run("kv", "get", "-base64", "a/b")).isZero();
        assertThat(out).isEqualTo("aGVsbG8=\n");
        assertThat(run("kv", "get", "-recurse", "a/")).isZero();
        assertThat(out).isEqualTo("a/b:hello\na/neg:-1\n");
        assertThat(run("kv", "get", "-keys", "a")).isZero();
        assertThat(out).isEqualTo("a/\n");
        assertThat(run("kv", "get", "-recurse=false", "-detailed", "a/b")).isZero();
        assertThat(out).contains("\nKey              a/b\n", "\nSession          -\nValue            hello\n");
        assertThat(run("kv", "delete", "-recurse", "a/")).isZero();
        assertThat(run("kv", "get", "a/b")).isEqualTo(1);
        assertThat(err).isEqualTo("coord: No key exists at: a/b\n");
    }

    @Test
    void compare_and_swap_is_refused_with_status_1_and_needs_an_index() {
        assertThat(run("kv", "put", "-cas", "-modify-index=0", "cas/k", "1")).isZero();
        assertThat(run("kv", "put", "-cas", "-modify-index=0", "cas/k", "2")).isEqualTo(1);
        assertThat(err).contains("Did not write to cas/k: CAS failed");
        assertThat(run("kv", "put", "-cas", "cas/k", "2")).isEqualTo(2);
        assertThat(err).contains("Must specify -modify-index with -cas!");
        assertThat(run("kv", "get", "cas/k")).isZero();
        assertThat(out).isEqualTo("1\n");
    }

    @Test
    void an_export_imports_again_with_flags_bytes_and_strange_keys() {
        assertThat(run("kv", "import", "[{\"key\":\"x/ä b/?\",\"flags\":18446744073709551615,\"value\":\"/wA=\"}]"))
                .as(err)
                .isZero();
        assertThat(run("kv", "export", "x/")).isZero();
        String exported = out;
        assertThat(new JsonArray(exported).getJsonObject(0).getString("value")).isEqualTo("/wA=");
        assertThat(exported).contains("\t\t\"flags\": 18446744073709551615,\n");
        assertThat(run("kv", "delete", "-recurse", "x/")).isZero();
        assertThat(runWith(exported, "-http-addr=" + server.httpAddress(), "kv", "import", "-"))
                .isZero();
        assertThat(run("kv", "export", "x/")).isZero();
        assertThat(out).isEqualTo(exported);
    }

    @Test
    void a_bad_import_writes_nothing() {
        assertThat(run("kv", "import", "[{\"key\":\"bad/1\",\"value\":\"\"},{\"key\":\"bad/2\",\"value\":\"!\"}]"))
                .isEqualTo(1);
        assertThat(err).contains("Cannot unmarshal data");
        assertThat(run("kv", "get", "bad/1")).isEqualTo(1);
    }

    @Test
    void services_are_registered_from_a_file_seen_in_the_catalog_and_deregistered() throws IOException {
        Path file = directory.resolve("web.hcl");
        Files.writeString(
                file,
                "service { name = \"web\" id = \"web-1\" port = 80 tags = [\"b\", \"a\"]\n"
                        + " check { ttl = \"30s\" } check { ttl = \"40s\" } }");
        assertThat(run("services", "register", file.toString())).as(err).isZero();
        assertThat(out).isEqualTo("Registered service: web\n");
        assertThat(run("catalog", "services", "-tags")).isZero();
        assertThat(out).contains("web         a,b\n");
        assertThat(run("catalog", "nodes", "-service=web")).isZero();
        assertThat(out).matches("(?s)Node +ID +Address +DC\none +[0-9a-f]{8} +127.0.0.1 +dc1\n");
        assertThat(run("watch", "-type=checks", "-service=web")).isZero();
        assertThat(new JsonArray(out)).hasSize(2);
        assertThat(run("services", "deregister", file.toString())).isZero();
        assertThat(out).isEqualTo("Deregistered service: web-1\n");
        assertThat(run("catalog", "services")).isZero();
        assertThat(out).doesNotContain("web");
    }

    @Test
    void a_service_given_by_options_goes_into_maintenance_and_back() {
        assertThat(run("services", "register", "-name=db", "-port=5432", "-meta=a=b", "-tag=x"))
                .as(err)
                .isZero();
        assertThat(run("maint", "-enable", "-service=db", "-reason=disk")).isZero();
        assertThat(out).isEqualTo("Service maintenance is now enabled for \"db\"\n");
        assertThat(run("maint")).isZero();
        assertThat(out).isEqualTo("Service:\n  ID:     db\n  Reason: disk\n\n");
        assertThat(run("maint", "-disable", "-service=db")).isZero();
        assertThat(run("maint")).isZero();
        assertThat(out).isEmpty();
        assertThat(run("services", "deregister", "-id=db")).isZero();
    }

    @Test
    void members_peers_and_figures_are_printed_in_consuls_columns() {
        assertThat(run("members")).isZero();
        assertThat(out.lines().map(line -> line.split(" +")).toList())
                .satisfiesExactly(
                        head -> assertThat(head)
                                .containsExactly(
                                        "Node", "Address", "Status", "Type", "Build", "Protocol", "DC", "Segment"),
                        row -> assertThat(row).contains("one", "alive", "server", "dc1", "<all>"));
        assertThat(run("members", "-status=left")).isEqualTo(2);
        assertThat(run("operator", "raft", "list-peers")).isZero();
        assertThat(out).containsPattern("one +[0-9a-f-]{36} +" + server.raftAddress() + " +leader +true +3\n");
        assertThat(run("operator", "raft", "remove-peer", "-id=nobody")).isEqualTo(1);
        assertThat(run("operator", "autopilot", "set-config", "-min-quorum=3", "-cleanup-dead-servers=false"))
                .isZero();
        assertThat(run("operator", "autopilot", "get-config")).isZero();
        assertThat(out)
                .startsWith("CleanupDeadServers = false\n")
                .contains("MinQuorum = 3\n", "UpgradeVersionTag = \"\"\n");
        assertThat(run("info")).isZero();
        assertThat(out).contains("raft:\n\t", "\tversion = ");
        assertThat(run("rtt", "one")).isZero();
        assertThat(out).startsWith("Estimated one <-> one rtt: ");
        assertThat(run("rtt", "nobody")).isEqualTo(1);
    }

    @Test
    void a_watch_runs_its_command_at_each_change_until_the_command_fails() throws Exception {
        Path seen = directory.resolve("seen");
        assertThat(run("kv", "put", "watched", "1")).isZero();
        Thread watch = new Thread(() -> Coord.commandLine("watch")
                .execute(
                        "watch",
                        "-http-addr=" + server.httpAddress(),
                        "-type=key",
                        "-key=watched",
                        "cat >> " + seen + "; test $(wc -l < " + seen + ") -lt 3"));
        watch.start();
        awaitLines(seen, 1);
        assertThat(run("kv", "put", "watched", "2")).isZero();
        awaitLines(seen, 2);
        assertThat(run("kv", "put", "watched", "3")).isZero();
        watch.join(TimeUnit.SECONDS.toMillis(60));
        assertThat(watch.isAlive()).as("it ends when the command fails").isFalse();
        assertThat(Files.readAllLines(seen))
                .extracting(line -> new JsonObject(line).getString("Value"))
                .containsExactly("MQ==", "Mg==", "Mw==");
    }

    private static void awaitLines(Path file, int count) {
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(60))
                .until(() -> Files.exists(file) && Files.readAllLines(file).size() >= count);
    }

    @Test
    void a_missing_key_is_watched_as_null_and_an_event_by_its_name() {
        assertThat(run("watch", "-type=key", "-key=nobody")).isZero();
        assertThat(out).isEqualTo("null\n");
        assertThat(run("event", "-name=deploy", "v2")).isZero();
        assertThat(out).matches("Event ID: [0-9a-f-]{36}\n");
        assertThat(run("watch", "-type=event", "-name=deploy")).isZero();
        assertThat(new JsonArray(out).getJsonObject(0).getString("Payload")).isEqualTo("djI=");
        assertThat(run("event", "-name=deploy", "-tag=x")).isEqualTo(2);
        assertThat(run("watch", "-type=nonsense")).isEqualTo(2);
    }

    @Test
    void a_session_holds_a_key_until_it_is_destroyed() {
        assertThat(run("session", "create", "-name=me", "-ttl=30s")).isZero();
        String id = out.strip();
        assertThat(run("kv", "put", "-acquire", "-session=" + id, "leader", "me"))
                .isZero();
        assertThat(out).isEqualTo("Success! Lock acquired on: leader\n");
        assertThat(run("session", "create")).isZero();
        String other = out.strip();
        assertThat(run("kv", "put", "-acquire", "-session=" + other, "leader", "you"))
                .isEqualTo(1);
        assertThat(run("session", "renew", id)).isZero();
        assertThat(run("session", "list")).isZero();
        assertThat(out).contains(id, other, "30s", "release", "15s");
        assertThat(run("session", "destroy", id)).isZero();
        assertThat(run("session", "info", id)).isEqualTo(1);
        assertThat(run("session", "destroy", other)).isZero();
    }

    @Test
    void a_snapshot_brings_back_what_was_there_and_a_damaged_one_is_refused() throws IOException {
        Path file = directory.resolve("backup.snap");
        assertThat(run("kv", "put", "kept", "before")).isZero();
        assertThat(run("snapshot", "save", file.toString())).as(err).isZero();
        assertThat(out).matches("Saved and verified snapshot to index \\d+\n");
        assertThat(run("kv", "put", "kept", "after")).isZero();
        assertThat(run("snapshot", "inspect", file.toString())).isZero();
        assertThat(out)
                .containsPattern(
                        "ID           \\S+\nSize         \\d+\nIndex        \\d+\nTerm         \\d+\nVersion      1\n");
        assertThat(run("snapshot", "restore", file.toString())).as(err).isZero();
        assertThat(run("kv", "get", "kept")).isZero();
        assertThat(out).isEqualTo("before\n");

        byte[] bytes = Files.readAllBytes(file);
        Path cut = directory.resolve("cut.snap");
        Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertThat(run("snapshot", "inspect", cut.toString())).isEqualTo(1);
        assertThat(run("snapshot", "restore", cut.toString())).isEqualTo(1);
    }

    @Test
    void configuration_is_valid_or_status_is_1_and_names_the_key() throws IOException {
        Path file = directory.resolve("valid.json");
        Files.writeString(file, "{\"server\":true,\"bootstrap\":true,\"data_dir\":\"" + directory.resolve("v") + "\"}");
        assertThat(CommandRun.of("", "validate", file.toString()).out()).isEqualTo("Configuration is valid!\n");
        assertThat(CommandRun.of("", "validate", "-quiet", file.toString()).out())
                .isEmpty();
        Files.writeString(file, "{\"data_dri\":\"x\"}");
        CommandRun run = CommandRun.of("", "validate", file.toString());
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).startsWith("Config validation failed: ").contains("data_dri");
    }

    @Test
    void a_unix_socket_and_a_list_with_a_dead_server_are_addresses_too() {
        assertThat(runWith("", "-http-addr=unix://" + socket(), "kv", "put", "unix", "1"))
                .as(err)
                .isZero();
        int dead = ServerUnderTest.freePorts(1)[0];
        String both = "127.0.0.1:" + dead + "," + server.httpAddress();
        assertThat(runWith("", "-http-addr=" + both, "kv", "get", "unix")).isZero();
        assertThat(out).isEqualTo("1\n");
        assertThat(runWith("", "-http-addr=127.0.0.1:" + dead, "kv", "get", "unix"))
                .isEqualTo(7);
        assertThat(err).contains("no answer from 127.0.0.1:" + dead + ": connection refused; see --http-addr");
    }

    @Test
    void a_server_with_nothing_but_a_socket_tells_of_itself(@TempDir Path other) throws Exception {
        String socket = "unix://" + other.resolve("alone.sock");
        try (CoordServer alone =
                EmbeddedServer.start(other.resolve("data"), Map.of("addresses", Map.of("http", socket)))) {
            CommandRun run = CommandRun.of("", "info", "-http-addr=" + socket);

            // The log of the server within this process goes there, too.
            assertThat(run.err().lines().filter(line -> !line.matches("\\d{4}-\\d\\d-\\d\\dT\\S+ +(INFO|WARN) .*")))
                    .isEmpty();
            assertThat(run.status()).isZero();
            assertThat(alone.httpAddress()).isEqualTo(socket);
        }
    }

    @Test
    void namespaces_and_malformed_addresses_are_refused_by_name() {
        assertThat(run("kv", "get", "-namespace=team", "k")).isEqualTo(2);
        assertThat(err).contains("-namespace team");
        assertThat(runWith("", "-http-addr=ftp://x", "kv", "get", "k")).isEqualTo(2);
        assertThat(err).contains("ftp://x", "http, https or unix");
        assertThat(runWith("", "-http-addr=x:port", "kv", "get", "k")).isEqualTo(2);
        assertThat(run("kv", "get", "-datacenter=mars", "k")).isEqualTo(1);
        assertThat(err).contains("No path to datacenter");
    }

    @Test
    void the_rules_of_a_policy_end_with_a_line_end() {
        JsonObject policy = new JsonObject().put("ID", "i").put("Name", "n").put("Description", "");
        assertThat(AclText.policy(policy.copy().put("Rules", "key \"a\" {}"), false))
                .endsWith("Rules:\nkey \"a\" {}\n");
        assertThat(AclText.policy(policy.copy().put("Rules", "x\n"), false)).endsWith("Rules:\nx\n");
    }
}
