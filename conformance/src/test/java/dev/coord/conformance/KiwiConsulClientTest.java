package dev.coord.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kiwiproject.consul.AgentClient;
import org.kiwiproject.consul.Consul;
import org.kiwiproject.consul.ConsulException;
import org.kiwiproject.consul.KeyValueClient;
import org.kiwiproject.consul.NotRegisteredException;
import org.kiwiproject.consul.async.Callback;
import org.kiwiproject.consul.cache.KVCache;
import org.kiwiproject.consul.cache.ServiceHealthCache;
import org.kiwiproject.consul.config.CacheConfig;
import org.kiwiproject.consul.config.ClientConfig;
import org.kiwiproject.consul.model.ConsulResponse;
import org.kiwiproject.consul.model.acl.ImmutablePolicy;
import org.kiwiproject.consul.model.acl.ImmutablePolicyLink;
import org.kiwiproject.consul.model.acl.ImmutableToken;
import org.kiwiproject.consul.model.agent.ImmutableRegistration;
import org.kiwiproject.consul.model.agent.Registration;
import org.kiwiproject.consul.model.catalog.ImmutableCatalogDeregistration;
import org.kiwiproject.consul.model.catalog.ImmutableCatalogRegistration;
import org.kiwiproject.consul.model.health.HealthCheck;
import org.kiwiproject.consul.model.health.ImmutableService;
import org.kiwiproject.consul.model.kv.Operation;
import org.kiwiproject.consul.model.kv.TxResponse;
import org.kiwiproject.consul.model.kv.Value;
import org.kiwiproject.consul.model.kv.Verb;
import org.kiwiproject.consul.model.query.ImmutablePreparedQuery;
import org.kiwiproject.consul.model.query.ImmutableServiceQuery;
import org.kiwiproject.consul.model.session.ImmutableSession;
import org.kiwiproject.consul.option.ImmutableDeleteOptions;
import org.kiwiproject.consul.option.ImmutablePutOptions;
import org.kiwiproject.consul.option.ImmutableQueryOptions;
import org.kiwiproject.consul.option.Options;
import org.kiwiproject.consul.option.QueryOptions;
import org.kiwiproject.consul.util.LeaderElectionUtil;

/** {@code org.kiwiproject:consul-client}, family by family. The tests share a server: each uses names of its own. */
class KiwiConsulClientTest {

    private static final String MASTER = "5ca1ab1e-0000-4000-8000-000000000001";

    @TempDir
    static Path directory;

    private static RunningCoord coord;
    private static Consul client;

    private final String name = "kiwi-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        coord = RunningCoord.start(directory, """
                acl {
                  enabled = true
                  default_policy = "allow"
                  tokens { master = "%s" }
                }
                """.formatted(MASTER));
        client = builder().build();
    }

    @AfterAll
    static void stop() {
        client.destroy();
        coord.close();
    }

    private static Consul.Builder builder() {
        return Consul.builder()
                .withUrl("http://127.0.0.1:" + coord.httpPort())
                .withClientConfiguration(new ClientConfig(CacheConfig.builder()
                        .withWatchDuration(Duration.ofSeconds(2))
                        .build()))
                .withReadTimeoutMillis(20_000);
    }

    @Test
    void anAgentSaysWhoItIsAndWhoIsThere() {
        AgentClient agent = client.agentClient();
        agent.ping();

        assertThat(agent.getAgent().getConfig().getNodeName()).isEqualTo("coord");
        assertThat(agent.getAgent().getDebugConfig().get("ClientAddrs")).isEqualTo(List.of("127.0.0.1"));
        assertThat(agent.getMembers()).singleElement().satisfies(member -> {
            assertThat(member.getName()).isEqualTo("coord");
            assertThat(member.getStatus()).isEqualTo(1);
        });
        assertThat(client.statusClient().getLeader()).startsWith("127.0.0.1:");
        assertThat(client.statusClient().getPeers())
                .containsExactly(client.statusClient().getLeader());
    }

    @Test
    void whoMayReadWhatOperatorsReadSeesTheVoters() {
        Consul admin = builder().withAclToken(MASTER).build();
        assertThat(admin.operatorClient().getRaftConfiguration().servers())
                .singleElement()
                .satisfies(server -> assertThat(server.leader()).isTrue());
        admin.destroy();
    }

    @Test
    void aServiceIsRegisteredBeatsFailsAndGoes() throws NotRegisteredException {
        AgentClient agent = client.agentClient();
        agent.register(8080, 60L, name, name, List.of("a", "b"), Map.of("version", "2"));

        assertThat(agent.isRegistered(name)).isTrue();
        assertThat(statuses()).contains("critical");
        agent.pass(name, "fine");
        awaitUntil(() -> assertThat(statuses()).containsOnly("passing"));
        agent.warn(name, "hm");
        awaitUntil(() -> assertThat(statuses()).contains("warning"));
        agent.fail(name, "broken");
        awaitUntil(() -> assertThat(statuses()).contains("critical"));
        awaitUntil(() -> assertThat(client.healthClient().getServiceChecks(name).getResponse())
                .singleElement()
                .satisfies(check -> assertThat(check.getOutput()).hasValue("broken")));

        agent.deregister(name);
        assertThat(agent.isRegistered(name)).isFalse();
        awaitUntil(() -> assertThat(
                        client.healthClient().getAllServiceInstances(name).getResponse())
                .isEmpty());
        assertThatThrownBy(() -> agent.pass(name)).isInstanceOf(NotRegisteredException.class);
    }

    @Test
    void whatListensPassesItsTcpCheckAndWhatStoppedDoesNot() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            client.agentClient()
                    .register(ImmutableRegistration.builder()
                            .id(name)
                            .name(name)
                            .address("127.0.0.1")
                            .port(listening.getLocalPort())
                            .addChecks(Registration.RegCheck.tcp("127.0.0.1:" + listening.getLocalPort(), 1, 5))
                            .build());
            awaitUntil(() -> assertThat(statuses()).containsOnly("passing"));
        }
        awaitUntil(() -> assertThat(statuses()).contains("critical"));
        client.agentClient().deregister(name);
    }

    @Test
    void aScriptCheckSaysWhatItsCommandSaid() {
        client.agentClient().registerCheck(name, name, List.of("sh", "-c", "echo so-so; exit 1"), 1, "a note");
        awaitUntil(() -> {
            HealthCheck check = client.agentClient().getChecks().get(name);
            assertThat(check).isNotNull();
            assertThat(check.getStatus()).isEqualTo("warning");
            assertThat(check.getOutput())
                    .hasValueSatisfying(output -> assertThat(output).contains("so-so"));
            assertThat(check.getNotes()).contains("a note");
        });
        client.agentClient().deregisterCheck(name);
        assertThat(client.agentClient().getChecks()).doesNotContainKey(name);
    }

    @Test
    void maintenanceIsACriticalCheckForAWhile() {
        client.agentClient().register(1234, List.<Registration.RegCheck>of(), name, name, List.of(), Map.of());
        client.agentClient().toggleMaintenanceMode(name, true);
        awaitUntil(() -> assertThat(statuses()).contains("critical"));
        client.agentClient().toggleMaintenanceMode(name, false);
        awaitUntil(() -> assertThat(statuses()).containsOnly("passing"));
        client.agentClient().deregister(name);
    }

    @Test
    void aCatalogEntryOfAnotherNodeComesAndGoes() {
        client.catalogClient()
                .register(ImmutableCatalogRegistration.builder()
                        .node(name)
                        .address("192.0.2.1")
                        .service(ImmutableService.builder()
                                .id(name)
                                .service(name)
                                .address("192.0.2.1")
                                .port(7)
                                .build())
                        .build());
        assertThat(client.catalogClient().getNodes().getResponse())
                .anySatisfy(node -> assertThat(node.getNode()).isEqualTo(name));
        assertThat(client.catalogClient().getServices().getResponse()).containsKey(name);
        assertThat(client.catalogClient().getDatacenters()).containsExactly("dc1");

        client.catalogClient()
                .deregister(ImmutableCatalogDeregistration.builder().node(name).build());
        assertThat(client.catalogClient().getService(name).getResponse()).isEmpty();
    }

    @Test
    void aListThatIsAskedForFromAnIndexToComeIsWaitedFor() {
        QueryOptions later = QueryOptions.blockSeconds(1, BigInteger.valueOf(Integer.MAX_VALUE))
                .build();
        long began = System.nanoTime();
        assertThat(client.catalogClient().getNodes(later).getResponse()).isNotEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void keysAreWrittenListedComparedAndDeleted() {
        KeyValueClient kv = client.keyValueClient();
        byte[] bytes = new byte[256];
        new Random(1).nextBytes(bytes);

        assertThat(kv.putValue(name + "/text", "größe", 42)).isTrue();
        assertThat(kv.putValue(name + "/bytes", bytes, -1L, Options.BLANK_PUT_OPTIONS))
                .isTrue();
        assertThat(kv.getValueAsString(name + "/text", StandardCharsets.UTF_8)).contains("größe");
        assertThat(kv.getValue(name + "/bytes").flatMap(Value::getValueAsBytes)).contains(bytes);
        assertThat(kv.getValue(name + "/text").map(Value::getFlags)).contains(42L);
        assertThat(kv.getValue(name + "/none")).isEmpty();
        assertThat(kv.getKeys(name + "/")).containsExactly(name + "/bytes", name + "/text");
        assertThat(kv.getValues(name + "/")).hasSize(2);

        long index = kv.getValue(name + "/text").orElseThrow().getModifyIndex();
        assertThat(kv.putValue(
                        name + "/text",
                        "late",
                        0,
                        ImmutablePutOptions.builder().cas(index - 1).build()))
                .isFalse();
        assertThat(kv.putValue(
                        name + "/text",
                        "next",
                        0,
                        ImmutablePutOptions.builder().cas(index).build()))
                .isTrue();
        kv.deleteKey(name + "/text", ImmutableDeleteOptions.builder().cas(index).build());
        assertThat(kv.getValueAsString(name + "/text")).contains("next");
        kv.deleteKeys(name + "/");
        assertThat(kv.getKeys(name + "/")).isEmpty();
    }

    @Test
    void aTransactionIsWholeOrNotAtAll() {
        KeyValueClient kv = client.keyValueClient();
        ConsulResponse<TxResponse> done = kv.performTransaction(
                Operation.builder(Verb.SET).key(name).value("one").build(),
                Operation.builder(Verb.GET).key(name).build());
        assertThat(done.getResponse().errors()).isNullOrEmpty();
        assertThat(done.getResponse().results()).hasSize(2);
        assertThat(kv.getValueAsString(name)).contains("one");

        assertThatThrownBy(() -> kv.performTransaction(
                        Operation.builder(Verb.SET).key(name).value("two").build(),
                        Operation.builder(Verb.CHECK_INDEX)
                                .key(name)
                                .index(BigInteger.ONE)
                                .build()))
                .isInstanceOf(ConsulException.class)
                .hasMessageContaining("409");
        assertThat(kv.getValueAsString(name)).contains("one");
    }

    @Test
    void aSessionHoldsALockUntilItIsDestroyed() {
        KeyValueClient kv = client.keyValueClient();
        String first = session();
        String second = session();

        assertThat(kv.acquireLock(name, "first", first)).isTrue();
        assertThat(kv.acquireLock(name, "second", second)).isFalse();
        assertThat(kv.getSession(name)).contains(first);
        assertThat(kv.releaseLock(name, first)).isTrue();
        assertThat(kv.acquireLock(name, "second", second)).isTrue();
        assertThat(client.sessionClient().renewSession(second)).isPresent();
        assertThat(client.sessionClient().listSessions())
                .anySatisfy(found -> assertThat(found.getId()).isEqualTo(second));

        client.sessionClient().destroySession(second);
        assertThat(client.sessionClient().getSessionInfo(second)).isEmpty();
        awaitUntil(() -> assertThat(kv.getSession(name)).isEmpty());
        client.sessionClient().destroySession(first);
    }

    @Test
    void oneOfTwoIsElected() {
        LeaderElectionUtil one = new LeaderElectionUtil(client);
        assertThat(one.electNewLeaderForService(name, "first")).contains("first");
        assertThat(one.electNewLeaderForService(name, "second")).contains("first");
        assertThat(one.releaseLockForService(name)).isTrue();
    }

    @Test
    void anEventThatWasFiredIsListed() {
        client.eventClient().fireEvent(name, "payload");
        awaitUntil(() -> assertThat(client.eventClient().listEvents(name).getEvents())
                .singleElement()
                .satisfies(event -> assertThat(event.getPayload()).contains("payload")));
    }

    @Test
    void aPreparedQueryFindsWhatPasses() throws NotRegisteredException {
        client.agentClient().register(8080, 60L, name, name, List.of(), Map.of());
        String id = client.preparedQueryClient()
                .createPreparedQuery(ImmutablePreparedQuery.builder()
                        .name(name)
                        .token("")
                        .service(ImmutableServiceQuery.builder()
                                .service(name)
                                .onlyPassing(true)
                                .build())
                        .build());
        assertThat(client.preparedQueryClient().execute(name).nodes()).isEmpty();
        client.agentClient().pass(name);
        awaitUntil(() ->
                assertThat(client.preparedQueryClient().execute(id).nodes()).hasSize(1));
        client.preparedQueryClient().deletePreparedQuery(id);
        assertThat(client.preparedQueryClient().getPreparedQueries()).noneMatch(query -> name.equals(query.getName()));
        client.agentClient().deregister(name);
    }

    @Test
    void aNodeHasItsPlaceOnTheMap() {
        assertThat(client.coordinateClient().getDatacenters())
                .anySatisfy(place -> assertThat(place.getDatacenter()).isEqualTo("dc1"));
        assertThat(client.coordinateClient().getNodes()).isNotNull();
    }

    @Test
    void aCacheOfKeysFollowsThem() throws Exception {
        KeyValueClient kv = client.keyValueClient();
        kv.putValue(name + "/a", "1");
        try (KVCache cache = KVCache.newCache(kv, name)) {
            cache.start();
            assertThat(cache.awaitInitialized(30, TimeUnit.SECONDS)).isTrue();
            assertThat(cache.getMap()).hasSize(1);
            kv.putValue(name + "/b", "2");
            awaitUntil(() -> assertThat(cache.getMap()).hasSize(2));
            kv.deleteKeys(name);
            awaitUntil(() -> assertThat(cache.getMap()).isEmpty());
        }
    }

    @Test
    void aCacheOfHealthLosesWhatFails() throws Exception {
        client.agentClient().register(8080, 60L, name, name, List.of(), Map.of());
        client.agentClient().pass(name);
        try (ServiceHealthCache cache = ServiceHealthCache.newCache(client.healthClient(), name)) {
            cache.start();
            assertThat(cache.awaitInitialized(30, TimeUnit.SECONDS)).isTrue();
            awaitUntil(() -> assertThat(cache.getMap()).hasSize(1));
            client.agentClient().fail(name);
            awaitUntil(() -> assertThat(cache.getMap()).isEmpty());
            client.agentClient().pass(name);
            awaitUntil(() -> assertThat(cache.getMap()).hasSize(1));
        }
        client.agentClient().deregister(name);
    }

    @Test
    void aSnapshotBringsBackWhatWasDeleted() throws Exception {
        Consul admin = builder().withAclToken(MASTER).build();
        Path archive = directory.resolve(name + ".snap");
        client.keyValueClient().putValue(name, "kept");
        Finished<BigInteger> saved = new Finished<>();
        admin.snapshotClient().save(archive.toFile(), Options.BLANK_QUERY_OPTIONS, saved);
        saved.get(60, TimeUnit.SECONDS);

        client.keyValueClient().deleteKey(name);
        Finished<Void> restored = new Finished<>();
        admin.snapshotClient().restore(archive.toFile(), Options.BLANK_QUERY_OPTIONS, restored);
        restored.get(60, TimeUnit.SECONDS);
        awaitUntil(
                () -> assertThat(client.keyValueClient().getValueAsString(name)).contains("kept"));
        admin.destroy();
    }

    @Test
    void aTokenMayDoWhatItsPolicySays() {
        Consul admin = builder().withAclToken(MASTER).build();
        String policy = admin.aclClient()
                .createPolicy(ImmutablePolicy.builder()
                        .name(name)
                        .rules("key_prefix \"\" { policy = \"read\" }")
                        .build())
                .id();
        var token = admin.aclClient()
                .createToken(ImmutableToken.builder()
                        .description(name)
                        .addPolicies(ImmutablePolicyLink.builder().id(policy).build())
                        .build());
        assertThat(admin.aclClient().readToken(token.accessorId()).description())
                .isEqualTo(name);
        assertThat(admin.aclClient().listTokens())
                .anySatisfy(found -> assertThat(found.accessorId()).isEqualTo(token.accessorId()));

        Consul reader = builder().withAclToken(token.secretId()).build();
        admin.keyValueClient().putValue(name, "v");
        assertThat(reader.keyValueClient().getValueAsString(name)).contains("v");
        assertThatThrownBy(() -> reader.keyValueClient().putValue(name, "w"))
                .isInstanceOf(ConsulException.class)
                .hasMessageContaining("Permission denied");

        admin.aclClient().deleteToken(token.accessorId());
        admin.aclClient().deletePolicy(policy);
        assertThat(admin.aclClient().listPolicies())
                .noneMatch(found -> found.name().equals(name));
        reader.destroy();
        admin.destroy();
    }

    @Test
    void aFilterChooses() {
        client.agentClient().register(1, 60L, name, name + "-1", List.of("blue"), Map.of("env", "a"));
        client.agentClient().register(2, 60L, name, name + "-2", List.of("green"), Map.of("env", "b"));
        QueryOptions filter = ImmutableQueryOptions.builder()
                .filter("\"blue\" in Service.Tags and Service.Meta.env == a")
                .build();
        awaitUntil(() -> assertThat(client.healthClient()
                        .getAllServiceInstances(name, filter)
                        .getResponse())
                .singleElement()
                .satisfies(found -> assertThat(found.getService().getId()).isEqualTo(name + "-1")));
        client.agentClient().deregister(name + "-1");
        client.agentClient().deregister(name + "-2");
    }

    private static String session() {
        return client.sessionClient()
                .createSession(ImmutableSession.builder().lockDelay("0s").build())
                .getId();
    }

    /** Of all checks of this test's service, its node's included. */
    private List<String> statuses() {
        return client.healthClient().getAllServiceInstances(name).getResponse().stream()
                .flatMap(instance -> instance.getChecks().stream())
                .map(HealthCheck::getStatus)
                .toList();
    }

    private static void awaitUntil(org.awaitility.core.ThrowingRunnable assertion) {
        await().atMost(RunningCoord.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(assertion);
    }

    private static final class Finished<T> extends CompletableFuture<T> implements Callback<T> {
        @Override
        public void onResponse(T response) {
            complete(response);
        }

        @Override
        public void onFailure(Throwable failure) {
            completeExceptionally(failure);
        }
    }
}
