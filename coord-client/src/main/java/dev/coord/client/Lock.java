package dev.coord.client;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.PollResponse;
import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.PutResponse;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.client.Calls.Kind;
import dev.coord.client.CoordException.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A lock on a key, one holder at a time in the whole cluster. Works together with Consul's lock command and its clients.
 *
 * <p>Each acquisition has a session of its own: when the holder dies or is cut off, the session ends and the lock is free, once
 * the session's lock delay has passed. <b>A holder can lose the lock while it works</b>: see {@link LockHold#onLost}, and give
 * {@link LockHold#fencingToken()} to whatever it guards.
 *
 * <p>Safe from any thread; holds nothing until {@link #acquire}.
 */
public final class Lock {

    /** What Consul's clients mark locks with, so that they don't take a semaphore for one. */
    private static final long LOCK_FLAGS = 0x2ddccbc058a50c18L;

    /** A wait for the holder is looked at again after this long, whatever happens. */
    private static final long POLL_MILLIS_MAX = 10_000;
    /** How often to look whether the lock delay is over: nothing tells of its end. */
    private static final long LOCK_DELAY_LOOK_MILLIS = 250;

    private static final long ANSWER_MILLIS = 5_000;

    private final CoordClient client;
    private final String key;
    private final SessionOptions options;
    private final ByteString holder;

    Lock(CoordClient client, String key, SessionOptions options, ByteString holder) {
        this.client = client;
        this.key = key;
        this.options = options;
        this.holder = holder;
    }

    /** The key that is locked. */
    public String key() {
        return key;
    }

    /**
     * Takes the lock, waiting for whoever has it.
     *
     * @throws CoordException with {@link Reason#TIMEOUT} when it was not free within the time; nothing is held then
     */
    public LockHold acquire(Duration timeout) {
        return tryAcquire(timeout)
                .orElseThrow(() -> new CoordException(
                        Reason.TIMEOUT,
                        "The lock on key '" + key + "' was not free within " + timeout.toMillis() + " ms",
                        null));
    }

    /**
     * Takes the lock if it becomes free in time.
     *
     * @param timeout zero: only if it is free now
     * @return empty when it did not
     */
    public Optional<LockHold> tryAcquire(Duration timeout) {
        long endNanos = System.nanoTime() + timeout.toNanos();
        Session session = client.openSession(options);
        boolean held = false;
        try {
            PutResponse answer = take(session);
            while (!answer.getApplied()) {
                long leftMillis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
                if (leftMillis <= 0) {
                    return Optional.empty();
                }
                if (!session.isAlive()) {
                    throw new CoordException(
                            Reason.REFUSED,
                            "The session that was to hold the lock on key '" + key + "' was lost while it waited",
                            null);
                }
                awaitChange(answer.getRevision(), leftMillis);
                answer = take(session);
            }
            held = true;
            LockHold hold = new LockHold(client, key, session, answer.getRevision());
            hold.open();
            return Optional.of(hold);
        } finally {
            if (!held) {
                session.close();
            }
        }
    }

    private PutResponse take(Session session) {
        return Waits.join(client.kv()
                .put(
                        // The same session may take the key again, so this may be repeated.
                        Kind.IDEMPOTENT_WRITE,
                        PutRequest.newBuilder()
                                .setKey(key)
                                .setValue(holder)
                                .setFlags(LOCK_FLAGS)
                                .setAcquire(session.id())
                                .build(),
                        "Lock"));
    }

    /** Waits until the holder lets go, or, where nobody holds it, for a part of the lock delay. */
    private void awaitChange(long revision, long leftMillis) {
        Optional<KvEntry> entry = client.kv().get(key);
        if (entry.flatMap(KvEntry::session).isEmpty()) {
            pause(Math.min(leftMillis, LOCK_DELAY_LOOK_MILLIS));
            return;
        }
        long waitMillis = Math.min(leftMillis, POLL_MILLIS_MAX);
        PollResponse unused = Waits.join(client.calls()
                .call(
                        Kind.READ,
                        WatchGrpc.getPollMethod(),
                        PollRequest.newBuilder()
                                .setSubject(WatchTarget.key(key).subject())
                                .setIndex(revision)
                                .setWaitMs(waitMillis)
                                .build(),
                        "Wait for key '" + key + "'",
                        // Half of it may go to a server that hangs.
                        Duration.ofMillis(2 * (waitMillis + ANSWER_MILLIS))));
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CoordException(Reason.INTERRUPTED, "The thread was interrupted while it waited for a lock", e);
        }
    }
}
