package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.client.WatchUpdate.ItemChange;
import dev.coord.server.command.Command;
import dev.coord.server.watch.WatchMeans;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubShape;
import dev.coord.streaming.HubStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WatchClientTest {

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

    private void startWith(int servers, HubOptions hub) throws Exception {
        stop();
        cluster = new LocalCluster(servers, hub);
        client = cluster.client().build();
    }

    private long put(String key, String value) {
        return cluster.consensus
                .apply(new Command.KvPut(key, ByteString.copyFromUtf8(value), 0, null, null, null))
                .revision();
    }

    /** Remembers all, and checks what every watch promises. */
    private static final class Log implements WatchListener<KvEntry> {
        final List<WatchUpdate<KvEntry>> updates = new CopyOnWriteArrayList<>();
        final List<CoordException> interruptions = new CopyOnWriteArrayList<>();
        final List<String> broken = new CopyOnWriteArrayList<>();
        private final Map<String, KvEntry> known = new LinkedHashMap<>();

        @Override
        public void updated(WatchUpdate<KvEntry> update) {
            if (update.first() != updates.isEmpty()) {
                broken.add("first update in the wrong place: " + update);
            }
            if (!updates.isEmpty() && updates.get(updates.size() - 1).revision() >= update.revision()) {
                broken.add("revision does not rise: " + update);
            }
            for (ItemChange<KvEntry> change : update.changes()) {
                KvEntry before =
                        change.after() == null ? known.remove(change.id()) : known.put(change.id(), change.after());
                if (!java.util.Objects.equals(before, change.before())) {
                    broken.add("a change from " + change.before() + " where " + before + " was told");
                }
                if (java.util.Objects.equals(before, change.after())) {
                    broken.add("told twice: " + change);
                }
            }
            updates.add(update);
        }

        @Override
        public void interrupted(CoordException why) {
            interruptions.add(why);
        }

        List<String> ids() {
            List<String> ids = new ArrayList<>();
            updates.forEach(update -> update.changes().forEach(change -> ids.add(change.id())));
            return ids;
        }
    }

    @ParameterizedTest
    @EnumSource(WatchMode.class)
    void a_watch_tells_what_is_there_and_then_what_changes(WatchMode mode) {
        put("a/1", "one");
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), mode, ReadMode.LINEARIZABLE, log);
        watch.awaitReady(Duration.ofSeconds(10));
        assertThat(log.ids()).containsExactly("a/1");
        put("b/1", "elsewhere");
        long second = put("a/2", "two");
        await().until(() -> log.updates.size() == 2);
        assertThat(log.updates.get(1).revision()).isEqualTo(second);
        cluster.consensus.apply(new Command.KvDelete("a/1", null));
        await().until(() -> log.updates.size() == 3);
        assertThat(log.updates.get(2).changes().get(0).after()).isNull();
        assertThat(watch.items()).containsOnlyKeys("a/2");
        assertThat(watch.isLive()).isTrue();
        assertThat(log.broken).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(WatchMode.class)
    void an_absent_target_is_known_to_be_empty(WatchMode mode) {
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.key("none"), mode, ReadMode.LINEARIZABLE, log);
        watch.awaitReady(Duration.ofSeconds(10));
        assertThat(log.updates.get(0).first()).isTrue();
        assertThat(log.updates.get(0).changes()).isEmpty();
        put("none", "now there");
        await().until(() -> watch.items().containsKey("none"));
    }

    @Test
    void when_the_server_comes_back_the_watch_resumes_and_tells_only_what_is_new() throws Exception {
        put("a/1", "one");
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), log);
        watch.awaitReady(Duration.ofSeconds(10));
        cluster.doors.get(0).stop();
        await().until(() -> !log.interruptions.isEmpty());
        assertThat(watch.isLive()).isFalse();
        assertThat(watch.items()).containsOnlyKeys("a/1");
        put("a/2", "while away");
        cluster.doors.get(0).start();
        await().until(() -> log.ids().size() == 2);
        assertThat(log.ids()).containsExactly("a/1", "a/2");
        assertThat(watch.isLive()).isTrue();
        assertThat(log.broken).isEmpty();
    }

    @Test
    void when_too_much_was_missed_the_watch_compares_and_tells_the_difference() throws Exception {
        startWith(1, HubOptions.defaults().withRing(4, 1 << 20, Duration.ofMinutes(2)));
        for (int i = 0; i < 10; i++) {
            put("a/" + i, "before");
        }
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), log);
        watch.awaitReady(Duration.ofSeconds(10));
        cluster.doors.get(0).stop();
        for (int i = 5; i < 30; i++) {
            put("a/" + i, "after");
        }
        cluster.consensus.apply(new Command.KvDelete("a/0", null));
        cluster.doors.get(0).start();
        await().until(() -> log.updates.size() == 2);
        WatchUpdate<KvEntry> difference = log.updates.get(1);
        assertThat(difference.first()).isFalse();
        assertThat(difference.changes()).hasSize(26);
        assertThat(log.broken).isEmpty();
    }

    @Test
    void when_one_server_goes_away_the_watch_goes_on_at_the_other() throws Exception {
        startWith(2, HubOptions.defaults());
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), log);
        watch.awaitReady(Duration.ofSeconds(10));
        int written = 0;
        for (int round = 0; round < 4; round++) {
            LocalCluster.Door away = cluster.doors.get(round % 2);
            away.stop();
            put("a/" + written++, "v");
            int expected = written;
            await().until(() -> watch.items().size() == expected);
            away.start();
        }
        assertThat(log.ids()).containsExactly("a/0", "a/1", "a/2", "a/3");
        assertThat(log.broken).isEmpty();
    }

    @Test
    void a_slow_listener_misses_nothing_in_the_end() throws Exception {
        startWith(1, HubOptions.defaults().withRing(4, 1 << 20, Duration.ofMinutes(2)));
        Log log = new Log();
        java.util.concurrent.Semaphore turns = new java.util.concurrent.Semaphore(1);
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), update -> {
            turns.acquireUninterruptibly();
            log.updated(update);
        });
        watch.awaitReady(Duration.ofSeconds(10));
        String value = "v".repeat(50_000);
        for (int i = 0; i < 200; i++) {
            put("a/" + (1_000 + i), value);
        }
        turns.release(1_000_000);
        await().until(() -> watch.items().size() == 200);
        await().until(() -> log.ids().size() == 200);
        assertThat(log.ids()).doesNotHaveDuplicates();
        assertThat(log.broken).isEmpty();
    }

    @Test
    void switching_between_stream_and_poll_under_load_tells_everything_exactly_once() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed of the switching test: " + seed);
        Random random = new Random(seed);
        startWith(2, HubOptions.defaults());
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), log);
        watch.awaitReady(Duration.ofSeconds(10));
        int keys = 3_000;
        Map<String, String> expected = new LinkedHashMap<>();
        for (int i = 0; i < keys; i++) {
            put("a/new-" + i, "v");
            expected.put("a/new-" + i, "v");
            if (random.nextInt(4) == 0) {
                String again = "a/again-" + random.nextInt(10);
                put(again, "v" + i);
                expected.put(again, "v" + i);
            }
            if (random.nextInt(4) == 0) {
                put("b/" + i, "elsewhere");
            }
            if (random.nextInt(20) == 0) {
                watch.switchTo(random.nextBoolean() ? WatchMode.STREAM : WatchMode.POLL);
            }
            if (random.nextInt(10) == 0) {
                TimeUnit.MICROSECONDS.sleep(random.nextInt(2_000));
            }
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> watch.items().size() == expected.size());
        await().untilAsserted(() -> {
            Map<String, String> known = new LinkedHashMap<>();
            watch.items().forEach((id, entry) -> known.put(id, entry.text()));
            assertThat(known).as("seed %d", seed).isEqualTo(expected);
        });
        assertThat(log.ids().stream().filter(id -> id.startsWith("a/new-")))
                .as("seed %d", seed)
                .hasSize(keys)
                .doesNotHaveDuplicates();
        assertThat(log.broken).as("seed %d", seed).isEmpty();
        assertThat(log.interruptions).as("seed %d", seed).isEmpty();
    }

    @Test
    void a_watch_goes_over_as_the_server_says_and_back_when_it_says_nothing_any_more() {
        put("a/1", "one");
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), log);
        watch.awaitReady(Duration.ofSeconds(10));
        assertThat(watch.mode()).isEqualTo(WatchMode.STREAM);

        cluster.steering.steerBy((subject, client) -> WatchMeans.POLL);
        await().until(() -> watch.mode() == WatchMode.POLL);
        await().until(() -> cluster.hub.stats().shards().stream()
                        .mapToInt(HubStats.Shard::waiters)
                        .sum()
                == 1);
        put("a/2", "two");
        await().until(() -> watch.items().size() == 2);
        assertThat(watch.mode()).isEqualTo(WatchMode.POLL);

        cluster.steering.steerBy((subject, client) -> WatchMeans.ANY);
        put("a/3", "three");
        await().until(() -> watch.mode() == WatchMode.STREAM);
        put("a/4", "four");
        await().until(() -> watch.items().size() == 4);
        assertThat(log.ids()).containsExactly("a/1", "a/2", "a/3", "a/4");
        assertThat(log.broken).isEmpty();
        assertThat(log.interruptions).isEmpty();
    }

    @Test
    void servers_that_change_their_mind_and_the_hubs_shape_under_load_lose_and_repeat_nothing() throws Exception {
        long seed = Long.getLong("coord.seed", System.nanoTime());
        System.out.println("WatchClientTest steering: -Dcoord.seed=" + seed);
        Random random = new Random(seed);
        startWith(2, HubOptions.defaults());
        List<Log> logs = new ArrayList<>();
        List<Watch<KvEntry>> watches = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Log log = new Log();
            logs.add(log);
            WatchMode mode = i % 2 == 0 ? WatchMode.STREAM : WatchMode.POLL;
            watches.add(client.watch(WatchTarget.keyPrefix("a/"), mode, ReadMode.LINEARIZABLE, log));
        }
        List<HubShape> shapesOfHubs = List.of(HubShape.values());
        List<WatchMeans> opinions = List.of(WatchMeans.values());
        Thread shapes = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                cluster.hub.changeTo(shapesOfHubs.get(random.nextInt(3)));
            }
        });
        shapes.start();
        int keys = 1_500;
        for (int i = 0; i < keys; i++) {
            put("a/" + i, "v");
            if (i % 100 == 0) {
                WatchMeans means = opinions.get(i / 100 % 3);
                cluster.steering.steerBy((subject, client) -> means);
            }
            if (i % 10 == 0) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
        for (Watch<KvEntry> watch : watches) {
            await().atMost(Duration.ofSeconds(30)).until(() -> watch.items().size() == keys);
        }
        shapes.interrupt();
        shapes.join();
        for (Log log : logs) {
            assertThat(log.ids()).as("seed %d", seed).hasSize(keys).doesNotHaveDuplicates();
            assertThat(log.broken).as("seed %d", seed).isEmpty();
            assertThat(log.interruptions).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void the_counts_of_a_server_name_what_is_watched() {
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), new Log());
        watch.awaitReady(Duration.ofSeconds(10));
        put("a/1", "one");
        await().until(() -> watch.items().size() == 1);

        WatchStats stats = client.watchStats(5);

        assertThat(stats.hubShape()).isEqualTo("sharded");
        assertThat(stats.streams()).isEqualTo(1);
        assertThat(stats.busiest()).hasSize(1);
        assertThat(stats.busiest().get(0)).hasToString("kv a/*");
        assertThat(stats.busiest().get(0).watchers()).isEqualTo(1);
        assertThat(stats.shards().stream().mapToLong(WatchStats.Shard::events).sum())
                .isEqualTo(1);
    }

    @Test
    void a_refused_watch_fails_with_the_reason() {
        Watch<ServiceInstance> watch = client.watch(WatchTarget.service(""), update -> {});
        assertThatThrownBy(() -> watch.awaitReady(Duration.ofSeconds(10))).hasMessageContaining("service is empty");
    }

    @Test
    void a_watch_without_a_server_waits_and_says_for_whom() {
        cluster.doors.get(0).stop();
        Watch<KvEntry> watch = client.watch(WatchTarget.key("a"), update -> {});
        assertThatThrownBy(() -> watch.awaitReady(Duration.ofMillis(200)))
                .isInstanceOf(CoordException.class)
                .hasMessageContaining("key 'a'")
                .hasMessageContaining(cluster.doors.get(0).address());
    }

    @Test
    void a_closed_watch_tells_nothing_more() {
        Log log = new Log();
        Watch<KvEntry> watch = client.watch(WatchTarget.keyPrefix("a/"), log);
        watch.awaitReady(Duration.ofSeconds(10));
        watch.close();
        await().until(() -> cluster.hub.stats().shards().stream()
                        .mapToInt(shard -> shard.subscriptions())
                        .sum()
                == 0);
        put("a/1", "late");
        assertThat(client.kv().get("a/1")).isPresent();
        assertThat(log.updates).hasSize(1);
    }

    @Test
    void services_and_nodes_are_watched_as_their_types() {
        List<ServiceName> services = new CopyOnWriteArrayList<>();
        Watch<ServiceName> names =
                client.watch(WatchTarget.services(), update -> update.changes().forEach(change -> {
                    if (change.after() != null) {
                        services.add(change.after());
                    }
                }));
        Watch<NodeInfo> nodes = client.watch(WatchTarget.nodes(), update -> {});
        names.awaitReady(Duration.ofSeconds(10));
        nodes.awaitReady(Duration.ofSeconds(10));
        try (Registration web = client.register(
                ServiceRegistration.builder("web").port(80).tag("v1").build())) {
            web.awaitRegistered(Duration.ofSeconds(10));
            await().until(() -> services.contains(new ServiceName("web", List.of("v1"), 1)));
            await().until(() -> nodes.items().containsKey("test-node"));
        }
        await().until(() -> names.items().isEmpty());
    }
}
