package dev.coord.server.raft;

import dev.coord.server.history.AppliedLog;
import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.server.state.Change;
import dev.coord.server.state.State;
import dev.coord.server.watch.BlockingQuery;
import dev.coord.server.watch.Timer;
import dev.coord.server.watch.Topics;
import dev.coord.streaming.Event;
import dev.coord.streaming.Hub;
import dev.coord.streaming.Reset;
import dev.coord.streaming.Signal;
import dev.coord.streaming.Subscription;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Watches all keys of the clients, at one server for a while and then at another, going on from the revision that it knows; by
 * stream, or by one blocking query after the other. Whatever it is told is held against what the servers applied: in order,
 * once, nothing left out. One thread runs it until it is interrupted.
 */
final class FaultWatcher implements Runnable {

    private static final String PREFIX = FaultClient.PREFIX;
    private static final long STAY_MILLIS_MAX = 1_500;
    private static final long WAIT_MILLIS = 60_000;

    private final List<Member> members;
    private final boolean stream;
    private final AppliedLog applied;
    private final Random random;
    private final ScheduledExecutorService timer;
    private final Queue<String> violations;

    /** The last revision that is known. Of the watcher's thread. */
    private long revision;

    private final Map<String, String> known = new TreeMap<>();
    /** A copy for the test's thread. */
    private volatile Map<String, String> told = Map.of();

    private final AtomicInteger updates = new AtomicInteger();

    FaultWatcher(
            List<Member> members,
            boolean stream,
            AppliedLog applied,
            Random random,
            ScheduledExecutorService timer,
            Queue<String> violations) {
        this.members = members;
        this.stream = stream;
        this.applied = applied;
        this.random = random;
        this.timer = timer;
        this.violations = violations;
    }

    int updates() {
        return updates.get();
    }

    boolean isUpToDate() {
        return told.equals(applied.newest().keysUnder(PREFIX));
    }

    @Override
    public String toString() {
        return stream ? "stream" : "long poll";
    }

    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Member member = members.get(random.nextInt(members.size()));
                RaftConsensus server = member.running();
                Hub hub = member.runningHub();
                if (server == null || hub == null || server.latest().revision() < Math.max(revision, 2)) {
                    TimeUnit.MILLISECONDS.sleep(5);
                } else if (stream) {
                    follow(member, server, hub);
                } else {
                    poll(member, server, hub);
                }
            }
        } catch (InterruptedException e) {
            // The end of the run.
        } catch (RuntimeException | AssertionError e) {
            violations.add(this + ": " + e);
        }
    }

    private boolean stays(Member member, RaftConsensus server, long untilNanos) {
        return member.running() == server && System.nanoTime() - untilNanos < 0;
    }

    private long untilNanos() {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextLong(STAY_MILLIS_MAX));
    }

    private void follow(Member member, RaftConsensus server, Hub hub) throws InterruptedException {
        Semaphore ready = new Semaphore(0);
        long until = untilNanos();
        try (Subscription subscription = hub.subscribe(Topics.keyPrefix(PREFIX), revision, ready::release)) {
            while (stays(member, server, until)) {
                Signal signal = subscription.poll();
                if (signal == null) {
                    boolean unused = ready.tryAcquire(20, TimeUnit.MILLISECONDS);
                } else if (signal instanceof Reset) {
                    State state = server.latest();
                    replace(state);
                    subscription.resumeAfter(state.revision());
                } else if (signal instanceof Event event) {
                    take(event);
                }
            }
        }
    }

    private void take(Event event) {
        expect(event.revision() > revision, "revision " + event.revision() + " after " + revision);
        applied.at(event.revision());
        List<Long> touching = applied.touching(PREFIX, revision, event.revision());
        expect(
                touching.equals(List.of(event.revision())),
                "told of " + event.revision() + " after " + revision + ", applied was " + touching);
        for (Object change : event.changes()) {
            Change.Kv kv = (Change.Kv) change;
            if (kv.after() == null) {
                known.remove(kv.key());
            } else {
                known.put(kv.key(), kv.after().value().toStringUtf8());
            }
        }
        tell(event.revision());
    }

    private void replace(State state) {
        expect(state.revision() >= revision, "a snapshot of " + state.revision() + " after " + revision);
        known.clear();
        state.kvScan(PREFIX, null, entry -> {
            known.put(entry.key(), entry.value().toStringUtf8());
            return true;
        });
        tell(state.revision());
    }

    private void tell(long newRevision) {
        Map<String, String> expected = applied.at(newRevision).keysUnder(PREFIX);
        expect(
                known.equals(expected),
                "at " + newRevision + " after " + revision + " known is " + known + ", applied was " + expected);
        revision = newRevision;
        told = Map.copyOf(known);
        updates.incrementAndGet();
    }

    private void poll(Member member, RaftConsensus server, Hub hub) throws InterruptedException {
        BlockingQuery queries = new BlockingQuery(server, hub, Timer.on(timer), () -> 0);
        long until = untilNanos();
        long index = revision == 0
                ? 0
                : applied.touching(PREFIX, 1, revision).stream().reduce(1L, Math::max);
        while (stays(member, server, until)) {
            CompletableFuture<BlockingQuery.Answer<@Nullable Void>> asked = queries.ask(
                    new BlockingQuery.Question<>(
                            Topics.keyPrefix(PREFIX),
                            state -> state.kvPrefixIndex(PREFIX),
                            (state, at) -> null,
                            index,
                            WAIT_MILLIS,
                            true),
                    timer);
            BlockingQuery.Answer<@Nullable Void> answer = null;
            while (answer == null && stays(member, server, until)) {
                try {
                    answer = asked.get(20, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    // Looks whether it still stays.
                } catch (ExecutionException e) {
                    return;
                }
            }
            if (answer == null) {
                asked.cancel(false);
                return;
            }
            expect(answer.index() > index, "woken at index " + answer.index() + ", which was known as " + index);
            index = answer.index();
            replace(answer.state());
        }
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
