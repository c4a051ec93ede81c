package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code coord flags} against a real server. */
class FlagsCommandTest {

    private static final String FLAG =
            "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"off\"}";

    @TempDir
    private static Path directory;

    private static ServerUnderTest server;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private String out = "";
    private String err = "";

    @BeforeAll
    static void start() {
        server = ServerUnderTest.lone(directory, "one").start().awaitLeader();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private int flags(String... arguments) {
        String[] all = new String[arguments.length + 4];
        all[0] = "flags";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--address=" + server.grpcAddress();
        all[arguments.length + 2] = "--timeout=30";
        all[arguments.length + 3] = "--json";
        return run(all);
    }

    private int flagsForPeople(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "flags";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--address=" + server.grpcAddress();
        return run(all);
    }

    private int run(String... arguments) {
        StringWriter written = new StringWriter();
        StringWriter complained = new StringWriter();
        CommandLine commandLine = Coord.commandLine(arguments);
        commandLine.setOut(new PrintWriter(written, true));
        commandLine.setErr(new PrintWriter(complained, true));
        int status = commandLine.execute(arguments);
        out = written.toString();
        err = complained.toString();
        return status;
    }

    @Test
    void a_document_is_put_from_a_file_got_and_deleted() throws IOException {
        Path file = directory.resolve("web.json");
        Files.writeString(file, "{\"flags\": {\"a\": " + FLAG + "}}");
        assertThat(flags("put", "web", "@" + file)).as(err).isZero();
        assertThat(new JsonObject(out).getJsonArray("changed")).containsExactly("a");
        assertThat(flagsForPeople("get", "web")).isZero();
        assertThat(new JsonObject(out)).isEqualTo(new JsonObject("{\"flags\": {\"a\": " + FLAG + "}}"));
        assertThat(out.lines().count()).isGreaterThan(5);
        assertThat(flags("delete", "web", "a")).isZero();
        assertThat(flags("get", "web", "a")).isEqualTo(1);
        assertThat(err).contains("there is no flag \"a\" in set \"web\"");
        assertThat(flags("undo", "web")).isZero();
        assertThat(flags("get", "web", "a")).isZero();
    }

    @Test
    void a_bad_definition_is_refused_with_place_and_rule() {
        assertThat(flags("put", "bad", "--flag=a", "{\"state\":\"ON\"}")).isEqualTo(1);
        assertThat(err).contains("$.flags.a.state must be \"ENABLED\" or \"DISABLED\", is \"ON\"");
        assertThat(flags("get", "bad")).isEqualTo(1);
    }

    @Test
    void set_makes_a_flag_or_changes_its_default_and_eval_shows_it() {
        assertThat(flagsForPeople("set", "shop", "fast", "on")).as(err).isZero();
        assertThat(out).contains("changed: fast");
        assertThat(flagsForPeople("eval", "shop", "fast")).isZero();
        assertThat(out).contains("true  (variant on, STATIC)");
        assertThat(flags("set", "shop", "fast", "off")).isZero();
        assertThat(flags("eval", "shop", "fast", "targetingKey=ann")).isZero();
        assertThat(new JsonObject(out).getBoolean("value")).isFalse();
        assertThat(flags("set", "shop", "fast", "sometimes")).isEqualTo(1);
        assertThat(err).contains("names the variant \"sometimes\"");
        assertThat(flags("eval", "shop", "none")).isEqualTo(1);
        assertThat(err).contains("there is no flag \"none\"");
    }

    @Test
    void a_condition_that_does_not_hold_says_who_was_faster() {
        assertThat(flags("put", "race", "--author=ann", "--flag=a", FLAG)).isZero();
        assertThat(flags("put", "race", "--author=bob", "--cas=7", "--flag=a", FLAG))
                .isEqualTo(1);
        assertThat(err).contains("not at 7; ann changed the set at");
    }

    @Test
    void history_names_who_changed_what() {
        assertThat(flags("put", "past", "--author=ann", "--flag=a", FLAG)).isZero();
        assertThat(flags("set", "past", "a", "on", "--author=bob")).isZero();
        assertThat(flagsForPeople("history", "past")).isZero();
        assertThat(out.lines().findFirst().orElse("")).contains("put by bob");
        assertThat(out).contains("put by ann").contains("~ a\t{").contains("+ a\t{");
        assertThat(flags("history", "never")).isEqualTo(1);
    }

    @Test
    void the_list_names_the_servers_features_their_risk_and_whom_they_reach() {
        assertThat(flags("set", "coord", "hub-shape", "keyed")).as(err).isZero();
        assertThat(flagsForPeople("list", "--long")).isZero();
        assertThat(out)
                .contains("hub-shape: the same for everyone; keyed for 1 servers (one)")
                .contains("lease-reads: unset; false for 1 servers (one)")
                .contains("risk     Counts on clocks");
        assertThat(flags("list")).isZero();
        JsonArray features = new JsonObject(out).getJsonArray("features");
        assertThat(features).hasSize(6);
        assertThat(flags("set", "coord", "hub-shape", "triangle")).isEqualTo(1);
        assertThat(flags("delete", "coord")).isZero();
    }

    @Test
    void the_log_moves_to_the_backend_that_its_flag_names() {
        assertThat(flags("set", "coord", "log-backend", "lmdb")).as(err).isZero();
        await().atMost(PATIENCE).until(() -> logBackend().equals("lmdb"));
        assertThat(flags("set", "coord", "log-backend", "kept")).as(err).isZero();
        assertThat(flagsForPeople("list")).as(err).isZero();
        assertThat(out)
                .contains("log-backend: the same for everyone; kept for 1 servers (one)", "online-compaction: unset");
        assertThat(server.get("/v1/kv/none").statusCode()).isEqualTo(404);
        assertThat(logBackend()).isEqualTo("lmdb");
    }

    private static String logBackend() {
        return new JsonObject(server.get("/v1/agent/self").body())
                .getJsonObject("Stats")
                .getJsonObject("log", new JsonObject())
                .getString("backend", "");
    }
}
