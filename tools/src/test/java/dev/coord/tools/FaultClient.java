package dev.coord.tools;

import dev.coord.server.history.KeyModel.Acquire;
import dev.coord.server.history.KeyModel.Answer;
import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Delete;
import dev.coord.server.history.KeyModel.Found;
import dev.coord.server.history.KeyModel.Get;
import dev.coord.server.history.KeyModel.Put;
import dev.coord.server.history.KeyModel.Release;
import dev.coord.server.history.KeyModel.Swap;
import dev.coord.server.history.KeyModel.Wrote;
import dev.coord.server.history.Operation;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks one thing after the other of whatever server runs, over gRPC and HTTP by turns, and writes down what it asked and was answered.
 * What surely did not happen is left out, so that it is found if it did. Every value is written once. One thread runs it.
 */
final class FaultClient implements Runnable {

    static final String PREFIX = "f/";
    static final Duration ANSWER_MAX = Duration.ofMillis(1_500);
    private static final int REGISTERS = 3;
    private static final int LOCKS = 2;
    /** Then a key gives way to a new one: the check takes longer the longer a key's history is. */
    private static final int OPERATIONS_PER_KEY = 80;

    private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);
    /** After a failure: writes whose outcome is unknown make the check slow. */
    private static final long FAILED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final String name;
    private final String session;
    private final List<ServerUnderTest> servers;
    private final KvOverGrpc grpc;
    private final KvOverHttp http;
    /** How often any client has chosen a key. */
    private final AtomicInteger chosen;

    private final Random random;
    private final Queue<Operation<Asked, Answer>> history;
    private final Queue<String> violations;
    private final Map<String, Long> indexes = new HashMap<>();
    private int values;
    private long stalePid;
    private long staleRevision;
    private volatile boolean stopped;

    FaultClient(
            String name,
            String session,
            List<ServerUnderTest> servers,
            ServerChannels channels,
            AtomicInteger chosen,
            Random random,
            Queue<Operation<Asked, Answer>> history,
            Queue<String> violations) {
        this.name = name;
        this.session = session;
        this.servers = servers;
        this.grpc = new KvOverGrpc(channels, ANSWER_MAX);
        this.http = new KvOverHttp(ANSWER_MAX);
        this.chosen = chosen;
        this.random = random;
        this.history = history;
        this.violations = violations;
    }

    /** After the operation that is under way. */
    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                ServerUnderTest server = servers.get(random.nextInt(servers.size()));
                boolean answered = server.isAlive() && step(server);
                LockSupport.parkNanos(answered ? random.nextLong(PAUSE_NANOS_MAX) : FAILED_NANOS);
            }
        } catch (RuntimeException | AssertionError e) {
            violations.add(name + ": " + e);
        }
    }

    private boolean step(ServerUnderTest server) {
        int age = chosen.incrementAndGet() / ((REGISTERS + LOCKS) * OPERATIONS_PER_KEY);
        if (random.nextInt(20) == 0) {
            readStale(server);
        }
        if (random.nextInt(4) == 0) {
            int what = random.nextInt(5);
            return ask(
                    server,
                    PREFIX + "lock" + random.nextInt(LOCKS) + "-" + age,
                    what < 2 ? new Acquire(session, value()) : what < 4 ? new Release(session, value()) : new Get());
        }
        String key = PREFIX + "key" + random.nextInt(REGISTERS) + "-" + age;
        int what = random.nextInt(10);
        return ask(
                server,
                key,
                what < 4
                        ? new Get()
                        : what < 6
                                ? new Put(value())
                                : what < 9 ? new Swap(value(), indexes.getOrDefault(key, 0L)) : new Delete());
    }

    private String value() {
        return name + "-" + ++values;
    }

    /** What one server has never goes back in the life of its process. */
    private void readStale(ServerUnderTest server) {
        long pid = server.pid();
        try {
            long revision = grpc.staleRevision(server, PREFIX);
            if (pid != 0 && pid == stalePid && pid == server.pid() && revision < staleRevision) {
                violations.add("a stale read of " + server.name() + " went back from revision " + staleRevision + " to "
                        + revision);
            }
            stalePid = pid;
            staleRevision = revision;
        } catch (KvCalls.Unanswered e) {
            // It was nothing to count on.
        }
    }

    /** False: there was no answer. */
    boolean ask(ServerUnderTest server, String key, Asked asked) {
        KvCalls calls = random.nextBoolean() ? grpc : http;
        long call = System.nanoTime();
        Answer answer = null;
        try {
            if (asked instanceof Get) {
                Found found = calls.get(server, key, random.nextBoolean());
                indexes.put(key, found.entry() == null ? 0 : found.entry().modifyIndex());
                answer = found;
            } else {
                Wrote wrote = calls.write(server, key, asked);
                // Where the answer says no index the next swap fails or a read tells.
                if (wrote.ok() && wrote.revision() != 0) {
                    indexes.put(key, asked instanceof Delete ? 0 : wrote.revision());
                }
                answer = wrote;
            }
        } catch (KvCalls.Unanswered e) {
            if (e.isSurelyNotDone() || asked instanceof Get) {
                return false;
            }
        } catch (AssertionError e) {
            violations.add(asked + " of " + key + " at " + server.name() + ": " + e);
            return false;
        }
        history.add(new Operation<>(name, key, asked, answer, call, System.nanoTime()));
        return answer != null;
    }
}
