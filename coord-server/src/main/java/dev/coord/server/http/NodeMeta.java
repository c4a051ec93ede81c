package dev.coord.server.http;

import dev.coord.server.command.CatalogEntries.NodeEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code ?node-meta=key:value} pairs of a request. */
record NodeMeta(List<String> pairs) {

    /** True when the node has all pairs; a node that is gone has none. */
    boolean matches(@Nullable NodeEntry node) {
        return pairs.isEmpty() || (node != null && pairs.stream().allMatch(pair -> matches(node, pair)));
    }

    private static boolean matches(NodeEntry node, String pair) {
        int colon = pair.indexOf(':');
        String key = colon < 0 ? pair : pair.substring(0, colon);
        String value = colon < 0 ? "" : pair.substring(colon + 1);
        return value.equals(node.meta().get(key));
    }
}
