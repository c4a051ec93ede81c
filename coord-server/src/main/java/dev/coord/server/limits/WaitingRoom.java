package dev.coord.server.limits;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Lets clients that come to watch back in at a steady pace after this server was away, or had no leader: all at once they would
 * keep it from the writes and renewals that come with them, which never wait here. Each connection asks once; so many come in
 * at once, then so many a second, and who finds no place is told when to come again, each another time. The room closes by
 * itself when nobody was turned away for a while; then nobody is asked.
 *
 * <p>Safe from any thread, never blocks.
 */
public final class WaitingRoom {

    /** The longest that somebody is sent away for. */
    static final long WAIT_MILLIS_MAX = 60_000;

    private static final long CALM_NANOS = Duration.ofSeconds(10).toNanos();
    /** A leader that was away for less leaves no crowd behind. */
    private static final long OUTAGE_NANOS = Duration.ofSeconds(3).toNanos();

    private static final long NANOS_PER_MILLI = 1_000_000;

    /**
     * @param perSecond connections that come in each second; 0: there is no waiting room
     * @param atOnce connections that come in before anybody waits
     * @param open how long the room stays open at least, after a start or an outage
     */
    public record Settings(int perSecond, int atOnce, Duration open) {

        public static Settings defaults() {
            return new Settings(1_000, 1_000, Duration.ofSeconds(30));
        }
    }

    private record Current(Settings settings, TokenBucket places, long nanosEach) {}

    /** Replaced as a whole when the room opens, and by {@link #change}. */
    private volatile Current current;

    private volatile long openUntilNanos;
    /** Counts the openings. */
    private volatile int opening;

    /** The moment that the last one who was sent away was told to come at. */
    private final AtomicLong bookedUntil = new AtomicLong(Long.MIN_VALUE);

    private final LongAdder admitted = new LongAdder();
    private final LongAdder turnedAway = new LongAdder();

    // The looking thread's alone.
    private boolean leaderless;
    private long leaderlessSinceNanos;

    /** Open, for whoever makes one has just started. */
    WaitingRoom(Settings settings, long nowNanos) {
        current = fresh(settings, nowNanos);
        open(nowNanos);
    }

    private static Current fresh(Settings settings, long now) {
        int rate = Math.max(1, settings.perSecond());
        return new Current(
                settings,
                new TokenBucket(rate, settings.atOnce(), now),
                Duration.ofSeconds(1).toNanos() / rate);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread looks
    private void open(long now) {
        current = fresh(current.settings, now);
        bookedUntil.set(now);
        openUntilNanos = now + current.settings.open().toNanos();
        opening++;
    }

    void change(Settings settings, long now) {
        if (!settings.equals(current.settings)) {
            current = fresh(settings, now);
        }
    }

    /** To be told about twice a second, by one thread, whether there is a leader. */
    public void look(boolean leaderKnown, long now) {
        if (!leaderKnown && !leaderless) {
            leaderlessSinceNanos = now;
        } else if (leaderKnown && leaderless && now - leaderlessSinceNanos >= OUTAGE_NANOS) {
            open(now);
        }
        leaderless = !leaderKnown;
    }

    /** True while who comes to watch must ask. */
    public boolean isOpen(long now) {
        return current.settings.perSecond() > 0 && now - openUntilNanos < 0;
    }

    /** Which opening of the room this is: who was let in need not ask again before the next. */
    public int opening() {
        return opening;
    }

    /**
     * Asks for a place for a connection.
     *
     * @return 0: come in; else after how many milliseconds to come again
     */
    public long enter(long now) {
        Current room = current;
        if (!isOpen(now) || room.places.take(now)) {
            admitted.increment();
            return 0;
        }
        turnedAway.increment();
        openUntilNanos = Math.max(openUntilNanos, now + CALM_NANOS);
        long latest = now + WAIT_MILLIS_MAX * NANOS_PER_MILLI;
        long when = bookedUntil.updateAndGet(booked -> Math.min(latest, Math.max(booked, now) + room.nanosEach));
        return Math.max(1, (when - now + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
    }

    /** Connections that came in while the room was open. */
    public long admitted() {
        return admitted.sum();
    }

    /** How often one was told to come again later. */
    public long turnedAway() {
        return turnedAway.sum();
    }

    /** For whoever is turned away. */
    public static String message(long millis) {
        return "this server lets those who watch back in one after the other: come again after " + millis
                + " ms, or ask another server";
    }
}
