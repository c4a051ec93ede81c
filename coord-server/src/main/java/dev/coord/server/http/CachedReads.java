package dev.coord.server.http;

import io.vertx.core.MultiMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells a read with {@code ?cached} that was asked before from one that was not, as a Consul agent does, which keeps the
 * answers of such reads up to date in the background. Here every answer comes from this server's memory and is as fresh as
 * any other, so the age of a hit is always 0. Remembers the newest {@value #READS_MAX}; safe from any thread.
 */
final class CachedReads {

    private static final int READS_MAX = 4_096;
    /** They say how to ask, not what for. */
    private static final Set<String> OF_ASKING =
            Set.of("index", "wait", "cached", "passing", "stale", "pretty", "token", "dc");

    // Guarded by this.
    private final Map<String, Boolean> asked = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > READS_MAX;
        }
    };

    /** True when the same was asked before. */
    synchronized boolean hit(String path, MultiMap query) {
        Set<String> what = new TreeSet<>();
        query.forEach((name, value) -> {
            if (!OF_ASKING.contains(name)) {
                what.add(name + "=" + value);
            }
        });
        return asked.put(path + what, true) != null;
    }
}
