package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.contrib.providers.flagd.Config;
import dev.openfeature.contrib.providers.flagd.FlagdOptions;
import dev.openfeature.contrib.providers.flagd.FlagdProvider;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.Value;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** flagd's own Java provider, resolving in its process, takes its flags from three real servers. */
class FlagdProviderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static final String DOCUMENT = """
            {
              "$evaluators": {"beta": {"ends_with": [{"var": "mail"}, "@coord.dev"]}},
              "metadata": {"team": "shop"},
              "flags": {
                "new-checkout": {
                  "state": "ENABLED",
                  "variants": {"on": true, "off": false},
                  "defaultVariant": "off",
                  "targeting": {"if": [{"$ref": "beta"}, "on"]}
                },
                "greeting": {"state": "ENABLED", "variants": {"en": "hello", "de": "hallo"}, "defaultVariant": "VARIANT"},
                "retries": {"state": "ENABLED", "variants": {"few": 2, "many": 9}, "defaultVariant": "many"},
                "ratio": {"state": "ENABLED", "variants": {"half": 0.5}, "defaultVariant": "half"},
                "limits": {"state": "ENABLED", "variants": {"low": {"cpu": 1, "zones": ["a"]}}, "defaultVariant": "low"},
                "off-for-now": {"state": "DISABLED", "variants": {"on": true}, "defaultVariant": "on"},
                "tenth": {
                  "state": "ENABLED",
                  "variants": {"on": true, "off": false},
                  "defaultVariant": "off",
                  "targeting": {"fractional": [["on", 10], ["off", 90]]}
                },
                "new-enough": {
                  "state": "ENABLED",
                  "variants": {"on": true, "off": false},
                  "defaultVariant": "off",
                  "targeting": {"if": [{"sem_ver": [{"var": "version"}, ">=", "2.1.0"]}, "on"]}
                }
              }
            }
            """;

    @TempDir
    private Path directory;

    private List<ServerUnderTest> servers = List.of();
    private final AllServers resolver = new AllServers();

    @AfterEach
    void stopAll() {
        OpenFeatureAPI.getInstance().shutdown();
        NameResolverRegistry.getDefaultRegistry().deregister(resolver);
        servers.forEach(ServerUnderTest::close);
    }

    /** Stands for a name in the DNS with the addresses of all servers, the leader's first. */
    private static final class AllServers extends NameResolverProvider {

        private volatile List<String> addresses = List.of();

        @Override
        protected boolean isAvailable() {
            return true;
        }

        @Override
        protected int priority() {
            return 9;
        }

        @Override
        public String getDefaultScheme() {
            return "dns";
        }

        @Override
        public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
            return List.of(InetSocketAddress.class);
        }

        @Override
        public NameResolver newNameResolver(URI target, NameResolver.Args args) {
            return new NameResolver() {
                @Override
                public String getServiceAuthority() {
                    return "coord";
                }

                @Override
                public void start(Listener2 listener) {
                    List<EquivalentAddressGroup> groups = new ArrayList<>();
                    for (String address : addresses) {
                        String[] parts = address.split(":", -1);
                        groups.add(new EquivalentAddressGroup(
                                new InetSocketAddress(parts[0], Integer.parseInt(parts[1]))));
                    }
                    listener.onResult(ResolutionResult.newBuilder()
                            .setAddressesOrError(io.grpc.StatusOr.fromValue(groups))
                            .build());
                }

                @Override
                public void shutdown() {}
            };
        }
    }

    static void put(ServerUnderTest server, String variant) {
        Awaitility.await("the flags are written").atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> answer =
                    server.put("/v1/flags/shop", DOCUMENT.replace("\"VARIANT\"", "\"" + variant + "\""));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        });
    }

    static long millisUntilGreeting(Client client, String greeting) {
        long begun = System.nanoTime();
        Awaitility.await("the provider has the change")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> client.getStringValue("greeting", "?").equals(greeting));
        return Duration.ofNanos(System.nanoTime() - begun).toMillis();
    }

    @Test
    void it_evaluates_all_types_sees_changes_and_survives_the_leaders_death() {
        servers = ServerUnderTest.cluster(directory, 3);
        servers.forEach(ServerUnderTest::start);
        servers.forEach(ServerUnderTest::awaitLeader);
        String leaderAddress = servers.get(0).leader();
        ServerUnderTest leader = servers.stream()
                .filter(server -> server.raftAddress().equals(leaderAddress))
                .findFirst()
                .orElseThrow();
        ServerUnderTest other =
                servers.stream().filter(server -> server != leader).findFirst().orElseThrow();
        put(other, "en");

        List<String> addresses = new ArrayList<>(List.of(leader.grpcAddress()));
        servers.stream().filter(server -> server != leader).forEach(server -> addresses.add(server.grpcAddress()));
        resolver.addresses = addresses;
        NameResolverRegistry.getDefaultRegistry().register(resolver);
        OpenFeatureAPI.getInstance()
                .setProviderAndWait(new FlagdProvider(FlagdOptions.builder()
                        .resolverType(Config.Resolver.IN_PROCESS)
                        .targetUri("dns:///coord")
                        .selector("shop")
                        .deadline(20_000)
                        .build()));
        Client client = OpenFeatureAPI.getInstance().getClient();
        List<String> changed = new CopyOnWriteArrayList<>();
        client.on(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, details -> {
            if (details.getFlagsChanged() != null) {
                changed.addAll(details.getFlagsChanged());
            }
        });

        assertAllTypes(client);
        assertFraction(client);

        put(leader, "de");
        System.out.printf(
                "flagd's Java provider has a change %d ms after it was acknowledged%n",
                millisUntilGreeting(client, "hallo"));
        // The provider tells of the change on a thread of its own, after it has taken it.
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(changed)
                .contains("greeting"));

        leader.kill();
        assertThat(client.getStringValue("greeting", "?"))
                .as("flags stay as they were while no server answers")
                .isEqualTo("hallo");
        put(other, "en");
        System.out.printf(
                "after kill -9 of the leader that it was connected to, it has the next change %d ms after it was"
                        + " acknowledged%n",
                millisUntilGreeting(client, "hello"));
        assertAllTypes(client);
    }

    static void assertAllTypes(Client client) {
        var nobody = new ImmutableContext("somebody");
        var colleague = new ImmutableContext("ann", java.util.Map.of("mail", new Value("ann@coord.dev")));
        assertThat(client.getBooleanValue("new-checkout", true, nobody)).isFalse();
        assertThat(client.getBooleanDetails("new-checkout", false, colleague))
                .satisfies(details -> assertThat(details.getValue()).isTrue())
                .satisfies(details -> assertThat(details.getReason()).isEqualTo("TARGETING_MATCH"))
                .satisfies(details ->
                        assertThat(details.getFlagMetadata().getString("team")).isEqualTo("shop"));
        assertThat(client.getIntegerValue("retries", 0)).isEqualTo(9);
        assertThat(client.getDoubleValue("ratio", 0.0)).isEqualTo(0.5);
        assertThat(client.getObjectValue("limits", new Value())
                        .asStructure()
                        .getValue("cpu")
                        .asInteger())
                .isEqualTo(1);
        assertThat(client.getBooleanDetails("off-for-now", false).getErrorMessage())
                .contains("disabled");
        assertThat(client.getBooleanValue(
                        "new-enough",
                        false,
                        new ImmutableContext("x", java.util.Map.of("version", new Value("2.10.0")))))
                .isTrue();
        assertThat(client.getBooleanValue("not-there", true)).isTrue();
    }

    static void assertFraction(Client client) {
        int on = 0;
        for (int i = 0; i < 2_000; i++) {
            on += client.getBooleanValue("tenth", false, new ImmutableContext("user-" + i)) ? 1 : 0;
        }
        assertThat(on).as("about a tenth of 2,000").isBetween(120, 280);
    }
}
