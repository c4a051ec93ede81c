package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code watches} in a configuration file. */
class WatchConfigTest {

    @TempDir
    private Path directory;

    private List<WatchDefinition> read(String watches) throws Exception {
        Path file = directory.resolve("agent.json");
        Files.writeString(file, "{\"data_dir\": \"" + directory + "\", \"watches\": " + watches + "}");
        return ServerConfig.of(List.of(ConfigFile.read(file, null))).watches();
    }

    @Test
    void theExamplesOfConsulsDocumentationAreUnderstood() throws Exception {
        List<WatchDefinition> watches = read("""
                [{"type": "key", "key": "foo/bar/baz", "handler_type": "script", "args": ["/bin/h.sh", "-redis"]},
                 {"type": "service", "service": "redis", "tag": "bar", "passingonly": true, "handler": "h.sh -x"},
                 {"type": "checks", "token": "secret", "handler_type": "http", "http_handler_config": {
                    "path": "https://localhost:8000/watch?a=b", "method": "PUT", "timeout": "3s",
                    "header": {"x-foo": ["bar", "baz"]}, "tls_skip_verify": true}}]
                """);
        assertThat(watches)
                .containsExactly(
                        new WatchDefinition(
                                "key",
                                "foo/bar/baz",
                                null,
                                null,
                                List.of(),
                                false,
                                null,
                                null,
                                "",
                                new WatchDefinition.Command(List.of("/bin/h.sh", "-redis"), false)),
                        new WatchDefinition(
                                "service",
                                null,
                                null,
                                "redis",
                                List.of("bar"),
                                true,
                                null,
                                null,
                                "",
                                new WatchDefinition.Command(List.of("h.sh -x"), true)),
                        new WatchDefinition(
                                "checks",
                                null,
                                null,
                                null,
                                List.of(),
                                false,
                                null,
                                null,
                                "secret",
                                new WatchDefinition.Request(
                                        URI.create("https://localhost:8000/watch?a=b"),
                                        "PUT",
                                        Map.of("x-foo", List.of("bar", "baz")),
                                        Duration.ofSeconds(3),
                                        false)));
    }

    @Test
    void blocksOfHclAreUnderstood() throws Exception {
        Path file = directory.resolve("agent.hcl");
        Files.writeString(file, """
                data_dir = "/nowhere"
                watches {
                  type = "keyprefix"
                  prefix = "a/"
                  handler_type = "http"
                  http_handler_config { path = "http://127.0.0.1:1/" header { x = ["y"] } }
                }
                """);
        List<WatchDefinition> watches =
                ServerConfig.of(List.of(ConfigFile.read(file, null))).watches();
        assertThat(watches).hasSize(1);
        assertThat(watches.get(0).handler())
                .isEqualTo(new WatchDefinition.Request(
                        URI.create("http://127.0.0.1:1/"),
                        "POST",
                        Map.of("x", List.of("y")),
                        Duration.ofSeconds(10),
                        true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | type must be one of checks, event, key, keyprefix, nodes, service, services",
                "{\"type\": \"keys\"} | not \"keys\"",
                "{\"type\": \"key\", \"args\": [\"a\"]} | a watch of type key needs key",
                "{\"type\": \"service\", \"args\": [\"a\"]} | a watch of type service needs service",
                "{\"type\": \"key\", \"key\": 1, \"args\": [\"a\"]} | key must be a text, not 1",
                "{\"type\": \"nodes\", \"key\": \"a\", \"args\": [\"a\"]} | a watch of type nodes has no key",
                "{\"type\": \"nodes\"} | give args, the program and its arguments",
                "{\"type\": \"nodes\", \"args\": [\"a\"], \"handler\": \"b\"} | or handler, not both",
                "{\"type\": \"nodes\", \"args\": [1]} | args must be a list of texts",
                "{\"type\": \"nodes\", \"handler_type\": \"mail\"} | handler_type is script or http, not \"mail\"",
                "{\"type\": \"nodes\", \"handler_type\": \"http\"} | handler_type http needs http_handler_config",
                "{\"type\": \"nodes\", \"handler_type\": \"http\", \"http_handler_config\": {}} | must be an http:// or https:// URL",
                "{\"type\": \"nodes\", \"handler_type\": \"http\", \"http_handler_config\": {\"path\": \"http://a\", \"method\": \"TELL\"}} | method \"TELL\"",
                "{\"type\": \"nodes\", \"handler_type\": \"http\", \"http_handler_config\": {\"path\": \"http://a\", \"timeout\": \"soon\"}} | is no duration",
                "{\"type\": \"checks\", \"service\": \"a\", \"state\": \"any\", \"args\": [\"a\"]} | not at both",
            })
    void whatCanNotBeMeantIsNamed(String watch, String message) {
        assertThatThrownBy(() -> read("[{\"type\": \"nodes\", \"args\": [\"true\"]}, " + watch + "]"))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("agent.json: key \"watches\": number 2 of the list: ")
                .hasMessageContaining(message);
    }
}
