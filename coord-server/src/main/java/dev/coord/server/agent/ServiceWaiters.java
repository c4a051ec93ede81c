package dev.coord.server.agent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a change of a local service. Safe from any thread; its lock is held for a few instructions, and never while
 * somebody is woken. Bounded by the connections that wait.
 */
public final class ServiceWaiters {

    private final Object lock = new Object();
    /** By service id in lower case. Under the lock. */
    private final Map<String, Set<Waiting>> byService = new HashMap<>();

    ServiceWaiters() {}

    /** Somebody who waits once. */
    public final class Waiting {
        private final String key;
        private final Runnable wake;

        private Waiting(String key, Runnable wake) {
            this.key = key;
            this.wake = wake;
        }

        /** Waits no longer. */
        public void cancel() {
            synchronized (lock) {
                Set<Waiting> others = byService.get(key);
                if (others != null && others.remove(this) && others.isEmpty()) {
                    byService.remove(key);
                }
            }
        }
    }

    Waiting await(String serviceId, Runnable wake) {
        Waiting waiting = new Waiting(key(serviceId), wake);
        synchronized (lock) {
            byService
                    .computeIfAbsent(waiting.key, ignored -> new LinkedHashSet<>())
                    .add(waiting);
        }
        return waiting;
    }

    void wake(@Nullable String serviceId) {
        if (serviceId == null) {
            return;
        }
        List<Waiting> woken;
        synchronized (lock) {
            Set<Waiting> all = byService.remove(key(serviceId));
            woken = all == null ? List.of() : new ArrayList<>(all);
        }
        woken.forEach(waiting -> waiting.wake.run());
    }

    private static String key(String serviceId) {
        return serviceId.toLowerCase(Locale.ROOT);
    }
}
