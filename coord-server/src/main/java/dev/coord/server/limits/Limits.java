package dev.coord.server.limits;

import dev.coord.server.limits.LimitSettings.Mode;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Counts what clients take and says when it is too much. Safe from any thread, never blocks. Remembers an address for as
 * long as it has connections, no more of them than there may be connections.
 */
public final class Limits {

    /** What becomes of a request. */
    public enum Verdict {
        ADMITTED,
        /** Another server may have room. */
        TRY_ELSEWHERE,
        /** Only this server can do it: the client must slow down. */
        BACK_OFF;

        /** What the client is told; Consul's words, which its clients look for. */
        public String message() {
            return this == BACK_OFF
                    ? "rate limit exceeded for operation that can only be performed by the leader, try again later"
                    : "rate limit exceeded, try again later or against a different server";
        }
    }

    private record Current(LimitSettings settings, TokenBucket reads, TokenBucket writes) {}

    private final BooleanSupplier leading;
    private final LongSupplier nanoTime;
    private final AtomicInteger connections = new AtomicInteger();
    private final ConcurrentHashMap<String, Integer> byClient = new ConcurrentHashMap<>();
    private final LongAdder readsBeyond = new LongAdder();
    private final LongAdder writesBeyond = new LongAdder();
    private final LongAdder connectionsRefused = new LongAdder();
    private final LongAdder connectionsOfClientRefused = new LongAdder();
    private final WaitingRoom waitingRoom;
    /** Replaced as a whole by {@link #change}. */
    private volatile Current current;

    /**
     * @param leading whether this server leads: it alone can't send its writers elsewhere
     * @param nanoTime nanoseconds that never go back
     */
    public Limits(LimitSettings settings, BooleanSupplier leading, LongSupplier nanoTime) {
        this.leading = leading;
        this.nanoTime = nanoTime;
        this.current = fresh(settings);
        this.waitingRoom = new WaitingRoom(settings.waitingRoom(), nanoTime.getAsLong());
    }

    /** With the defaults, for a server that always leads. */
    public static Limits defaults() {
        return new Limits(LimitSettings.defaults(), () -> true, System::nanoTime);
    }

    private Current fresh(LimitSettings settings) {
        long now = nanoTime.getAsLong();
        return new Current(
                settings, new TokenBucket(settings.readRate(), now), new TokenBucket(settings.writeRate(), now));
    }

    /** From now on; connections that are open stay. */
    public void change(LimitSettings settings) {
        if (!settings.equals(current.settings)) {
            current = fresh(settings);
            waitingRoom.change(settings.waitingRoom(), nanoTime.getAsLong());
        }
    }

    /** Where those wait who come to watch when all come at once. */
    public WaitingRoom waitingRoom() {
        return waitingRoom;
    }

    /** Nanoseconds that never go back, as the waiting room counts them. */
    public long now() {
        return nanoTime.getAsLong();
    }

    public LimitSettings settings() {
        return current.settings;
    }

    /** Asks for one read. */
    public Verdict read() {
        Current now = current;
        if (now.settings.mode() == Mode.DISABLED || now.reads.take(nanoTime.getAsLong())) {
            return Verdict.ADMITTED;
        }
        readsBeyond.increment();
        return now.settings.mode() == Mode.PERMISSIVE ? Verdict.ADMITTED : Verdict.TRY_ELSEWHERE;
    }

    /** Asks for one write. */
    public Verdict write() {
        Current now = current;
        if (now.settings.mode() == Mode.DISABLED || now.writes.take(nanoTime.getAsLong())) {
            return Verdict.ADMITTED;
        }
        writesBeyond.increment();
        if (now.settings.mode() == Mode.PERMISSIVE) {
            return Verdict.ADMITTED;
        }
        return leading.getAsBoolean() ? Verdict.BACK_OFF : Verdict.TRY_ELSEWHERE;
    }

    /** Whether one more connection fits. */
    public enum Room {
        FREE,
        /** All that there may be are in use. */
        NONE,
        /** This client has as many as it may. */
        NONE_FOR_CLIENT
    }

    /** Counts a connection that was opened, whatever the answer; {@link #closed} must follow. */
    public Room opened(String client) {
        LimitSettings settings = current.settings;
        int ofAll = connections.incrementAndGet();
        int ofClient = byClient.merge(client, 1, Integer::sum);
        if (ofAll > settings.connectionsMax()) {
            connectionsRefused.increment();
            return Room.NONE;
        }
        if (settings.connectionsPerClientMax() > 0 && ofClient > settings.connectionsPerClientMax()) {
            connectionsOfClientRefused.increment();
            return Room.NONE_FOR_CLIENT;
        }
        return Room.FREE;
    }

    public void closed(String client) {
        connections.decrementAndGet();
        byClient.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
    }

    // ---- for metrics

    public int connections() {
        return connections.get();
    }

    public long readsBeyond() {
        return readsBeyond.sum();
    }

    public long writesBeyond() {
        return writesBeyond.sum();
    }

    public long connectionsRefused() {
        return connectionsRefused.sum();
    }

    public long connectionsOfClientRefused() {
        return connectionsOfClientRefused.sum();
    }
}
