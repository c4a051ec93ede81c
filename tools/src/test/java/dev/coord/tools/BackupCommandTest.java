package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.CoordServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Out of one cluster and into another, whole and in part, with a damaged file too. Both deny without a token. */
class BackupCommandTest {

    private static final String MANAGEMENT = "5ec4e700-aaaa-4222-8333-444444444444";
    private static final byte[] MARKER = {(byte) 0x89, 'c', 'h', 'u', 'n', 'k', '\r', '\n'};

    @TempDir
    private static Path directory;

    private static CoordServer from;
    private static CoordServer to;

    @BeforeAll
    static void start() throws Exception {
        from = closed("from");
        to = closed("to");
        for (CoordServer server : List.of(from, to)) {
            await().atMost(60, TimeUnit.SECONDS)
                    .until(() -> run(server, "kv", "put", "-flags=18446744073709551615", "app/a", "\u0001a")
                                    .status()
                            == 0);
        }
        ok(run(to, "kv", "delete", "-recurse", ""));
        ok(run(from, "kv", "put", "app/empty"));
        ok(run(from, "kv", "put", "app/ü \"/x", "b"));
        ok(run(from, "kv", "put", "other/c", "c"));
        for (int i = 0; i < 5; i++) {
            Path large = Files.writeString(
                    directory.resolve("large"), String.valueOf(i).repeat(500_000));
            ok(run(from, "kv", "put", "large/" + i, "@" + large));
        }
        put("/v1/catalog/register", """
                {"Node": "db", "Address": "10.0.0.9", "NodeMeta": {"zone": "a"}, "Service": {"ID": "db1",
                 "Service": "db", "Tags": ["primary"], "Port": 5432, "Weights": {"Passing": 3, "Warning": 1}},
                 "Checks": [{"Name": "disk", "Status": "warning"}, {"Name": "port", "ServiceID": "db1",
                 "Status": "passing", "Definition": {"TCP": "10.0.0.9:5432", "Interval": "10s"}}]}""");
        put("/v1/flags/shop", """
                {"flags": {"new": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"}}}""");
        ok(run(from, "acl", "policy", "create", "-name=reader", "-rules=key_prefix \"\" { policy = \"read\" }"));
        ok(run(from, "acl", "role", "create", "-name=readers", "-policy-name=reader"));
        ok(run(
                from,
                "acl",
                "token",
                "create",
                "-accessor=11111111-2222-4333-8444-555555555555",
                "-secret=66666666-2222-4333-8444-555555555555",
                "-role-name=readers"));
    }

    @AfterAll
    static void stop() {
        from.close();
        to.close();
    }

    private static CoordServer closed(String name) throws Exception {
        return EmbeddedServer.start(
                directory.resolve(name),
                Map.of(
                        "node_name",
                        name,
                        "acl",
                        Map.of(
                                "enabled",
                                true,
                                "default_policy",
                                "deny",
                                "tokens",
                                Map.of("initial_management", MANAGEMENT))));
    }

    private static CommandRun run(CoordServer server, String... words) {
        return as(MANAGEMENT, server, words);
    }

    private static CommandRun as(String token, CoordServer server, String... words) {
        List<String> all = new ArrayList<>(Arrays.asList(words));
        int verb = words[0].equals("acl") ? 3 : 2;
        all.addAll(verb, List.of("-http-addr=" + server.httpAddress(), "-token=" + token));
        return CommandRun.of("", all.toArray(String[]::new));
    }

    private static CommandRun ok(CommandRun run) {
        assertThat(run.status()).as(run.err() + run.out()).isZero();
        return run;
    }

    private static void put(String path, String body) {
        HttpTransport.Tls none = new HttpTransport.Tls("", "", "", "", "", true);
        try (HttpTransport http =
                new HttpTransport(List.of(HttpTarget.of(from.httpAddress(), false)), none, MANAGEMENT, "")) {
            http.call("PUT", path, Buffer.buffer(body), Duration.ZERO).orFail();
        }
    }

    private static String get(CoordServer server, String path) {
        HttpTransport.Tls none = new HttpTransport.Tls("", "", "", "", "", true);
        try (HttpTransport http =
                new HttpTransport(List.of(HttpTarget.of(server.httpAddress(), false)), none, MANAGEMENT, "")) {
            return http.get(path).text();
        }
    }

    private static Path saved(String name, String... more) {
        Path file = directory.resolve(name);
        List<String> words = new ArrayList<>(List.of("backup", "save", file.toString()));
        words.addAll(List.of(more));
        ok(run(from, words.toArray(String[]::new)));
        return file;
    }

    @Test
    void everythingComesIntoANewClusterAndMayDoSoAgain() {
        Path file = saved("all");
        assertThat(ok(run(from, "backup", "verify", file.toString())).out())
                .isEqualTo("sound: 9 keys, 2 registrations, 1 flag set, 5 ACL entries\n");
        JsonObject inspected = new JsonObject(
                ok(run(from, "backup", "inspect", "--json", file.toString())).out());
        assertThat(inspected.getJsonObject("header").getString("cluster")).hasSize(36);
        assertThat(inspected.getJsonObject("header").getLong("index")).isPositive();
        assertThat(inspected.getLong("chunks"))
                .as("large values are in chunks of 1 MiB")
                .isGreaterThan(4);

        CommandRun restored = run(to, "backup", "restore", file.toString());
        // The other cluster has a token with this secret under an accessor of its own.
        assertThat(restored.status()).as(restored.err()).isEqualTo(9);
        assertThat(restored.err().lines()).singleElement().satisfies(line -> assertThat(line)
                .contains("not restored: acl: token ", "SecretID"));
        assertThat(restored.out()).startsWith("Restored 9 keys, 2 registrations, 1 flag set, 4 ACL entries from ");

        assertThat(ok(run(to, "kv", "export")).out())
                .isEqualTo(ok(run(from, "kv", "export")).out())
                .contains("18446744073709551615");
        JsonObject service = new JsonArray(get(to, "/v1/health/service/db")).getJsonObject(0);
        assertThat(service.getJsonObject("Node").getString("Address")).isEqualTo("10.0.0.9");
        assertThat(service.getJsonObject("Node").getJsonObject("Meta").getString("zone"))
                .isEqualTo("a");
        assertThat(service.getJsonObject("Service").getJsonObject("Weights").getInteger("Passing"))
                .isEqualTo(3);
        assertThat(service.getJsonArray("Checks").encode()).contains("\"warning\"", "10.0.0.9:5432", "\"10s\"");
        assertThat(get(to, "/v1/catalog/nodes")).doesNotContain("\"from\"");
        assertThat(get(to, "/v1/flags/shop")).isEqualTo(get(from, "/v1/flags/shop"));
        assertThat(as("66666666-2222-4333-8444-555555555555", to, "kv", "get", "other/c")
                        .out())
                .isEqualTo("c\n");

        String before = get(to, "/v1/kv/app/a");
        assertThat(run(to, "backup", "restore", "--kind=kv,catalog,flags", file.toString())
                        .status())
                .isZero();
        assertThat(get(to, "/v1/kv/app/a")).as("what is equal stays as it is").isEqualTo(before);
    }

    @Test
    void prefixesAndKindsChooseWhenItIsSavedAndWhenItIsRestored() {
        Path file = saved("apps", "--prefix=app/", "--prefix=other/");
        assertThat(ok(run(from, "backup", "verify", file.toString())).out()).isEqualTo("sound: 4 keys\n");
        assertThat(ok(run(from, "backup", "restore", "--dry-run", "--prefix=other/", file.toString()))
                        .out())
                .startsWith("Would restore 1 key from ");
        assertThat(run(from, "backup", "save", "--kind=queries", file.toString()))
                .satisfies(refused -> {
                    assertThat(refused.status()).isEqualTo(2);
                    assertThat(refused.err()).contains("--kind queries", "kv, catalog, flags, acl");
                });
        assertThat(run(from, "backup", "save", "--kind=acl", "--prefix=a", file.toString())
                        .status())
                .isEqualTo(2);
    }

    @Test
    void whatMayNotBeReadIsSaidAndTheRestIsSaved() {
        Path file = directory.resolve("reader");
        CommandRun run =
                as("66666666-2222-4333-8444-555555555555", from, "backup", "save", file.toString(), "--kind=kv,acl");

        assertThat(run.status()).isEqualTo(9);
        assertThat(run.err()).contains("not saved: acl: 403");
        assertThat(ok(run(from, "backup", "inspect", file.toString())).out())
                .contains("Never saved", "acl: 403", "9 keys");
    }

    @Test
    void aDamagedChunkIsLeftOutNamedAndTheOthersAreRestored() throws Exception {
        Path file = saved("damaged", "--kind=kv");
        byte[] bytes = Files.readAllBytes(file);
        int key = find(bytes, "large/0\",\"flags".getBytes(StandardCharsets.UTF_8), 0);
        bytes[key + 1000] ^= 1;
        Files.write(file, bytes);

        CommandRun verified = run(from, "backup", "verify", file.toString());
        assertThat(verified.status()).isEqualTo(9);
        assertThat(verified.err()).contains("damaged: kv: ", "\"large/0\"", "the sum of its bytes");
        JsonObject json = new JsonObject(
                run(from, "backup", "verify", "--json", file.toString()).out());
        assertThat(json.getBoolean("sound")).isFalse();
        assertThat(json.getJsonArray("damages").getJsonObject(0).getInteger("count"))
                .isPositive();

        CommandRun restored = run(to, "backup", "restore", file.toString());
        assertThat(restored.status()).isEqualTo(9);
        assertThat(restored.err()).contains("damaged in the file, not restored: kv: ");
        assertThat(run(to, "kv", "get", "other/c").out()).isEqualTo("c\n");
        assertThat(run(to, "kv", "get", "large/4").out()).startsWith("44444");

        int last = find(bytes, "\"end\"".getBytes(StandardCharsets.UTF_8), 0);
        Files.write(file, Arrays.copyOf(bytes, last - MARKER.length - 20));
        assertThat(run(from, "backup", "verify", file.toString()).err()).contains("the file ends without its end");
    }

    @Test
    void anotherFileAndNoFileAreRefusedByName() throws Exception {
        Path file = Files.writeString(directory.resolve("text"), "not a backup");
        assertThat(run(from, "backup", "restore", file.toString())).satisfies(refused -> {
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains(file.toString(), "is no backup");
        });
        assertThat(run(from, "backup", "inspect", directory.resolve("none").toString()))
                .satisfies(refused -> {
                    assertThat(refused.status()).isEqualTo(2);
                    assertThat(refused.err()).contains("none is not there");
                });
    }

    private static int find(byte[] bytes, byte[] what, int start) {
        for (int at = start; at + what.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + what.length, what, 0, what.length)) {
                return at;
            }
        }
        throw new AssertionError("not found");
    }
}
