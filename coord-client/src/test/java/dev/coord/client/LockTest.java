package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.client.CoordException.Reason;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.Command;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions and the locks that hang on them. */
class LockTest {

    private LocalCluster cluster;
    private CoordClient client;
    private CoordClient other;

    @BeforeEach
    void start() throws Exception {
        cluster = new LocalCluster(1);
        cluster.consensus.apply(new Command.Register(
                new NodeEntry("", "node-1", "127.0.0.1", "dc1", Map.of(), Map.of(), 0, 0), null, List.of(), false));
        client = cluster.client().build();
        other = cluster.client().nodeName("other-node").build();
    }

    @AfterEach
    void stop() {
        client.close();
        other.close();
        cluster.close();
    }

    private static SessionOptions quick() {
        return SessionOptions.named("test").withLockDelay(Duration.ofMillis(600));
    }

    private String holder(String key) {
        return client.kv().get(key).flatMap(KvEntry::session).orElse("");
    }

    @Test
    void a_session_lives_until_it_is_closed() {
        Session session = client.openSession(SessionOptions.named("mine"));
        assertThat(cluster.consensus.latest().session(session.id())).isNotNull();
        assertThat(session.isAlive()).isTrue();
        session.close();
        assertThat(session.isAlive()).isFalse();
        assertThat(cluster.consensus.latest().session(session.id())).isNull();
    }

    @Test
    void a_session_that_the_cluster_ended_is_known_to_be_lost() {
        Session session = client.openSession(SessionOptions.named("mine").withTtl(Duration.ofSeconds(10)));
        List<CoordException> losses = new CopyOnWriteArrayList<>();
        session.onLost(losses::add);
        cluster.consensus.apply(new Command.DestroySession(session.id()));
        await().atMost(Duration.ofSeconds(20)).until(() -> !losses.isEmpty());
        assertThat(session.isAlive()).isFalse();
        assertThat(losses.get(0)).hasMessageContaining(session.id());
    }

    @Test
    void a_session_with_a_ttl_out_of_bounds_is_refused() {
        assertThatThrownBy(
                        () -> client.openSession(SessionOptions.named("short").withTtl(Duration.ofSeconds(1))))
                .isInstanceOfSatisfying(
                        CoordException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INVALID));
    }

    @Test
    void one_holds_the_lock_and_the_other_gets_it_when_it_is_let_go() throws Exception {
        LockHold mine = client.lock("lock").acquire(Duration.ofSeconds(10));
        assertThat(mine.isHeld()).isTrue();
        assertThat(other.lock("lock").tryAcquire(Duration.ZERO)).isEmpty();
        assertThatThrownBy(() -> other.lock("lock").acquire(Duration.ofMillis(100)))
                .hasMessageContaining("'lock'")
                .hasMessageContaining("100 ms");

        CompletableFuture<LockHold> waiting =
                CompletableFuture.supplyAsync(() -> other.lock("lock").acquire(Duration.ofSeconds(20)));
        await().until(() -> cluster.hub.stats().shards().stream()
                        .mapToInt(shard -> shard.waiters())
                        .sum()
                == 1);
        mine.close();
        LockHold theirs = waiting.get(20, TimeUnit.SECONDS);
        assertThat(theirs.isHeld()).isTrue();
        assertThat(mine.isHeld()).isFalse();
        assertThat(theirs.fencingToken()).isGreaterThan(mine.fencingToken());
        theirs.close();
        assertThat(holder("lock")).isEmpty();
        assertThat(cluster.consensus.latest().sessions()).isEmpty();
    }

    @Test
    void a_lost_lock_tells_its_holder_and_opens_after_the_lock_delay() {
        LockHold mine = client.lock("lock", quick()).acquire(Duration.ofSeconds(10));
        List<CoordException> losses = new CopyOnWriteArrayList<>();
        mine.onLost(losses::add);
        cluster.consensus.apply(new Command.DestroySession(holder("lock")));
        await().until(() -> !losses.isEmpty());
        assertThat(mine.isHeld()).isFalse();
        assertThat(losses.get(0)).hasMessageContaining("'lock'");

        Optional<LockHold> atOnce = other.lock("lock", quick()).tryAcquire(Duration.ZERO);
        assertThat(atOnce).isEmpty();
        try (LockHold later = other.lock("lock", quick()).acquire(Duration.ofSeconds(10))) {
            assertThat(later.isHeld()).isTrue();
        }
        mine.close();
    }

    @Test
    void a_deleted_key_is_a_lost_lock() {
        LockHold mine = client.lock("lock").acquire(Duration.ofSeconds(10));
        List<CoordException> losses = new CopyOnWriteArrayList<>();
        mine.onLost(losses::add);
        other.kv().delete("lock");
        await().until(() -> !losses.isEmpty());
        assertThat(losses.get(0)).hasMessageContaining("deleted");
        mine.close();
    }
}
