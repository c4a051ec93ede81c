package dev.coord.server;

import dev.coord.server.ServerConfig.LogCare;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureFlags;
import dev.coord.server.log.BuildOutcome;
import dev.coord.server.log.LiveLog;
import dev.coord.server.log.LogDescription;
import dev.coord.server.log.LogOperationException;
import dev.coord.server.log.LogOperations;
import dev.coord.server.log.LogSettings;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's log and what can be done to it, as the configuration says. Raft opens it while it starts, and closes it; what is
 * done to it beside that ends with {@link #close}, which comes first.
 */
final class ServerLog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ServerLog.class);
    /** The choice of {@link Feature#LOG_BACKEND} that moves nothing. */
    private static final String KEPT = "kept";

    private static final int BYTES_OF_MEGABYTE_BITS = 20;

    private final String backendIfNew;
    private final LogCare care;

    /** Written once, by the starting thread; null before. */
    private volatile @Nullable FeatureFlags features;

    /** Written once, by the starting thread; read by anybody. */
    private volatile @Nullable LogOperations operations;

    ServerLog(String backendIfNew, LogCare care) {
        this.backendIfNew = backendIfNew;
        this.care = care;
    }

    /** Called by Raft while it starts, on the starting thread. */
    LogStore open(Path directory) {
        LiveLog log = LiveLog.open(directory, backendIfNew, LogOptions.DEFAULT);
        operations = new LogOperations(
                log,
                LogSettings.of(
                        this::compacts, this::wantedBackend, (long) care.freeMegabytes() << BYTES_OF_MEGABYTE_BITS));
        return log;
    }

    /** Lets flags decide from now on, where there are any. Before {@link #start}. */
    void decideBy(FeatureFlags features) {
        this.features = features;
    }

    private boolean compacts() {
        FeatureFlags deciding = features;
        if (deciding == null || !deciding.isSet(Feature.ONLINE_COMPACTION)) {
            return care.compaction();
        }
        return deciding.isOn(Feature.ONLINE_COMPACTION);
    }

    /** Empty: where it is. */
    private String wantedBackend() {
        FeatureFlags deciding = features;
        String choice = deciding == null ? KEPT : deciding.choice(Feature.LOG_BACKEND);
        return choice.equals(KEPT) ? "" : choice;
    }

    /** Begins to look after the log, and to keep the shadow that is wished. */
    void start() {
        LogOperations started = operations();
        started.start();
        if (care.shadow().isEmpty()) {
            return;
        }
        try {
            CompletableFuture<BuildOutcome> unused = started.startShadow(care.shadow());
        } catch (LogOperationException e) {
            LOG.warn("log_shadow = \"{}\": {}", care.shadow(), e.getMessage());
        }
    }

    /** Only after {@link #open}. */
    LogOperations operations() {
        return Objects.requireNonNull(operations, "the log is not open yet");
    }

    /** Null before {@link #open}. */
    @Nullable
    LogOperations operationsIfOpen() {
        return operations;
    }

    /** For {@code agent/self}: empty before the log is open. */
    Map<String, String> describe() {
        LogOperations open = operations;
        return open == null ? Map.of() : LogDescription.of(open.status());
    }

    @Override
    public void close() {
        LogOperations open = operations;
        if (open != null) {
            open.close();
        }
    }
}
