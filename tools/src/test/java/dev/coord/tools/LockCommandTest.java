package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.CoordServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code coord lock} against a real server: who holds, who waits, what becomes of the command. */
class LockCommandTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private static Path directory;

    private static CoordServer server;

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedServer.start(directory.resolve("data"), Map.of());
        // A session needs its node in the catalog, with its health: it is there shortly after the server leads.
        Awaitility.await().atMost(PATIENCE).until(() -> lock("ready", "true") == 0);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The status. */
    private static int lock(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "lock";
        all[1] = "-http-addr=" + server.httpAddress();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Coord.commandLine(all).execute(all);
    }

    private static CompletableFuture<Integer> lockBeside(String... arguments) {
        return CompletableFuture.supplyAsync(() -> lock(arguments), task -> new Thread(task, "lock-test").start());
    }

    private static CommandRun coord(String... arguments) {
        String[] all = new String[arguments.length + 1];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "-http-addr=" + server.httpAddress();
        return CommandRun.of("", all);
    }

    /** Runs until the file is there. */
    private static String until(Path file) {
        return "while ! test -e " + file + "; do sleep 0.05; done";
    }

    private static void awaitFile(Path file) {
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(file));
    }

    @Test
    void the_command_runs_while_the_lock_is_held_and_nothing_stays() throws IOException {
        Path said = directory.resolve("said");
        assertThat(lock("once", "echo $CONSUL_LOCK_HELD > " + said)).isZero();
        assertThat(said).hasContent("true");
        assertThat(coord("kv", "get", "-recurse", "once").out()).isEmpty();
    }

    @Test
    void a_failed_command_is_status_0_or_2_as_with_consul() {
        assertThat(lock("fails", "exit 3")).isZero();
        assertThat(lock("-child-exit-code", "fails", "exit 3")).isEqualTo(2);
        assertThat(lock("-shell=false", "-child-exit-code", "fails", "no-such-command-at-all"))
                .isEqualTo(2);
    }

    @Test
    void a_second_one_waits_for_the_first_or_gives_up_with_status_1() throws Exception {
        Path held = directory.resolve("held");
        Path go = directory.resolve("go");
        Path after = directory.resolve("after");
        var first = lockBeside("both", "touch " + held + "; " + until(go));
        awaitFile(held);
        assertThat(lock("-timeout=200ms", "both", "touch " + after)).isEqualTo(1);
        assertThat(after).doesNotExist();

        var second = lockBeside("both", "touch " + after);
        Files.createFile(go);
        assertThat(first.get(60, TimeUnit.SECONDS)).isZero();
        assertThat(second.get(60, TimeUnit.SECONDS)).isZero();
        assertThat(after).exists();
    }

    @Test
    void a_lost_lock_ends_the_command_with_status_1() throws Exception {
        Path held = directory.resolve("held-until-lost");
        Path ended = directory.resolve("ended");
        var holder = lockBeside(
                "lost",
                "trap 'touch " + ended + "; exit' TERM; touch " + held + "; " + until(directory.resolve("never")));
        awaitFile(held);
        String session =
                new JsonObject(coord("kv", "get", "--json", "lost/.lock").out()).getString("session");
        assertThat(coord("session", "destroy", session).status()).isZero();
        assertThat(holder.get(60, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(ended).exists();
    }

    @Test
    void a_semaphore_of_two_lets_two_in_and_the_third_wait() throws Exception {
        Path go = directory.resolve("go-on");
        Path a = directory.resolve("holder-a");
        Path b = directory.resolve("holder-b");
        var first = lockBeside("-n=2", "pool", "touch " + a + "; " + until(go));
        var second = lockBeside("-n=2", "pool", "touch " + b + "; " + until(go));
        awaitFile(a);
        awaitFile(b);
        assertThat(lock("-n=2", "-timeout=200ms", "pool", "true")).isEqualTo(1);
        assertThat(lock("-n=3", "pool", "true")).as("another limit").isEqualTo(1);
        Files.createFile(go);
        assertThat(first.get(60, TimeUnit.SECONDS)).isZero();
        assertThat(second.get(60, TimeUnit.SECONDS)).isZero();
        assertThat(coord("kv", "get", "-recurse", "pool").out()).isEmpty();
    }

    @Test
    void what_stands_there_already_and_is_no_lock_is_left_alone() {
        assertThat(coord("kv", "put", "taken/.lock", "mine").status()).isZero();
        assertThat(lock("-timeout=1s", "taken", "true")).isEqualTo(1);
        assertThat(coord("kv", "get", "taken/.lock").out()).isEqualTo("mine\n");
        assertThat(lock("-n=0", "none", "true")).isEqualTo(2);
        assertThat(lock("-timeout=soon", "none", "true")).isEqualTo(2);
    }
}
