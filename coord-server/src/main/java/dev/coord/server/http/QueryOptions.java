package dev.coord.server.http;

import dev.coord.server.http.filter.Fields;
import dev.coord.server.http.filter.Filter;
import dev.coord.server.http.filter.FilterException;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What any read can be asked, from the query string.
 *
 * @param index unsigned; 0: do not block
 * @param waitMillis how long to block at most, without the jitter; 0: not said
 * @param consistency how fresh the answer must be
 * @param near node to sort by distance from; empty: not asked
 * @param nodeMetaPairs what a node's metadata must hold
 * @param filterText an expression; empty: none
 */
record QueryOptions(
        long index,
        long waitMillis,
        Consistency consistency,
        boolean cached,
        boolean pretty,
        String near,
        NodeMeta nodeMetaPairs,
        String filterText) {

    /** How fresh an answer must be. */
    enum Consistency {
        /** Holds every write acknowledged before. */
        LINEARIZABLE,
        /** What this server has. */
        STALE
    }

    /** Of a request without a query string. */
    static final QueryOptions NONE =
            new QueryOptions(0, 0, Consistency.LINEARIZABLE, false, false, "", new NodeMeta(List.of()), "");

    /**
     * Reads and checks them all.
     *
     * @param datacenter the one that there is; null: whichever is asked for is let pass
     * @throws HttpError 400, or 500 for a datacenter that nobody knows
     */
    static QueryOptions of(MultiMap query, @Nullable String datacenter) {
        String dc = text(query, "dc");
        if (!dc.isEmpty() && datacenter != null && !dc.equals(datacenter)) {
            throw HttpError.internal("No path to datacenter");
        }
        boolean stale = query.contains("stale");
        if (stale && query.contains("consistent")) {
            throw HttpError.badRequest("Cannot specify ?stale with ?consistent, conflicting semantics.");
        }
        if (query.contains("cached") && query.contains("consistent")) {
            throw HttpError.badRequest("Cannot specify ?cached with ?consistent, conflicting semantics.");
        }
        return new QueryOptions(
                index(text(query, "index")),
                waitMillis(text(query, "wait")),
                stale ? Consistency.STALE : Consistency.LINEARIZABLE,
                query.contains("cached"),
                query.contains("pretty"),
                text(query, "near"),
                new NodeMeta(List.copyOf(query.getAll("node-meta"))),
                text(query, "filter"));
    }

    /**
     * The filter, for what these fields describe; without one, everything passes.
     *
     * @throws HttpError 400 if it can't be read or asks for a field that there is not
     */
    <T> Predicate<T> filter(Fields<T> fields) {
        if (filterText.isEmpty()) {
            return any -> true;
        }
        try {
            return Filter.parse(filterText, fields);
        } catch (FilterException e) {
            throw HttpError.badRequest("Failed to create boolean expression evaluator: " + e.getMessage());
        }
    }

    private static String text(MultiMap query, String name) {
        String value = query.get(name);
        return value == null ? "" : value;
    }

    private static long index(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw HttpError.badRequest("Invalid index: \"" + text + "\" is not an unsigned 64-bit number");
        }
    }

    private static long waitMillis(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        OptionalLong nanos = GoDuration.parseNanos(text);
        if (nanos.isEmpty() || nanos.getAsLong() < 0) {
            throw HttpError.badRequest("Invalid wait time: invalid duration \"" + text + "\"");
        }
        return nanos.getAsLong() == 0 ? 0 : Math.max(1, nanos.getAsLong() / 1_000_000);
    }
}
