package dev.coord.server.http;

import dev.coord.server.command.ClusterView;
import dev.coord.server.http.QueryOptions.Consistency;
import dev.coord.server.state.State;

/** The life of a read: a state as fresh as asked for, a wait if asked for, the headers that every read carries. */
final class Reads {

    private Reads() {}

    static void answer(Exchange exchange, StateQuery query) {
        exchange.state(state -> finish(exchange, query, state));
    }

    private static void finish(Exchange exchange, StateQuery query, State state) {
        Answer answer = query.answer().apply(state);
        headers(exchange, query.index().applyAsLong(state));
        exchange.answer(answer);
    }

    /** The three headers of a read; an index of 0 goes out as 1, for clients that block on 0 would spin. */
    static void headers(Exchange exchange, long index) {
        exchange.header(Headers.INDEX, Long.toUnsignedString(Math.max(1, index)));
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
