package dev.coord.server.http;

import dev.coord.api.raft.v1.HttpCall;
import dev.coord.server.command.ForwardedHttp;
import dev.coord.server.lease.Backoff;
import dev.coord.server.watch.BlockingQuery;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A read whose answer an agent keeps, and keeps up to date: one question to a server is always under way, which is answered when
 * there is news. Ends when nobody has asked for {@link #IDLE_NANOS_MAX}, or when a server says something else than 200. All of
 * it happens on one event loop, but for {@link #ask} and {@link #close}, which any thread may call.
 */
final class CachedRead {

    /** What nobody asks for is forgotten after an hour, where Consul's agents take three days. */
    static final long IDLE_NANOS_MAX = TimeUnit.HOURS.toNanos(1);

    /** A larger answer is not kept, bytes. */
    static final int BYTES_MAX = 4 * 1024 * 1024;

    /** A question without news is asked again, so that what was lost unseen, or a lost right, shows within this. */
    private static final int WAIT_SECONDS = 60;
    /** What changes all the time is fetched ten times a second. */
    private static final long PAUSE_MILLIS_MIN = 100;

    private static final long RETRY_MILLIS_MIN = 250;
    private static final long RETRY_MILLIS_MAX = 15_000;
    private static final int WAIT_JITTER_PART = 16;

    private final Context context;
    private final ForwardedHttp.Caller servers;
    private final Calls calls;
    private final LongSupplier nanoTime;
    private final Owner owner;
    private final Backoff backoff = new Backoff(RETRY_MILLIS_MIN, RETRY_MILLIS_MAX, new SplittableRandom());

    // The event loop's alone.
    private final List<CompletableFuture<Optional<Found>>> first = new ArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private @Nullable Kept kept;
    private @Nullable WholeAnswer underWay;
    private long usedNanos;
    private long unreachableNanos;
    private boolean unreachable;
    private boolean begun;
    private boolean over;

    /** An answer as it is sent, and the headers that tell of it. */
    record Kept(Answer answer, long index, String knownLeader, String lastContact) {}

    /**
     * What was found for a client.
     *
     * @param hit it was there
     * @param ageSeconds since when no server confirmed it; 0: one does
     */
    record Found(Kept kept, boolean hit, long ageSeconds) {}

    /**
     * What a client wants.
     *
     * @param index the one that it knows, unsigned; 0: it does not wait
     * @param waitMillis 0: not said
     */
    record Wanted(CacheControl control, long index, long waitMillis) {}

    private record Waiting(long index, CompletableFuture<Optional<Found>> answer, long timer) {}

    /** Makes questions to a server. */
    interface Calls {
        /**
         * One.
         *
         * @param index the one that is known; 0: none, it does not wait
         * @param seconds to wait for news
         */
        HttpCall of(long index, int seconds);
    }

    /** Whoever keeps this; called on the event loop. */
    interface Owner {

        /** So many bytes are kept now. */
        void sized(int bytes);

        /** Nothing is kept any more, and never will be. */
        void ended();
    }

    /** @param nanoTime as {@link System#nanoTime} */
    CachedRead(Context context, ForwardedHttp.Caller servers, Calls calls, LongSupplier nanoTime, Owner owner) {
        this.nanoTime = nanoTime;
        this.context = context;
        this.servers = servers;
        this.calls = calls;
        this.owner = owner;
    }

    /** Forgets it. Idempotent. */
    void close() {
        context.runOnContext(ignored -> end());
    }

    /**
     * Finds the answer for a client; the first one has it fetched. Cancel what is returned when the client is gone.
     *
     * @return empty: nothing is kept that would do, a server is to be asked
     */
    CompletableFuture<Optional<Found>> ask(Wanted wanted) {
        CompletableFuture<Optional<Found>> answer = new CompletableFuture<>();
        context.runOnContext(ignored -> ask(wanted, answer));
        return answer;
    }

    private void ask(Wanted wanted, CompletableFuture<Optional<Found>> answer) {
        usedNanos = nanoTime.getAsLong();
        Kept now = kept;
        if (over) {
            answer.complete(Optional.empty());
        } else if (now == null) {
            first.add(answer);
            whenCancelled(answer, () -> context.runOnContext(ignored -> first.removeIf(one -> one == answer)));
            if (!begun) {
                begun = true;
                refresh();
            }
        } else if (wanted.control().refuses(ageSeconds())) {
            fetchFor(wanted, answer);
        } else if (wanted.index() != 0 && Long.compareUnsigned(now.index(), wanted.index()) <= 0) {
            await(wanted, answer);
        } else {
            answer.complete(Optional.of(new Found(now, true, ageSeconds())));
        }
    }

    private long ageSeconds() {
        return unreachable ? TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - unreachableNanos) : 0;
    }

    // ---- for one client

    /** Shared with nobody: who asks for a new answer has perhaps just written. */
    private void fetchFor(Wanted wanted, CompletableFuture<Optional<Found>> answer) {
        WholeAnswer whole = new WholeAnswer(BYTES_MAX);
        servers.call(calls.of(0, 0), true, whole);
        var unused = whole.whole()
                .whenComplete((got, failure) -> context.runOnContext(ignored -> {
                    Kept old = kept;
                    if (over) {
                        answer.complete(Optional.empty());
                    } else if (failure == null && isKeepable(got)) {
                        answer.complete(Optional.of(new Found(keep(got), false, 0)));
                    } else if ((failure != null || isPassing(got))
                            && old != null
                            && ageSeconds() <= wanted.control().staleIfErrorSeconds()) {
                        answer.complete(Optional.of(new Found(old, true, ageSeconds())));
                    } else {
                        answer.complete(Optional.empty());
                    }
                }));
        whenCancelled(answer, whole::giveUp);
    }

    private void await(Wanted wanted, CompletableFuture<Optional<Found>> answer) {
        long millis = Math.min(
                wanted.waitMillis() == 0 ? BlockingQuery.WAIT_MILLIS_DEFAULT : wanted.waitMillis(),
                BlockingQuery.WAIT_MILLIS_MAX);
        long jitter = ThreadLocalRandom.current().nextLong(millis / WAIT_JITTER_PART + 1);
        long timer = context.owner().setTimer(millis + jitter, ignored -> release(waits -> waits.answer() == answer));
        waiting.add(new Waiting(wanted.index(), answer, timer));
        whenCancelled(answer, () -> context.runOnContext(ignored -> release(waits -> waits.answer() == answer)));
    }

    /** The client is gone. */
    private static void whenCancelled(CompletableFuture<?> answer, Runnable then) {
        var unused = answer.whenComplete((found, cancelled) -> {
            if (cancelled != null) {
                then.run();
            }
        });
    }

    /** Answers those who wait and are meant with what there is. */
    private void release(Predicate<Waiting> meant) {
        Kept now = kept;
        for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
            Waiting waits = each.next();
            if (meant.test(waits)) {
                each.remove();
                context.owner().cancelTimer(waits.timer());
                waits.answer()
                        .complete(now == null ? Optional.empty() : Optional.of(new Found(now, false, ageSeconds())));
            }
        }
    }

    // ---- in the background

    private void refresh() {
        boolean idle = waiting.isEmpty() && nanoTime.getAsLong() - usedNanos > IDLE_NANOS_MAX;
        if (over || (idle && first.isEmpty())) {
            end();
            return;
        }
        Kept known = kept;
        WholeAnswer whole = new WholeAnswer(BYTES_MAX);
        underWay = whole;
        servers.call(calls.of(known == null ? 0 : known.index(), WAIT_SECONDS), true, whole);
        long beganNanos = nanoTime.getAsLong();
        var unused = whole.whole()
                .whenComplete((got, failure) ->
                        context.runOnContext(ignored -> refreshed(failure == null ? got : null, beganNanos)));
    }

    /** @param got null: no server answered */
    private void refreshed(@Nullable WholeAnswer got, long beganNanos) {
        underWay = null;
        if (over) {
            return;
        }
        if (got != null && isKeepable(got)) {
            keep(got);
            backoff.reset();
            long tookMillis = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - beganNanos);
            refreshAfter(PAUSE_MILLIS_MIN - tookMillis);
        } else if (kept != null && (got == null || isPassing(got))) {
            if (!unreachable) {
                unreachable = true;
                unreachableNanos = nanoTime.getAsLong();
            }
            refreshAfter(backoff.nextMillis());
        } else {
            end();
        }
    }

    private void refreshAfter(long millis) {
        if (millis <= 0) {
            refresh();
        } else {
            context.owner().setTimer(millis, ignored -> refresh());
        }
    }

    private static boolean isKeepable(WholeAnswer got) {
        return got.status() == HttpResponseStatus.OK.code()
                && !got.isTooLarge()
                && !got.header(Headers.INDEX).isEmpty();
    }

    /** The server is in trouble, or has too much to do: what it says is not about this read. */
    private static boolean isPassing(WholeAnswer got) {
        return got.status() >= HttpResponseStatus.INTERNAL_SERVER_ERROR.code()
                || got.status() == HttpResponseStatus.TOO_MANY_REQUESTS.code();
    }

    private Kept keep(WholeAnswer got) {
        Kept now = new Kept(
                new Answer(got.status(), AsciiString.of(got.header("Content-Type")), got.body()),
                Long.parseUnsignedLong(got.header(Headers.INDEX)),
                got.header(Headers.KNOWN_LEADER),
                got.header(Headers.LAST_CONTACT));
        Kept before = kept;
        kept = now;
        unreachable = false;
        owner.sized(got.body().length());
        first.forEach(answer -> answer.complete(Optional.of(new Found(now, false, 0))));
        first.clear();
        if (before != null && before.index() != now.index()) {
            release(waits -> now.index() != waits.index());
        }
        return now;
    }

    private void end() {
        if (over) {
            return;
        }
        over = true;
        kept = null;
        // Before anybody hears of it: who asks again gets a new one.
        owner.ended();
        if (underWay != null) {
            underWay.giveUp();
        }
        first.forEach(answer -> answer.complete(Optional.empty()));
        first.clear();
        release(waits -> true);
    }
}
