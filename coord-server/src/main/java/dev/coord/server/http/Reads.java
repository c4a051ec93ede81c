package dev.coord.server.http;

import dev.coord.server.command.ClusterView;
import dev.coord.server.http.QueryOptions.Consistency;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import dev.coord.server.watch.BlockingQuery;
import io.vertx.core.http.HttpHeaders;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The life of a read: a state as fresh as asked for, a wait if asked for, the headers that every read carries. One for each
 * event loop.
 */
final class Reads {

    /** Stands for an answer that was not made, because the token allows something else than when the wait began. */
    private static final Answer RIGHTS_CHANGED = Answer.text(500, "rights changed");

    private final BlockingQuery blocking;
    private final CachedReads cached;
    private final SharedAnswers shared;
    private final Entrance entrance;
    /** Made with the first exchange, which comes on the event loop. */
    private @Nullable Wakeups wakeups;

    Reads(BlockingQuery blocking, CachedReads cached, SharedAnswers shared, Entrance entrance) {
        this.entrance = entrance;
        this.blocking = blocking;
        this.cached = cached;
        this.shared = shared;
    }

    /** Of the reads that Consul's agents cache: says whether the same was asked before, if that is wanted. */
    void sayWhetherCached(Exchange exchange) {
        if (!exchange.options().cached()) {
            return;
        }
        if (cached.hit(exchange.path(), exchange.query())) {
            exchange.header(Headers.CACHE, Headers.HIT);
            exchange.header(HttpHeaders.AGE, Headers.ZERO);
        } else {
            exchange.header(Headers.CACHE, Headers.MISS);
        }
    }

    void answer(Exchange exchange, StateQuery query) {
        if (exchange.options().index() == 0 || exchange.startedOver()) {
            answerNow(exchange, query);
        } else {
            block(exchange, query);
        }
    }

    /** Whatever was asked: does not wait, and shares the answer with nobody. */
    void answerNow(Exchange exchange, StateQuery query) {
        exchange.state(state -> {
            if (exchange.holdsRightsIn(state)) {
                finish(
                        exchange,
                        query.index().applyAsLong(state),
                        query.answer().apply(state));
            } else {
                exchange.startOver();
            }
        });
    }

    private void block(Exchange exchange, StateQuery query) {
        entrance.enter(exchange.request().connection());
        QueryOptions options = exchange.options();
        var question = new BlockingQuery.Question<>(
                query.subject(),
                query.index(),
                (State state, long index) -> exchange.holdsRightsIn(state)
                        ? shared.answer(exchange.uri(), exchange.rights(), index, state, query.answer())
                        : RIGHTS_CHANGED,
                options.index(),
                options.waitMillis(),
                options.consistency() == Consistency.STALE,
                query.isMark());
        CompletableFuture<BlockingQuery.Answer<Answer>> asked = blocking.ask(question, wakeups(exchange));
        exchange.onGone(() -> asked.cancel(false));
        exchange.await(asked, found -> {
            if (found.value() == RIGHTS_CHANGED) {
                exchange.startOver();
            } else {
                advise(exchange, query);
                finish(exchange, found.index(), found.value());
            }
        });
    }

    private Wakeups wakeups(Exchange exchange) {
        Wakeups known = wakeups;
        if (known == null) {
            StateReader states = exchange.backend().states();
            known = new Wakeups(
                    exchange.context().unwrap(), () -> states.latest().revision());
            wakeups = known;
        }
        return known;
    }

    /** Who asks again and again may know of a better way. */
    private static void advise(Exchange exchange, StateQuery query) {
        switch (exchange.backend().steering().meansFor(query.subject(), exchange.client())) {
            case ANY -> {}
            case STREAM -> exchange.header(Headers.WATCH, Headers.STREAM);
            case POLL -> exchange.header(Headers.WATCH, Headers.POLL);
        }
    }

    private static void finish(Exchange exchange, long index, Answer answer) {
        headers(exchange, index);
        exchange.answer(answer);
    }

    /** The three headers of a read; an index of 0 goes out as 1, for a client that blocks on 0 would spin. */
    static void headers(Exchange exchange, long index) {
        exchange.header(Headers.INDEX, Long.toUnsignedString(index == 0 ? 1 : index));
        freshness(exchange);
    }

    /** The two headers that say how fresh an answer is. */
    static void freshness(Exchange exchange) {
        if (exchange.options().consistency() == Consistency.STALE) {
            ClusterView cluster = exchange.backend().cluster();
            exchange.header(Headers.KNOWN_LEADER, cluster.leader().isPresent() ? Headers.TRUE : Headers.FALSE);
            exchange.header(Headers.LAST_CONTACT, Long.toString(cluster.lastContactMillis()));
        } else {
            exchange.header(Headers.KNOWN_LEADER, Headers.TRUE);
            exchange.header(Headers.LAST_CONTACT, Headers.ZERO);
        }
    }
}
