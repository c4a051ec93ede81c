package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is thrown at a server or its start: a clear answer, and the server keeps serving. */
class BadInputTest {

    @TempDir
    private static Path shared;

    private static ServerUnderTest server;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        server = ServerUnderTest.lone(shared, "sound").start().awaitLeader();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void it_keeps_serving() {
        assertThat(server.put("/v1/kv/alive", "yes").body()).isEqualTo("true");
        assertThat(server.get("/v1/kv/alive?raw").body()).isEqualTo("yes");
    }

    @Test
    void malformed_json_is_a_bad_request() {
        var answer = server.put("/v1/agent/service/register", "{\"Name\": \"web\", ");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isNotBlank();
    }

    @Test
    void a_wrong_type_is_a_bad_request() {
        var answer = server.put("/v1/agent/service/register", "{\"Name\": \"web\", \"Port\": \"eighty\"}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).containsIgnoringCase("port");
    }

    @Test
    void a_value_of_600_kilobytes_is_too_large() {
        var answer = server.put("/v1/kv/large", "x".repeat(600 * 1024));

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).contains("524288");
    }

    @Test
    void an_empty_key_and_a_negative_index_are_bad_requests() {
        assertThat(server.put("/v1/kv/", "x").statusCode()).isEqualTo(400);
        assertThat(server.get("/v1/kv/alive?index=-1").statusCode()).isEqualTo(400);
    }

    @Test
    void a_port_in_use_ends_the_start_with_its_number() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerUnderTest second = ServerUnderTest.lone(directory, "second")) {
            second.listening("http", taken.getLocalPort()).start();

            assertThat(second.awaitExit()).isEqualTo(4);
            assertThat(second.output()).contains(String.valueOf(taken.getLocalPort()), "in use");
        }
    }

    @Test
    void a_file_where_the_data_directory_should_be_is_named() throws IOException {
        try (ServerUnderTest second = ServerUnderTest.lone(directory, "second")) {
            Files.writeString(second.dataDir(), "not a directory");
            second.start();

            assertThat(second.awaitExit()).isEqualTo(5);
            assertThat(second.output()).contains(second.dataDir() + " is a file");
            assertThat(second.dataDir()).hasContent("not a directory");
        }
    }

    @Test
    void a_data_directory_that_is_in_use_is_refused() {
        try (ServerUnderTest second = ServerUnderTest.lone(directory, "second")) {
            second.with("data_dir", server.dataDir().toString()).start();

            assertThat(second.awaitExit()).isEqualTo(5);
            assertThat(second.output()).contains("in use by another process");
        }
    }

    @Test
    void a_directory_keeps_its_own_backend_whatever_the_configuration_says_of_new_ones() {
        try (ServerUnderTest second = ServerUnderTest.lone(directory, "second")) {
            second.start().awaitLeader();
            second.put("/v1/kv/kept", "value");
            assertThat(second.stop()).as("stops cleanly on SIGTERM").isZero();

            second.with("log_backend", "mapdb").start().awaitLeader();

            assertThat(second.get("/v1/kv/kept?raw").body()).isEqualTo("value");
        }
    }

    @Test
    void a_data_directory_of_another_cluster_is_refused_by_name() {
        try (ServerUnderTest second = ServerUnderTest.lone(directory, "second")) {
            second.start().awaitLeader();
            await().until(() -> Files.readString(
                            second.dataDir().resolve("raft").resolve("server.json"))
                    .matches("(?s).*\"cluster_id\"\\s*:\\s*\"[0-9a-f-]{36}\".*"));
            assertThat(second.stop()).isZero();

            second.with("retry_join", List.of(server.raftAddress())).start();

            assertThat(second.awaitExit()).isEqualTo(6);
            assertThat(second.output())
                    .contains(second.dataDir().toString())
                    .contains("belongs to cluster")
                    .contains("is of another one");
        }
    }

    @Test
    void an_unknown_configuration_key_ends_the_start_with_its_name() {
        try (ServerUnderTest second = ServerUnderTest.lone(directory, "second")) {
            second.with("data_dri", "x").start();

            assertThat(second.awaitExit()).isEqualTo(3);
            assertThat(second.output()).contains("unknown key \"data_dri\"; did you mean \"data_dir\"?");
        }
    }
}
