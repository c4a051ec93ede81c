package dev.coord.server.grpc;

import dev.coord.api.v1.Items;
import dev.coord.api.v1.KeyValue;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.state.State;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Goes through a subject's items, a part at a time. Used by one thread at a time. */
interface Cursor {

    /**
     * Adds items until they take about {@code bytesMax}; at least one where there is one.
     *
     * @return true when there are more
     */
    boolean fill(Items.Builder items, int bytesMax);

    /** The keys under a prefix that may be read, taken from the tree as they are needed. */
    static Cursor keys(State state, String prefix, Authorizer may) {
        return new Cursor() {
            private @Nullable String last;

            @Override
            public boolean fill(Items.Builder items, int bytesMax) {
                long[] bytes = {0};
                boolean[] more = {false};
                state.kvScan(prefix, last, entry -> {
                    if (bytes[0] >= bytesMax) {
                        more[0] = true;
                        return false;
                    }
                    last = entry.key();
                    if (!may.mayRead(Resource.KEY, entry.key())) {
                        return true;
                    }
                    KeyValue kv = StateMapping.toMessage(entry);
                    bytes[0] += kv.getSerializedSize();
                    items.addKvs(kv);
                    return true;
                });
                return more[0];
            }
        };
    }

    /**
     * A list that is at hand.
     *
     * @param add adds one to the items and gives its size in bytes
     */
    static <T> Cursor list(List<T> list, BiFunction<Items.Builder, T, Integer> add) {
        Iterator<T> rest = list.iterator();
        return (items, bytesMax) -> {
            long bytes = 0;
            while (rest.hasNext() && bytes < bytesMax) {
                bytes += add.apply(items, rest.next());
            }
            return rest.hasNext();
        };
    }
}
