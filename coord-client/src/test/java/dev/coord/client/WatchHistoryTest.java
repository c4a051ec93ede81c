package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.client.WatchUpdate.ItemChange;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.history.AppliedLog;
import dev.coord.server.watch.WatchMeans;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubShape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three servers, writers, and everybody who can watch: streams and long polls of the client, blocking queries over HTTP; of
 * keys, instances and their health. Servers are stopped and started again, leadership moves, hubs change their shape, clients
 * are moved between streams and polls, listeners dawdle, and rings are so small that all of that leads to resets, too. Whatever
 * anybody is told of a revision is held against what the servers applied up to it.
 */
class WatchHistoryTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> SERVICES = List.of("web", "db");

    @TempDir
    Path directory;

    private final AppliedLog applied = new AppliedLog();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final List<WatchedServer> servers = new ArrayList<>();
    private final List<Follower<?>> followers = new ArrayList<>();
    private final List<Poller> pollers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<CoordClient> clients = new ArrayList<>();

    /** Listens to a watch. What it is told must be what was applied. */
    private final class Follower<T> implements WatchListener<T> {

        final Watch<T> watch;
        private final Function<AppliedLog.View, Map<String, String>> expected;
        private final BiFunction<String, T, Map.Entry<String, String>> text;
        private final Random random;

        /** Of the watch's executor. */
        private long revision;

        private final Map<String, String> known = new TreeMap<>();
        /** A copy for the test's thread. */
        private volatile Map<String, String> told = Map.of();

        final AtomicInteger updates = new AtomicInteger();

        Follower(
                CoordClient client,
                WatchTarget<T> target,
                WatchMode mode,
                Random random,
                BiFunction<String, T, Map.Entry<String, String>> text,
                Function<AppliedLog.View, Map<String, String>> expected) {
            this.random = random;
            this.text = text;
            this.expected = expected;
            this.watch = client.watch(target, mode, ReadMode.LINEARIZABLE, this);
        }

        @Override
        public void updated(WatchUpdate<T> update) {
            try {
                take(update);
            } catch (RuntimeException | Error e) {
                failures.add(e);
            }
            if (random.nextInt(20) == 0) {
                LockSupport.parkNanos(random.nextInt(200_000_000));
            }
        }

        private void take(WatchUpdate<T> update) {
            assertThat(update.revision()).as("revisions of %s", watch).isGreaterThan(revision);
            for (ItemChange<T> change : update.changes()) {
                assertThat(Objects.equals(change.before(), change.after()))
                        .as("a change that is none")
                        .isFalse();
                if (change.after() != null) {
                    Map.Entry<String, String> now = text.apply(change.id(), change.after());
                    known.put(now.getKey(), now.getValue());
                } else {
                    known.remove(text.apply(change.id(), Objects.requireNonNull(change.before()))
                            .getKey());
                }
            }
            assertThat(known)
                    .as("what is known at revision %s after %s, by %s", update.revision(), revision, mode())
                    .isEqualTo(expected.apply(applied.at(update.revision())));
            revision = update.revision();
            told = Map.copyOf(known);
            updates.incrementAndGet();
        }

        private String mode() {
            return watch == null ? "the first call" : watch.mode().toString();
        }

        @Override
        public void failed(CoordException why) {
            failures.add(why);
        }

        boolean isUpToDate() {
            return told.equals(expected.apply(applied.newest()));
        }
    }

    @AfterEach
    void stop() throws Exception {
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            thread.join();
        }
        clients.forEach(CoordClient::close);
        for (WatchedServer server : servers) {
            server.stop();
        }
    }

    @Test
    void everySubscribersHistoryIsThatOfTheAppliedLog() throws Exception {
        run(12);
    }

    @Tag("slow")
    @RepeatedTest(10)
    void everySubscribersHistoryIsThatOfTheAppliedLogForLonger() throws Exception {
        run(60);
    }

    private void run(int rounds) throws Exception {
        long seed = Long.getLong("coord.seed", System.nanoTime());
        System.out.println("WatchHistoryTest: -Dcoord.seed=" + seed);
        Random random = new Random(seed);
        startAll(random);
        for (int round = 0; round < rounds; round++) {
            write(random, 20 + random.nextInt(60));
            disturb(random, round);
            assertThat(failures).as("seed %d, round %d", seed, round).isEmpty();
        }
        for (WatchedServer server : servers) {
            if (!server.isRunning()) {
                server.start(servers);
            }
        }
        settle(seed);
        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(applied.broken).as("seed %d", seed).isEmpty();
        assertThat(followers)
                .allSatisfy(follower -> assertThat(follower.updates).hasPositiveValue());
        assertThat(pollers).allSatisfy(poller -> assertThat(poller.answers()).isPositive());
        System.out.println("WatchHistoryTest: "
                + followers.stream()
                        .mapToInt(follower -> follower.updates.get())
                        .sum() + " updates, "
                + pollers.stream().mapToInt(Poller::answers).sum() + " answers");
    }

    private void startAll(Random random) throws Exception {
        HubOptions hub = HubOptions.defaults().withShards(2).withRing(16, 8_000, Duration.ofSeconds(5));
        for (int i = 1; i <= 3; i++) {
            servers.add(new WatchedServer(
                    "s" + i, directory.resolve("s" + i), applied, hub, new SplittableRandom(random.nextLong())));
        }
        for (WatchedServer server : servers) {
            server.start(servers);
        }
        await().atMost(PATIENCE).until(() -> servers.stream().anyMatch(WatchedServer::isLeader));
        for (int i = 0; i < 2; i++) {
            CoordClient client = CoordClient.builder()
                    .addresses(servers.stream().map(WatchedServer::grpcAddress).toList())
                    .backoff(Duration.ofMillis(10), Duration.ofMillis(200))
                    .build();
            clients.add(client);
            for (WatchMode mode : WatchMode.values()) {
                for (String prefix : List.of("", "a/", "a/b/", "a/1")) {
                    followers.add(new Follower<>(
                            client,
                            WatchTarget.keyPrefix(prefix),
                            mode,
                            new Random(random.nextLong()),
                            (id, entry) -> Map.entry(id, entry.text()),
                            view -> view.keysUnder(prefix)));
                }
                for (String service : SERVICES) {
                    followers.add(new Follower<>(
                            client,
                            WatchTarget.service(service),
                            mode,
                            new Random(random.nextLong()),
                            (id, instance) -> Map.entry(
                                    service + "|" + id,
                                    AppliedLog.instance(
                                            instance.tags(), instance.health().name())),
                            view -> view.instancesOf(service)));
                }
            }
        }
        for (String prefix : List.of("a/", "b/")) {
            pollers.add(Poller.ofKeys(servers, applied, new Random(random.nextLong()), prefix));
        }
        for (String service : SERVICES) {
            pollers.add(Poller.ofService(servers, applied, new Random(random.nextLong()), service));
        }
        pollers.forEach(this::start);
    }

    private void start(Runnable body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (RuntimeException | Error e) {
                failures.add(e);
            }
        });
        threads.add(thread);
        thread.start();
    }

    /** What becomes of them does not matter: whatever was applied must be told. */
    private void write(Random random, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            WatchedServer server = servers.get(random.nextInt(servers.size()));
            if (server.isRunning()) {
                CompletableFuture<?> unused = server.execute(command(random));
            }
            if (random.nextInt(4) == 0) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(10));
            }
        }
    }

    private static Command command(Random random) {
        String key = List.of("a/", "a/b/", "b/").get(random.nextInt(3)) + random.nextInt(4);
        String node = "n" + random.nextInt(3);
        String service = SERVICES.get(random.nextInt(SERVICES.size()));
        CheckStatus status = List.of(CheckStatus.values()).get(random.nextInt(3));
        return switch (random.nextInt(12)) {
            case 0 -> new Command.KvDelete(key, null);
            case 1 -> new Command.KvDeleteTree("a/b/");
            case 2, 3, 4 ->
                new Command.Register(
                        new NodeEntry("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
                        service(node, service, random),
                        List.of(check(node, service, status)),
                        false);
            case 5, 6 -> new Command.UpdateCheck(node, service + "-check", status, "said so");
            case 7 -> new Command.Deregister(node, random.nextBoolean() ? service : null, null);
            default ->
                new Command.KvPut(key, ByteString.copyFromUtf8("v" + random.nextInt(1_000)), 0, null, null, null);
        };
    }

    private static ServiceEntry service(String node, String name, Random random) {
        return new ServiceEntry(
                node, name, name, List.of("t" + random.nextInt(5)), "", 80, Map.of(), Map.of(), 1, 1, false, "", 0, 0);
    }

    private static CheckEntry check(String node, String service, CheckStatus status) {
        return new CheckEntry(
                node, service + "-check", "check", status, "", "", service, service, List.of(), "ttl", null, 0, 0);
    }

    private void disturb(Random random, int round) throws Exception {
        WatchedServer server = servers.get(random.nextInt(servers.size()));
        // One round after the other, so that a short run meets all of them.
        switch (round % 6) {
            case 0 -> {
                HubShape shape = List.of(HubShape.values()).get(random.nextInt(3));
                start(() -> server.changeHubTo(shape));
            }
            case 1 -> {
                WatchedServer leader = servers.stream()
                        .filter(WatchedServer::isLeader)
                        .findFirst()
                        .orElse(server);
                restart(leader, random);
            }
            case 2 -> {
                WatchMeans means = List.of(WatchMeans.values()).get(random.nextInt(3));
                servers.forEach(one -> one.steering.steerBy((subject, client) -> means));
            }
            case 3 -> {
                for (WatchedServer one : servers) {
                    if (one.isLeader()) {
                        CompletableFuture<Void> unused = one.transferLeadership();
                    }
                }
            }
            case 4 -> restart(server, random);
            default ->
                followers.forEach(
                        follower -> follower.watch.switchTo(random.nextBoolean() ? WatchMode.STREAM : WatchMode.POLL));
        }
    }

    private void restart(WatchedServer server, Random random) throws Exception {
        threads.removeIf(thread -> !thread.isAlive());
        server.stop();
        write(random, random.nextInt(60));
        server.start(servers);
    }

    /** The last word to every subject, and everybody has heard it. */
    private void settle(long seed) {
        servers.forEach(server -> server.steering.steerBy((subject, client) -> WatchMeans.ANY));
        for (String key : List.of("a/end", "a/b/end", "a/1end", "b/end")) {
            last(new Command.KvPut(key, ByteString.copyFromUtf8("end " + seed), 0, null, null, null));
        }
        for (String service : SERVICES) {
            last(new Command.Register(
                    new NodeEntry("", "end", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
                    service("end", service, new Random(seed)),
                    List.of(check("end", service, CheckStatus.WARNING)),
                    false));
        }
        await().atMost(PATIENCE)
                .alias("everybody is up to date, seed " + seed)
                .until(() -> !failures.isEmpty()
                        || (followers.stream().allMatch(Follower::isUpToDate)
                                && pollers.stream()
                                        .allMatch(poller -> poller.known().equals(poller.expected()))));
    }

    private void last(Command command) {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> servers.get(0)
                .execute(command)
                .get(10, TimeUnit.SECONDS)
                .ok());
    }
}
