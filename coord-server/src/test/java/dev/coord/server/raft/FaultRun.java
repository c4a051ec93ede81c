package dev.coord.server.raft;

import static org.awaitility.Awaitility.await;

import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.history.AppliedLog;
import dev.coord.server.history.KeyModel;
import dev.coord.server.history.KeyModel.Answer;
import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Get;
import dev.coord.server.history.Linearizability;
import dev.coord.server.history.Operation;
import dev.coord.server.history.RevisionOrder;
import dev.coord.server.history.Verdict;
import dev.coord.server.raft.Disturbances.Fault;
import dev.coord.server.raft.RaftClusterExtension.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Three servers, clients and watchers, and a series of faults that a seed gives; then all is made whole, everybody reads
 * everything, and the histories are judged. What the faults are and whom they meet repeats with the seed; how the threads
 * interleave does not.
 */
final class FaultRun {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration CHECK_MAX = Duration.ofSeconds(20);
    private static final int REMEMBERED_MAX = 400_000;
    private static final int CLIENTS = 4;
    private static final int FAULTS_AT_ONCE_MAX = 2;
    private static final int PAUSE_MILLIS_MIN = 50;
    private static final int FAULT_MILLIS_MAX = 1_100;
    private static final int BETWEEN_MILLIS_MAX = 250;

    /** What a run did. */
    record Report(String backend, long seed, Map<Fault, Integer> faults, int operations, int unanswered, int updates) {}

    private final RaftClusterExtension cluster;
    private final String backend;
    private final long seed;
    private final Random random;
    private final AppliedLog applied = new AppliedLog();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Queue<Operation<Asked, Answer>> history = new ConcurrentLinkedQueue<>();
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    private boolean readsAreStale;
    private final StringBuilder schedule = new StringBuilder();

    FaultRun(RaftClusterExtension cluster, String backend, long seed) {
        this.cluster = cluster;
        this.backend = backend;
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** Clients take what a server has for what is newest: that must be found. */
    FaultRun withStaleReads() {
        readsAreStale = true;
        return this;
    }

    Report run(Duration length) throws InterruptedException, IOException {
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
        List<Thread> threads = new ArrayList<>();
        List<FaultClient> clients = new ArrayList<>();
        List<FaultWatcher> watchers = new ArrayList<>();
        try (FaultyNetwork network = new FaultyNetwork(random.nextLong())) {
            Disturbances disturbances = new Disturbances(cluster, network, random, backend);
            boolean snapshots = random.nextBoolean();
            cluster.tune(options ->
                    options.electionTimeoutMillis(500).snapshots(1, snapshots ? 100 : 100_000, snapshots ? 10 : 1_000));
            cluster.publishThrough((member, hub) -> applied.recording(member.name(), hub));
            cluster.startAll();
            FaultClient.Keys keys = new FaultClient.Keys();
            for (int i = 0; i < CLIENTS; i++) {
                String session = new UUID(random.nextLong(), random.nextLong()).toString();
                create(session);
                FaultClient client = new FaultClient(
                        "c" + i,
                        session,
                        cluster.members(),
                        keys,
                        new Random(random.nextLong()),
                        readsAreStale,
                        history,
                        violations);
                clients.add(client);
                threads.add(new Thread(client, "fault-client-" + i));
            }
            for (boolean stream : List.of(true, true, false)) {
                FaultWatcher watcher = new FaultWatcher(
                        cluster.members(), stream, applied, new Random(random.nextLong()), timer, violations);
                watchers.add(watcher);
                threads.add(new Thread(watcher, "fault-watcher"));
            }
            threads.forEach(Thread::start);

            disturb(disturbances, length);
            clients.forEach(FaultClient::stop);
            for (Thread thread : threads.subList(0, CLIENTS)) {
                thread.join();
            }
            settle(disturbances, watchers, clients.get(0));
            disturbances.unexpectedEnds().forEach(end -> violations.add("ended by itself: " + end));
        } catch (RuntimeException | AssertionError e) {
            violations.add("the run did not end: " + e);
        } finally {
            clients.forEach(FaultClient::stop);
            for (Thread thread : threads) {
                thread.interrupt();
                thread.join();
            }
            timer.shutdownNow();
        }
        judge();
        List<Operation<Asked, Answer>> all = List.copyOf(history);
        return new Report(
                backend,
                seed,
                counts,
                all.size(),
                (int) all.stream().filter(one -> one.answer() == null).count(),
                watchers.stream().mapToInt(FaultWatcher::updates).sum());
    }

    /** A try whose answer was lost may have made it. */
    private void create(String session) {
        await("session " + session).atMost(PATIENCE).ignoreExceptions().until(() -> {
            RaftConsensus leader = cluster.awaitLeader().raft();
            if (leader.linearizable().get(10, TimeUnit.SECONDS).session(session) != null) {
                return true;
            }
            CompletableFuture<?> unused = leader.execute(new Command.Register(
                    new NodeEntry("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0), null, List.of(), false));
            return leader.execute(new Command.CreateSession(new SessionEntry(
                            session, "", "n", SessionEntry.Behavior.RELEASE, 0, 0, List.of(), List.of(), 0, 0)))
                    .get(10, TimeUnit.SECONDS)
                    .ok();
        });
    }

    /** One fault after the other, at the most two at once. */
    private void disturb(Disturbances disturbances, Duration length) throws InterruptedException {
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        faults.removeIf(fault -> !fault.suits(backend));
        Deque<Runnable> ends = new ArrayDeque<>();
        long begun = System.nanoTime();
        pause(BETWEEN_MILLIS_MAX);
        while (System.nanoTime() - begun < length.toNanos() && violations.isEmpty()) {
            Fault fault = faults.get(random.nextInt(faults.size()));
            boolean stays = random.nextInt(3) == 0;
            counts.merge(fault, 1, Integer::sum);
            schedule.append(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun))
                    .append(" ms: ")
                    .append(fault)
                    .append(stays ? ", beside the next" : "")
                    .append('\n');
            ends.add(disturbances.begin(fault));
            pause(FAULT_MILLIS_MAX);
            while (ends.size() >= (stays ? FAULTS_AT_ONCE_MAX : 1)) {
                ends.remove().run();
            }
            pause(BETWEEN_MILLIS_MAX);
        }
        ends.forEach(Runnable::run);
        disturbances.endAll();
    }

    /** Its length is part of the schedule: a fault has to last for a while. */
    private void pause(int millisMax) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS_MIN + random.nextInt(millisMax));
    }

    /** Everybody is there again, has heard of everything, and reads every key at every server. */
    private void settle(Disturbances disturbances, List<FaultWatcher> watchers, FaultClient reader) {
        Member leader = cluster.awaitLeader();
        await("a write after all is whole").atMost(PATIENCE).ignoreExceptions().until(() -> cluster.awaitLeader()
                .put(FaultClient.PREFIX + "end", "" + seed)
                .ok());
        long revision = cluster.awaitLeader().raft().latest().revision();
        for (Member member : cluster.members()) {
            await(member + " at " + member.address() + " catches up with revision " + revision + " of " + leader)
                    .atMost(PATIENCE)
                    .until(() ->
                            member.fatal() != null || member.raft().latest().revision() >= revision);
        }
        if (!disturbances.unexpectedEnds().isEmpty()) {
            return;
        }
        for (String key : new TreeSet<>(history.stream().map(Operation::key).toList())) {
            for (Member member : cluster.members()) {
                reader.ask(member.raft(), key, new Get());
            }
        }
        for (FaultWatcher watcher : watchers) {
            await(watcher + " has heard of everything")
                    .atMost(PATIENCE)
                    .until(() -> !violations.isEmpty() || watcher.isUpToDate());
        }
    }

    private void judge() throws IOException {
        List<Operation<Asked, Answer>> all = new ArrayList<>(history);
        RevisionOrder.violation(all).ifPresent(violations::add);
        Verdict verdict =
                new Linearizability<KeyModel.Key, Asked, Answer>(new KeyModel(), CHECK_MAX, REMEMBERED_MAX).check(all);
        if (!verdict.passes()) {
            violations.add(verdict.kind() + ": " + verdict.explanation());
        }
        violations.addAll(applied.broken);
        if (!violations.isEmpty()) {
            throw new AssertionError(violations.size() + " violations, the first: " + violations.peek()
                    + "\nwritten to " + write(all).toAbsolutePath() + "; again: -Dcoord.fault.seed=" + seed
                    + " -Dcoord.fault.backend=" + backend);
        }
    }

    private Path write(List<Operation<Asked, Answer>> all) throws IOException {
        Path file = Path.of("target", "fault-" + backend + "-" + seed + ".txt");
        List<String> lines = new ArrayList<>(violations);
        lines.add("---- faults");
        lines.add(schedule.toString());
        lines.add("---- history: client, key, asked, answer, call, return");
        all.sort(Comparator.comparing(Operation<Asked, Answer>::key).thenComparing(Operation::callNanos));
        all.forEach(one -> lines.add(one.toString()));
        return Files.write(file, lines);
    }
}
