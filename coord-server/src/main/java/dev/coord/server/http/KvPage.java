package dev.coord.server.http;

import dev.coord.server.state.KvEntry;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list of keys is asked for, ours: {@code ?recurse&limit=N&after=KEY}. A page ends after so many keys, or once it
 * holds {@link #BYTES} of values; the last key of one is the {@code after} of the next.
 *
 * @param limit most keys; 0: all of them, whatever they hold, as in Consul
 * @param after only keys after this one; null: from the first on
 */
record KvPage(int limit, @Nullable String after) {

    private static final int LIMIT_MAX = 1_000;
    private static final int BYTES = 1024 * 1024;

    static KvPage of(Exchange exchange) {
        String limit = exchange.parameter("limit");
        String after = exchange.parameter("after");
        if (limit == null) {
            if (after != null) {
                throw HttpError.badRequest("after goes with limit, which is missing");
            }
            return new KvPage(0, null);
        }
        try {
            int number = Integer.parseInt(limit);
            if (number >= 1 && number <= LIMIT_MAX) {
                return new KvPage(number, after);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw HttpError.badRequest("invalid limit \"" + limit + "\": 1 to " + LIMIT_MAX);
    }

    /** The page's entries, in the order of the keys' bytes. */
    List<KvEntry> read(State state, String prefix, Predicate<KvEntry> wanted) {
        List<KvEntry> entries = new ArrayList<>();
        long[] bytes = {0};
        state.kvScan(prefix, after, entry -> {
            if (wanted.test(entry)) {
                entries.add(entry);
                bytes[0] += entry.value().size();
            }
            return limit == 0 || (entries.size() < limit && bytes[0] < BYTES);
        });
        return entries;
    }
}
