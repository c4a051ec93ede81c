package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What configuration files and flags come to. */
class ServerConfigTest {

    private static final ConfigSource LONE =
            ConfigSource.of("command line", Map.of("server", true, "bootstrap", true, "data_dir", "d"));

    @TempDir
    private Path directory;

    @Test
    void defaults_are_consuls_ports_on_loopback() {
        ServerConfig config = ServerConfig.of(List.of(LONE));

        assertThat(config.http()).containsExactly(new ServerConfig.Listen("127.0.0.1", 8500));
        assertThat(config.grpc()).containsExactly(new ServerConfig.Listen("127.0.0.1", 8502));
        assertThat(config.raft()).isEqualTo(new ServerConfig.Listen("127.0.0.1", 8300));
        assertThat(config.datacenter()).isEqualTo("dc1");
        assertThat(config.logBackend()).isEqualTo("segment");
        assertThat(config.bootstrapExpect()).isEqualTo(1);
        assertThat(config.nodeName()).isNotEmpty();
    }

    @Test
    void json_and_hcl_say_the_same() throws IOException {
        ConfigSource json = file("a.json", """
                {"node_name": "n1", "ports": {"http": 18500, "grpc": -1}, "retry_join": ["a:1", "b:2"],
                 "node_meta": {"zone": "z"}, "raft_snapshot_interval": "1m30s", "log_level": "ERR",
                 "service": {"name": "web", "port": 80}, "services": [{"name": "db"}]}
                """);
        ConfigSource hcl = file("a.hcl", """
                # A comment
                node_name = "n1"
                ports { http = 18500 grpc = -1 }   // as Consul's own files have it
                retry_join = ["a:1", "b:2",]
                node_meta { zone = "z" }
                raft_snapshot_interval = "1m30s"
                log_level = "ERR"
                service { name = "web" port = 80 }
                services = [{ name = "db" }]
                """);

        ServerConfig fromHcl = ServerConfig.of(List.of(hcl, LONE));
        assertThat(fromHcl.http()).containsExactly(new ServerConfig.Listen("127.0.0.1", 18500));
        assertThat(fromHcl.grpc()).isEmpty();
        assertThat(fromHcl.retryJoin()).containsExactly("a:1", "b:2");
        assertThat(fromHcl.nodeMeta()).containsExactly(Map.entry("zone", "z"));
        assertThat(fromHcl.snapshots().intervalSeconds()).isEqualTo(90);
        assertThat(fromHcl.logging().level()).isEqualTo("error");
        assertThat(fromHcl.services())
                .extracting(service -> service.get("name"))
                .containsExactly("web", "db");
        ServerConfig fromJson = ServerConfig.of(List.of(json, LONE));
        assertThat(fromJson.nodeName()).isEqualTo(fromHcl.nodeName());
        assertThat(fromJson.http()).isEqualTo(fromHcl.http());
        assertThat(fromJson.retryJoin()).isEqualTo(fromHcl.retryJoin());
        assertThat(fromJson.snapshots()).isEqualTo(fromHcl.snapshots());
        assertThat(fromJson.services())
                .extracting(service -> service.get("name"))
                .containsExactly("web", "db");
    }

    @Test
    void later_sources_win_and_lists_add_up() throws IOException {
        ConfigSource first =
                file("1.json", "{\"node_name\": \"one\", \"datacenter\": \"east\", \"retry_join\": [\"a\"]}");
        ConfigSource second = file("2.hcl", "node_name = \"two\"\nretry_join = \"b\"");
        ConfigSource flags = ConfigSource.of("command line", Map.of("node_name", "three", "retry_join", List.of("c")));

        ServerConfig config = ServerConfig.of(List.of(LONE, first, second, flags));

        assertThat(config.nodeName()).isEqualTo("three");
        assertThat(config.datacenter()).isEqualTo("east");
        assertThat(config.retryJoin()).containsExactly("a:8300", "b:8300", "c:8300");
    }

    @Test
    void a_directory_gives_its_json_and_hcl_files_by_name() throws IOException {
        Files.writeString(directory.resolve("b.json"), "{\"node_name\": \"b\"}");
        Files.writeString(directory.resolve("a.hcl"), "node_name = \"a\"");
        Files.writeString(directory.resolve("notes.txt"), "not configuration");
        List<ConfigSource> sources = new ArrayList<>(ConfigFile.readDirectory(directory));
        sources.add(LONE);

        assertThat(sources).hasSize(3);
        assertThat(ServerConfig.of(sources).nodeName()).isEqualTo("b");
    }

    @Test
    void keys_of_gossip_mesh_and_ui_are_accepted_and_named() throws IOException {
        ConfigSource source = file(
                "c.json",
                "{\"ui\": true, \"encrypt\": \"k\", \"connect\": {\"enabled\": true}, \"ports\": {\"serf_wan\": 1}}");

        assertThat(ServerConfig.of(List.of(source, LONE)).ignoredKeys())
                .containsExactly("connect", "encrypt", "ports.serf_wan", "ui");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"data_dri": "x"}                        | unknown key "data_dri"; did you mean "data_dir"?
                    {"ports": {"htpp": 1}}                   | unknown key "ports.htpp"; did you mean "ports.http"?
                    {"ports": {"http": "8500"}}              | key "ports.http" must be a whole number, not 8500
                    {"ports": {"http": 1.5}}                 | key "ports.http" must be a whole number, not 1.5
                    {"ports": 8500}                          | key "ports" must be a list of objects, not 8500
                    {"server": "yes"}                        | key "server" must be true or false, not yes
                    {"retry_join": [1]}                      | key "retry_join" must be a list of texts, not [1]
                    {"raft_snapshot_interval": "soon"}       | key "raft_snapshot_interval" must be a duration
                    {"ports": {"http": 70000}}               | key "ports.http": 70000 is not within -1 and 65535
                    {"log_backend": "floppy"}                | key "log_backend": "floppy" is none of segment
                    {"hub_shape": "round"}                   | key "hub_shape": no hub shape is named "round"; there are
                    {"rollout_guards": ["disk=2x"]}          | key "rollout_guards": "disk" is no signal: there are commit-p99
                    {"rollout_guards": ["cpu=0.5x"]}         | key "rollout_guards": guard "cpu=0.5x": the factor must be at least 1
                    {"rollout_guards": ["cpu"]}              | key "rollout_guards": guard "cpu": it is SIGNAL=FACTORx
                    {"rollout_guards": {"cpu": 2}}           | key "rollout_guards" must be a list of texts
                    {"log_level": "loud"}                    | key "log_level": "loud" is none of
                    {"node_name": "a b"}                     | key "node_name": "a b" does not match
                    {"bind_addr": "0.0.0.0", "retry_join": ["a"]} | need mutual TLS
                    {"acl": {"default_policy": "deny"}}      | nothing is denied while ACLs are off
                    {"acl": {"default_policy": "maybe"}}     | neither allow nor deny
                    {"acl": {"down_policy": "up"}}           | none of allow, deny, extend-cache
                    {"acl": {"token_ttl": "25h"}}            | not within 0s and 24h
                    {"acl": {"tokens": {"mastr": "x"}}}      | unknown key "acl.tokens.mastr"; did you mean "acl.tokens.master"
                    {"acl": {"tokens": {"master": 7}}}       | key "acl.tokens.master" must be text
                    {"acl_datacenter": "elsewhere"}          | not this server's datacenter
                    {"cert_file": "missing.pem"}             | file missing.pem can't be read
                    {"limits": {"request_limits": {"mode": "strict"}}} | key "limits.request_limits.mode": "strict" is none of
                    {"limits": {"request_limits": {"rate": 1}}} | unknown key "limits.request_limits.rate"; did you mean
                    {"node_id": "not-a-uuid"}                | key "node_id": "not-a-uuid" is no UUID
                    """)
    void what_can_not_be_used_is_refused_with_file_and_key(String content, String message) throws IOException {
        Path file = directory.resolve("bad.json");
        Files.writeString(file, content);

        assertThatThrownBy(() -> ServerConfig.of(List.of(LONE, ConfigFile.read(file))))
                .isInstanceOfSatisfying(
                        StartupException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.CONFIG))
                .hasMessageContaining(message)
                .hasMessageStartingWith(file.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    node_name = n1            | line 1, column 15: "n1" is no value: text needs double quotes
                    ports { http = 1          | a '}' is missing
                    node_name "x"             | expected '=' or '{' after "node_name"
                    node_name = "x            | the text is not closed with '"'
                    retry_join = ["a" "b"]    | expected ',' or ']'
                    node_name = "\\q"         | unknown escape \\q
                    node_name = "a" node_name = "b" | key "node_name" is given twice
                    }                         | unexpected '}'
                    """)
    void hcl_errors_name_the_place(String content, String message) {
        assertThatThrownBy(() -> ConfigFile.hcl("-hcl", content))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith("-hcl: not HCL: line 1")
                .hasMessageContaining(message);
    }

    @Test
    void a_file_with_nothing_in_it_says_nothing() throws IOException {
        Path empty = Files.createFile(directory.resolve("empty.json"));

        assertThat(ServerConfig.of(List.of(LONE, ConfigFile.read(empty))).nodeName())
                .isEqualTo(ServerConfig.of(List.of(LONE)).nodeName());
    }

    @Test
    void broken_json_and_missing_files_are_named() throws IOException {
        Path broken = directory.resolve("broken.json");
        Files.writeString(broken, "{\"node_name\": ");

        assertThatThrownBy(() -> ConfigFile.read(broken))
                .hasMessageContaining(broken.toString())
                .hasMessageContaining("not a JSON object");
        assertThatThrownBy(() -> ConfigFile.read(directory.resolve("absent.json")))
                .hasMessageContaining("absent.json")
                .hasMessageContaining("can't be read");
    }

    @Test
    void hcl_nested_without_end_is_refused_and_exhausts_nothing() {
        assertThatThrownBy(() -> ConfigFile.hcl("-hcl", "a = " + "[".repeat(100_000)))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("lists nest deeper than 64");
    }

    private ConfigSource file(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, content);
        return ConfigFile.read(file);
    }
}
