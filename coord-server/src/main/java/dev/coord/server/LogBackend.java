package dev.coord.server;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Where the Raft log is kept: {@code log_backend}. */
public enum LogBackend {
    /** Append-only files; the default. */
    SEGMENT,
    /** A copy-on-write B+tree. */
    LMDB,
    /** A page store with free lists. */
    MAPDB,
    /** Nothing survives the process: for tests. */
    MEMORY;

    /** As the configuration writes it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<LogBackend> of(String key) {
        return Arrays.stream(values())
                .filter(backend -> backend.key().equals(key))
                .findFirst();
    }

    static List<String> keys() {
        return Arrays.stream(values()).map(LogBackend::key).toList();
    }
}
