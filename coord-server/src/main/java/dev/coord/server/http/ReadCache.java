package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.command.ForwardedHttp;
import dev.coord.server.command.SecretDigest;
import io.vertx.core.Context;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers that an agent keeps of reads with {@code ?cached}. At most {@link #READS_MAX} of {@link #BYTES_MAX} together;
 * beyond, those that were used longest ago go. Safe from any thread.
 */
public final class ReadCache implements AutoCloseable {

    /** How many reads are kept, and followed at a server. */
    static final int READS_MAX = 1_024;

    static final long BYTES_MAX = 64L * 1024 * 1024;

    private final ForwardedHttp.Caller servers;
    private final LongSupplier nanoTime;

    /** Guarded by this; by use, the newest last. */
    private final Map<Key, Slot> slots = new LinkedHashMap<>(16, 0.75f, true);
    // Guarded by this.
    private long bytes;
    private boolean closed;

    /**
     * What an answer belongs to: whoever asks the same with the same token and may see as much.
     *
     * @param request path and parameters
     */
    record Key(String request, SecretDigest token, Authorizer rights) {}

    private final class Slot implements CachedRead.Owner {
        private final Key key;
        final CachedRead read;
        // Guarded by the cache.
        int bytes;
        boolean gone;

        Slot(Key key, Context context, CachedRead.Calls calls) {
            this.key = key;
            this.read = new CachedRead(context, servers, calls, nanoTime, this);
        }

        @Override
        public void sized(int now) {
            resize(this, now);
        }

        @Override
        public void ended() {
            forget(key, this);
        }
    }

    /** @param servers are asked */
    public ReadCache(ForwardedHttp.Caller servers) {
        this(servers, System::nanoTime);
    }

    ReadCache(ForwardedHttp.Caller servers, LongSupplier nanoTime) {
        this.servers = servers;
        this.nanoTime = nanoTime;
    }

    /**
     * The read of a key, a new one if there was none.
     *
     * @param context on whose event loop a new one lives
     * @param calls makes a new one's questions
     * @return null: this is closed
     */
    synchronized @Nullable CachedRead of(Key key, Context context, CachedRead.Calls calls) {
        Slot slot = slots.get(key);
        if (slot == null && !closed) {
            slot = new Slot(key, context, calls);
            slots.put(key, slot);
            trim();
        }
        return slot == null ? null : slot.read;
    }

    synchronized boolean isEmpty() {
        return slots.isEmpty();
    }

    private synchronized void resize(Slot slot, int now) {
        if (!slot.gone) {
            bytes += now - slot.bytes;
            slot.bytes = now;
            trim();
        }
    }

    private synchronized void forget(Key key, Slot slot) {
        if (slots.remove(key, slot)) {
            leave(slot);
        }
    }

    private void trim() {
        Iterator<Slot> eldest = slots.values().iterator();
        while (slots.size() > READS_MAX || (bytes > BYTES_MAX && slots.size() > 1)) {
            Slot slot = eldest.next();
            eldest.remove();
            leave(slot);
            slot.read.close();
        }
    }

    private void leave(Slot slot) {
        slot.gone = true;
        bytes -= slot.bytes;
    }

    /** Forgets all. */
    @Override
    public synchronized void close() {
        closed = true;
        // Each takes itself out, on its own event loop.
        slots.values().forEach(slot -> slot.read.close());
    }
}
