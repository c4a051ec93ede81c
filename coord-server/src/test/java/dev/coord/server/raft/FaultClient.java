package dev.coord.server.raft;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.history.KeyModel.Acquire;
import dev.coord.server.history.KeyModel.Answer;
import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Delete;
import dev.coord.server.history.KeyModel.Entry;
import dev.coord.server.history.KeyModel.Found;
import dev.coord.server.history.KeyModel.Get;
import dev.coord.server.history.KeyModel.Put;
import dev.coord.server.history.KeyModel.Release;
import dev.coord.server.history.KeyModel.Swap;
import dev.coord.server.history.KeyModel.Wrote;
import dev.coord.server.history.Operation;
import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.server.state.KvEntry;
import dev.coord.server.state.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Asks one thing after the other of whatever server runs, and writes down what it asked and was answered. What surely did not
 * happen is left out, so that it is found if it did. Every value is written once. One thread runs it.
 */
final class FaultClient implements Runnable {

    static final String PREFIX = "f/";
    private static final int REGISTERS = 3;
    private static final int LOCKS = 2;
    /** Then a key gives way to a new one: the check takes longer the longer a key's history is. */
    private static final int OPERATIONS_PER_KEY = 80;

    private static final long ANSWER_MILLIS_MAX = 1_500;
    private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(6);

    /** How often any client has chosen a key of a kind. */
    static final class Keys {
        private final AtomicLong registers = new AtomicLong();
        private final AtomicLong locks = new AtomicLong();

        private static String key(String kind, AtomicLong chosen, int slots, Random random) {
            int slot = random.nextInt(slots);
            return PREFIX + kind + slot + "-" + chosen.incrementAndGet() / ((long) slots * OPERATIONS_PER_KEY);
        }
    }

    private final String name;
    private final String session;
    private final List<Member> members;
    private final Keys keys;
    private final Random random;
    private final boolean readsAreStale;
    private final Queue<Operation<Asked, Answer>> history;
    private final Queue<String> violations;
    private final Map<String, Long> indexes = new HashMap<>();
    private int values;
    private long staleRevision;
    private @Nullable RaftConsensus staleServer;
    private volatile boolean stopped;

    FaultClient(
            String name,
            String session,
            List<Member> members,
            Keys keys,
            Random random,
            boolean readsAreStale,
            Queue<Operation<Asked, Answer>> history,
            Queue<String> violations) {
        this.name = name;
        this.session = session;
        this.members = members;
        this.keys = keys;
        this.random = random;
        this.readsAreStale = readsAreStale;
        this.history = history;
        this.violations = violations;
    }

    /** After the operation that is under way. */
    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        while (!stopped) {
            RaftConsensus server = members.get(random.nextInt(members.size())).running();
            if (server != null) {
                step(server);
            }
            LockSupport.parkNanos(random.nextLong(PAUSE_NANOS_MAX));
        }
    }

    private void step(RaftConsensus server) {
        readStale(server);
        if (random.nextInt(4) == 0) {
            String key = Keys.key("lock", keys.locks, LOCKS, random);
            int what = random.nextInt(5);
            ask(
                    server,
                    key,
                    what < 2 ? new Acquire(session, value()) : what < 4 ? new Release(session, value()) : new Get());
            return;
        }
        String key = Keys.key("key", keys.registers, REGISTERS, random);
        int what = random.nextInt(10);
        if (what < 4) {
            ask(server, key, new Get());
        } else if (what < 6) {
            ask(server, key, new Put(value()));
        } else if (what < 9) {
            ask(server, key, new Swap(value(), indexes.getOrDefault(key, 0L)));
        } else {
            ask(server, key, new Delete());
        }
    }

    private String value() {
        return name + "-" + ++values;
    }

    /** What one server has never goes back in its life. */
    private void readStale(RaftConsensus server) {
        long revision = server.latest().revision();
        if (server == staleServer && revision < staleRevision) {
            violations.add("a stale read went back from revision " + staleRevision + " to " + revision);
        }
        staleServer = server;
        staleRevision = revision;
    }

    void ask(RaftConsensus server, String key, Asked asked) {
        long call = System.nanoTime();
        Answer answer;
        try {
            answer = asked instanceof Get ? get(server, key) : write(server, key, asked);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ConsensusException known && known.reason() != Reason.UNKNOWN_OUTCOME) {
                return;
            }
            answer = null;
        } catch (TimeoutException e) {
            answer = null;
        } catch (InterruptedException e) {
            stopped = true;
            return;
        }
        if (answer != null || !(asked instanceof Get)) {
            history.add(new Operation<>(name, key, asked, answer, call, System.nanoTime()));
        }
    }

    private Answer get(RaftConsensus server, String key)
            throws ExecutionException, TimeoutException, InterruptedException {
        State state =
                readsAreStale ? server.latest() : server.linearizable().get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
        KvEntry entry = state.kv(key);
        indexes.put(key, entry == null ? 0 : entry.modifyIndex());
        return new Found(
                entry == null
                        ? null
                        : new Entry(
                                entry.value().toStringUtf8(), entry.modifyIndex(), entry.lockIndex(), entry.session()),
                state.revision());
    }

    private Answer write(RaftConsensus server, String key, Asked asked)
            throws ExecutionException, TimeoutException, InterruptedException {
        CommandResult result = server.execute(command(key, asked)).get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
        if (result.rejection() != null) {
            violations.add(asked + " was refused: " + result.rejection());
        }
        if (result.ok()) {
            indexes.put(key, asked instanceof Delete ? 0 : result.revision());
        }
        return new Wrote(result.ok(), result.revision());
    }

    private static Command command(String key, Asked asked) {
        if (asked instanceof Put put) {
            return new Command.KvPut(key, bytes(put.value()), 0, null, null, null);
        }
        if (asked instanceof Swap swap) {
            return new Command.KvPut(key, bytes(swap.value()), 0, swap.ifIndex(), null, null);
        }
        if (asked instanceof Acquire acquire) {
            return new Command.KvPut(key, bytes(acquire.value()), 0, null, acquire.session(), null);
        }
        if (asked instanceof Release release) {
            return new Command.KvPut(key, bytes(release.value()), 0, null, null, release.session());
        }
        return new Command.KvDelete(key, null);
    }

    private static ByteString bytes(String value) {
        return ByteString.copyFromUtf8(value);
    }
}
