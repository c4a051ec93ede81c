package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.command.Command;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Registration and discovery, the two ends of one thing. */
class DiscoveryTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    private LocalCluster cluster;
    private CoordClient client;

    @BeforeEach
    void start() throws Exception {
        cluster = new LocalCluster(1);
        client = cluster.client().build();
    }

    @AfterEach
    void stop() {
        client.close();
        cluster.close();
    }

    private Registration register(String id, int port) {
        return client.register(ServiceRegistration.builder("web")
                        .id(id)
                        .port(port)
                        .tag("v1")
                        .meta("zone", "a")
                        .ttl(Duration.ofMillis(600))
                        .build())
                .awaitRegistered(SOON);
    }

    @Test
    void what_is_registered_is_discovered_and_picked_in_turn() {
        register("web-1", 81);
        register("web-2", 82);
        Discovery web = client.discovery("web").awaitReady(SOON);
        await().until(() -> web.instances().size() == 2);
        assertThat(web.instances().get(0)).satisfies(instance -> {
            assertThat(instance.node()).isEqualTo("test-node");
            assertThat(instance.address()).isEqualTo("10.0.0.9");
            assertThat(instance.port()).isEqualTo(81);
            assertThat(instance.tags()).containsExactly("v1");
            assertThat(instance.meta()).containsEntry("zone", "a");
            assertThat(instance.health()).isEqualTo(Health.PASSING);
        });
        Set<String> picked = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            picked.add(web.pick().orElseThrow().id());
        }
        assertThat(picked).containsExactlyInAnyOrder("web-1", "web-2");
    }

    @Test
    void an_instance_that_reports_itself_critical_is_left_out_and_comes_back() {
        Registration registration = register("web-1", 81);
        Discovery web = client.discovery("web").awaitReady(SOON);
        Discovery anyHealth = client.discovery("web", Health.CRITICAL).awaitReady(SOON);
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        Runnable remove = web.addListener(instances -> sizes.add(instances.size()));
        registration.report(Health.CRITICAL, "the disk is full");
        await().until(() -> web.instances().isEmpty());
        assertThat(web.pick()).isEmpty();
        await().until(() -> anyHealth.instances().get(0).health() == Health.CRITICAL);
        registration.report(Health.PASSING, "");
        await().until(() -> web.instances().size() == 1);
        await().until(() -> sizes.equals(List.of(0, 1)));
        remove.run();
    }

    @Test
    void closing_deregisters() {
        Registration registration = register("web-1", 81);
        Discovery web = client.discovery("web").awaitReady(SOON);
        registration.close();
        assertThat(registration.isRegistered()).isFalse();
        await().until(() -> web.instances().isEmpty());
        assertThat(cluster.consensus.latest().instances("web")).isEmpty();
    }

    @Test
    void closing_the_client_deregisters_all() {
        register("web-1", 81);
        register("web-2", 82);
        client.close();
        assertThat(cluster.consensus.latest().instances("web")).isEmpty();
    }

    @Test
    void what_the_cluster_lost_is_registered_again() {
        Registration registration = register("web-1", 81);
        cluster.consensus.apply(new Command.Deregister("test-node", "web-1", null));
        await().until(() -> cluster.consensus.latest().instances("web").size() == 1);
        await().until(registration::isRegistered);
        cluster.consensus.restore(dev.coord.server.state.State.empty());
        await().until(() -> cluster.consensus.latest().instances("web").size() == 1);
    }

    @Test
    void a_registration_waits_for_a_server_that_is_not_there_yet() throws Exception {
        cluster.doors.get(0).stop();
        Registration registration =
                client.register(ServiceRegistration.builder("web").build());
        assertThat(registration.isRegistered()).isFalse();
        cluster.doors.get(0).start();
        registration.awaitRegistered(SOON);
        assertThat(cluster.consensus.latest().instances("web")).hasSize(1);
    }

    @Test
    void a_refused_registration_says_why() {
        Registration registration = client.register(
                ServiceRegistration.builder("web").meta("k".repeat(200), "v").build());
        assertThat(registration.registered())
                .failsWithin(SOON)
                .withThrowableThat()
                .withMessageContaining("128");
    }

    @Test
    void while_the_cluster_is_away_the_cache_stays_and_says_how_old_it_is() throws Exception {
        register("web-1", 81);
        Discovery web = client.discovery("web").awaitReady(SOON);
        await().until(() -> web.isLive() && web.age().compareTo(Duration.ofSeconds(2)) < 0);
        cluster.doors.get(0).stop();
        await().until(() -> !web.isLive());
        assertThat(web.instances()).hasSize(1);
        assertThat(web.pick()).isPresent();
        await().until(() -> web.age().compareTo(Duration.ofMillis(500)) > 0);
        assertThat(web.watch().lastFailure()).isPresent();

        cluster.doors.get(0).start();
        await().until(web::isLive);
        await().until(() -> web.age().compareTo(Duration.ofMillis(400)) < 0);
        register("web-2", 82);
        await().until(() -> web.instances().size() == 2);
    }
}
