package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.client.CoordClient;
import dev.coord.client.openfeature.CoordFeatureProvider;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.ProviderState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our own OpenFeature provider takes its flags from three real servers. */
class CoordFeatureProviderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Of its own, so that no other test's provider is replaced. */
    private static final String DOMAIN = "coord-provider";

    @TempDir
    private Path directory;

    private List<ServerUnderTest> servers = List.of();

    @AfterEach
    void stopAll() {
        OpenFeatureAPI.getInstance().shutdown();
        servers.forEach(ServerUnderTest::close);
    }

    @Test
    void it_evaluates_all_types_survives_the_leaders_death_and_keeps_its_flags_without_any_server() {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(ServerUnderTest::start);
        servers.forEach(ServerUnderTest::awaitLeader);
        String leaderAddress = servers.get(0).leader();
        ServerUnderTest leader = servers.stream()
                .filter(server -> server.raftAddress().equals(leaderAddress))
                .findFirst()
                .orElseThrow();
        List<ServerUnderTest> others =
                servers.stream().filter(server -> server != leader).toList();
        FlagdProviderTest.put(others.get(0), "en");

        try (CoordClient coord = CoordClient.builder()
                .addresses(servers.stream().map(ServerUnderTest::grpcAddress).toList())
                .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                .build()) {
            OpenFeatureAPI.getInstance().setProviderAndWait(DOMAIN, new CoordFeatureProvider(coord, "shop", PATIENCE));
            Client client = OpenFeatureAPI.getInstance().getClient(DOMAIN);
            List<String> changed = new CopyOnWriteArrayList<>();
            client.on(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, details -> {
                if (details.getFlagsChanged() != null) {
                    changed.addAll(details.getFlagsChanged());
                }
            });
            assertThat(client.getProviderState()).isEqualTo(ProviderState.READY);
            FlagdProviderTest.assertAllTypes(client);
            FlagdProviderTest.assertFraction(client);

            FlagdProviderTest.put(leader, "de");
            FlagdProviderTest.millisUntilGreeting(client, "hallo");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(changed).containsExactly("greeting"));

            leader.kill();
            assertThat(client.getStringValue("greeting", "?")).isEqualTo("hallo");
            FlagdProviderTest.put(others.get(0), "en");
            System.out.printf(
                    "after kill -9 of the leader our provider has the next change %d ms after it was acknowledged%n",
                    FlagdProviderTest.millisUntilGreeting(client, "hello"));

            others.forEach(ServerUnderTest::kill);
            await("stale without a server")
                    .atMost(PATIENCE)
                    .until(() -> client.getProviderState() == ProviderState.STALE);
            FlagdProviderTest.assertAllTypes(client);
            assertThat(client.getStringValue("greeting", "?")).isEqualTo("hello");

            servers.forEach(ServerUnderTest::start);
            await("ready again").atMost(PATIENCE).until(() -> client.getProviderState() == ProviderState.READY);
            FlagdProviderTest.put(leader, "de");
            FlagdProviderTest.millisUntilGreeting(client, "hallo");

            OpenFeatureAPI.getInstance().shutdown();
            assertThat(coord.kv().get("none"))
                    .as("the client stays its owner's")
                    .isEmpty();
        }
    }
}
