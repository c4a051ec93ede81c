package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.List;

/** Keys under a prefix, cut short behind the first separator after it, each once, those that may be read. */
final class KeyListing {

    private KeyListing() {}

    static List<String> under(State state, String prefix, String separator, Authorizer may) {
        List<String> keys = new ArrayList<>();
        state.kvScan(prefix, null, entry -> {
            String key = entry.key();
            int cut = separator.isEmpty() ? -1 : key.indexOf(separator, prefix.length());
            String shown = cut < 0 ? key : key.substring(0, cut + separator.length());
            // Equal ones are neighbours, since the keys come in order.
            if (keys.isEmpty() || !keys.get(keys.size() - 1).equals(shown)) {
                keys.add(shown);
            }
            return true;
        });
        keys.removeIf(key -> !may.mayRead(Resource.KEY, key));
        return keys;
    }
}
