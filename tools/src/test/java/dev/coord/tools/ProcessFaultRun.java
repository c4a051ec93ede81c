package dev.coord.tools;

import static org.awaitility.Awaitility.await;

import dev.coord.server.history.KeyModel;
import dev.coord.server.history.KeyModel.Acquire;
import dev.coord.server.history.KeyModel.Answer;
import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Get;
import dev.coord.server.history.KeyModel.Put;
import dev.coord.server.history.KeyModel.Release;
import dev.coord.server.history.KeyModel.Swap;
import dev.coord.server.history.KeyModel.Wrote;
import dev.coord.server.history.Linearizability;
import dev.coord.server.history.Operation;
import dev.coord.server.history.RevisionOrder;
import dev.coord.server.history.ToldHistory;
import dev.coord.server.history.ToldHistory.Told;
import dev.coord.server.history.ToldHistory.Written;
import dev.coord.server.history.Verdict;
import dev.coord.tools.FaultPlan.Fault;
import dev.coord.tools.FaultPlan.Step;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Three processes, clients and watchers, and the faults of a plan; then all is made whole, everybody reads everything, and the histories
 * are judged. The plan and what the clients ask repeat with its seed; how processes interleave does not.
 */
final class ProcessFaultRun {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration CHECK_MAX = Duration.ofSeconds(30);
    private static final int REMEMBERED_MAX = 400_000;
    private static final int CLIENTS = 4;
    private static final List<Boolean> STREAMS = List.of(true, true, true, false);
    private static final int FAULTS_AT_ONCE_MAX = 2;

    /** What a run did. */
    record Report(
            long seed,
            String backend,
            Map<Fault, Integer> faults,
            int endsByDisk,
            int operations,
            int unanswered,
            int updates,
            int snapshotsCompared) {}

    private final Path directory;
    private final FaultPlan plan;
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Queue<Operation<Asked, Answer>> history = new ConcurrentLinkedQueue<>();
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    private final List<String> schedule = new ArrayList<>();
    private final List<FaultClient> clients = new ArrayList<>();
    private final List<FaultWatcher> watchers = new ArrayList<>();

    ProcessFaultRun(Path directory, FaultPlan plan) {
        this.directory = directory;
        this.plan = plan;
    }

    Report run() throws InterruptedException, IOException {
        List<Thread> threads = new ArrayList<>();
        try (FaultyProcesses processes = new FaultyProcesses(directory, plan);
                ServerChannels channels = new ServerChannels()) {
            List<ServerUnderTest> servers = processes.servers();
            try {
                processes.start();
                begin(servers, channels, threads);
                disturb(processes);
                clients.forEach(FaultClient::stop);
                for (Thread thread : threads.subList(0, CLIENTS)) {
                    thread.join();
                }
                settle(processes);
            } catch (RuntimeException | AssertionError e) {
                violations.add("the run did not end: " + e);
            } finally {
                clients.forEach(FaultClient::stop);
                watchers.forEach(FaultWatcher::stop);
                for (Thread thread : threads) {
                    thread.join();
                }
            }
            violations.addAll(processes.unexpectedEnds());
            return judge(servers, processes.endsByDisk());
        }
    }

    private void begin(List<ServerUnderTest> servers, ServerChannels channels, List<Thread> threads) {
        Random random = new Random(plan.seed());
        AtomicInteger chosen = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
            FaultClient client = new FaultClient(
                    "c" + i,
                    session(servers.get(0)),
                    servers,
                    channels,
                    chosen,
                    new Random(random.nextLong()),
                    history,
                    violations);
            clients.add(client);
            threads.add(new Thread(client, "fault-client-" + i));
        }
        for (int i = 0; i < STREAMS.size(); i++) {
            boolean stream = STREAMS.get(i);
            FaultWatcher watcher = new FaultWatcher(
                    (stream ? "stream-" : "poll-") + i,
                    stream,
                    servers,
                    channels,
                    new Random(random.nextLong()),
                    violations);
            watchers.add(watcher);
            threads.add(new Thread(watcher, "fault-watcher-" + i));
        }
        threads.forEach(Thread::start);
    }

    /** Without a time to live, of a node without checks: nothing ends it. */
    private static String session(ServerUnderTest server) {
        JsonObject node = new JsonObject().put("Node", "n").put("Address", "10.0.0.1");
        JsonObject session =
                new JsonObject().put("Node", "n").put("Checks", new JsonArray()).put("NodeChecks", new JsonArray());
        await("a session").atMost(PATIENCE).ignoreExceptions().until(() -> server.put(
                        "/v1/catalog/register", node.encode())
                .body()
                .strip()
                .equals("true"));
        HttpResponse<String> answer = await("a session")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> server.put("/v1/session/create", session.encode()), one -> one.statusCode() == 200);
        return new JsonObject(answer.body()).getString("ID");
    }

    /** One fault after the other, at the most two at once. */
    private void disturb(FaultyProcesses processes) throws InterruptedException {
        Deque<Runnable> ends = new ArrayDeque<>();
        long begun = System.nanoTime();
        try {
            for (Step step : plan.steps()) {
                if (!violations.isEmpty()) {
                    return;
                }
                boolean suits = processes.suits(step.fault());
                schedule.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms: " + step
                        + (suits ? "" : ", left out"));
                if (suits) {
                    counts.merge(step.fault(), 1, Integer::sum);
                    ends.add(processes.begin(step));
                    TimeUnit.MILLISECONDS.sleep(step.lastsMillis());
                }
                while (ends.size() >= (step.beside() ? FAULTS_AT_ONCE_MAX : 1)) {
                    ends.remove().run();
                }
                TimeUnit.MILLISECONDS.sleep(step.pauseMillis());
            }
        } finally {
            ends.forEach(Runnable::run);
        }
    }

    /** Everybody is there again, has heard of everything, and reads every key at every server. */
    private void settle(FaultyProcesses processes) {
        FaultClient reader = clients.get(0);
        for (ServerUnderTest server : processes.servers()) {
            await(server.name() + " takes a write after all is whole")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> {
                        processes.revive();
                        return server.put("/v1/kv/" + FaultClient.PREFIX + "end", "" + plan.seed())
                                .body()
                                .strip()
                                .equals("true");
                    });
        }
        for (String key : new TreeSet<>(history.stream().map(Operation::key).toList())) {
            for (ServerUnderTest server : processes.servers()) {
                reader.ask(server, key, new Get());
            }
        }
        Map<String, String> last = everything(processes.servers().get(0));
        for (FaultWatcher watcher : watchers) {
            await(watcher.name() + " has heard of everything")
                    .atMost(PATIENCE)
                    .until(() -> !violations.isEmpty() || watcher.known().equals(last));
        }
    }

    private static Map<String, String> everything(ServerUnderTest server) {
        JsonArray entries = new JsonArray(server.get("/v1/kv/" + FaultClient.PREFIX + "?recurse&consistent")
                .body());
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            all.put(entries.getJsonObject(i).getString("Key"), KvOverHttp.value(entries.getJsonObject(i)));
        }
        return all;
    }

    private Report judge(List<ServerUnderTest> servers, int endsByDisk) throws IOException {
        List<Operation<Asked, Answer>> all = new ArrayList<>(history);
        RevisionOrder.violation(all.stream()
                        .filter(one -> one.answer() == null || one.answer().revision() != 0)
                        .toList())
                .ifPresent(violations::add);
        Verdict verdict =
                new Linearizability<KeyModel.Key, Asked, Answer>(new KeyModel(), CHECK_MAX, REMEMBERED_MAX).check(all);
        if (!verdict.passes()) {
            violations.add(verdict.kind() + ": " + verdict.explanation());
        }
        Map<String, List<Told>> told = new HashMap<>();
        watchers.forEach(watcher -> told.put(watcher.name(), watcher.told()));
        ToldHistory watched = ToldHistory.of(told, written(all));
        violations.addAll(watched.violations());
        if (!violations.isEmpty()) {
            throw new AssertionError(violations.size() + " violations, the first: " + violations.peek()
                    + "\nwritten to " + write(all, told, servers).toAbsolutePath() + "; again: -Dcoord.faults.seed="
                    + plan.seed());
        }
        return new Report(
                plan.seed(),
                plan.backend(),
                counts,
                endsByDisk,
                all.size(),
                (int) all.stream().filter(one -> one.answer() == null).count(),
                told.values().stream().mapToInt(List::size).sum(),
                watched.snapshotsCompared());
    }

    /** Whatever is acknowledged at a known revision and leaves a value. */
    private static List<Written> written(List<Operation<Asked, Answer>> all) {
        List<Written> writes = new ArrayList<>();
        for (Operation<Asked, Answer> one : all) {
            if (one.answer() instanceof Wrote wrote && wrote.ok() && wrote.revision() != 0) {
                if (one.asked() instanceof Put put) {
                    writes.add(new Written(wrote.revision(), one.key(), put.value()));
                } else if (one.asked() instanceof Swap swap) {
                    writes.add(new Written(wrote.revision(), one.key(), swap.value()));
                } else if (one.asked() instanceof Acquire acquire) {
                    writes.add(new Written(wrote.revision(), one.key(), acquire.value()));
                } else if (one.asked() instanceof Release release) {
                    writes.add(new Written(wrote.revision(), one.key(), release.value()));
                }
            }
        }
        return writes;
    }

    private Path write(List<Operation<Asked, Answer>> all, Map<String, List<Told>> told, List<ServerUnderTest> servers)
            throws IOException {
        Path file = Path.of("target", "process-faults-" + plan.seed() + ".txt");
        List<String> lines = new ArrayList<>(violations);
        lines.add("---- " + plan);
        lines.addAll(schedule);
        lines.add("---- history: client, key, asked, answer, call, return");
        all.sort(Comparator.comparing(Operation<Asked, Answer>::key).thenComparing(Operation::callNanos));
        all.forEach(one -> lines.add(one.toString()));
        told.forEach((name, seen) -> {
            lines.add("---- " + name);
            seen.forEach(one -> lines.add(one.toString()));
        });
        for (ServerUnderTest server : servers) {
            lines.add("---- " + server.name());
            lines.add(server.output());
        }
        return Files.write(file, lines);
    }
}
