package dev.coord.client;

import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.PutResponse;
import dev.coord.client.Calls.Kind;
import dev.coord.client.CoordException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lock that is held, until it is closed or lost. Safe from any thread. */
public final class LockHold implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LockHold.class);

    private final CoordClient client;
    private final String key;
    private final Session session;
    private final long token;
    private final Watch<KvEntry> watch;
    private final CompletableFuture<CoordException> lost = new CompletableFuture<>();
    /** Written by the closing thread, read by any. */
    private volatile boolean closed;

    LockHold(CoordClient client, String key, Session session, long token) {
        this.client = client;
        this.key = key;
        this.session = session;
        this.token = token;
        watch = client.prepareWatch(WatchTarget.key(key), WatchMode.STREAM, ReadMode.LINEARIZABLE, this::looked);
    }

    void open() {
        session.onLost(this::lose);
        watch.open();
    }

    private void looked(WatchUpdate<KvEntry> update) {
        KvEntry entry = watch.items().get(key);
        boolean mine =
                entry != null && entry.session().filter(session.id()::equals).isPresent();
        if (!mine && !closed) {
            lose(new CoordException(
                    Reason.REFUSED,
                    "The lock on key '" + key + "' is lost: "
                            + (entry == null ? "the key was deleted" : "its session holds the key no more"),
                    null));
        }
    }

    private void lose(CoordException why) {
        if (!closed && lost.complete(why)) {
            log.warn("{}", why.getMessage());
        }
    }

    /** The key that is locked. */
    public String key() {
        return key;
    }

    /** False once it is closed or known to be lost. True means: a moment ago, as far as this client knows. */
    public boolean isHeld() {
        return !closed && !lost.isDone() && session.isAlive();
    }

    /** A number that rises with every acquisition of this lock: whoever sees a higher one refuses a lower one. */
    public long fencingToken() {
        return token;
    }

    /** Calls back once when the lock is lost, and never when it is closed; at once when it is lost already. */
    public void onLost(Consumer<CoordException> callback) {
        CompletableFuture<Void> unused = lost.thenAccept(why -> {
            try {
                callback.accept(why);
            } catch (RuntimeException e) {
                log.error("What was to happen at the loss of the lock on key '{}' failed", key, e);
            }
        });
    }

    /** Lets go of the lock, without lock delay, and ends its session. Waits at most for the client's deadline. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        watch.close();
        try {
            PutResponse unused = Waits.join(client.kv()
                    .put(
                            Kind.IDEMPOTENT_WRITE,
                            PutRequest.newBuilder()
                                    .setKey(key)
                                    .setRelease(session.id())
                                    .build(),
                            "Release"));
        } catch (CoordException e) {
            log.warn("The lock on key '{}' could not be released and is left to its session: {}", key, e.getMessage());
        }
        session.close();
    }
}
