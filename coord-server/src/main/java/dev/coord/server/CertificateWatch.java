package dev.coord.server;

import dev.coord.server.ServerConfig.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Notices that the files of certificates, keys and authorities were replaced. Files come one after the other: so it tells of it
 * once they have been the same for two looks. Has a thread of its own, if there are such files at all.
 */
final class CertificateWatch implements AutoCloseable {

    private static final long LOOK_MILLIS = 5_000;

    private final Set<Path> files = new HashSet<>();
    private final Runnable changed;
    private final ScheduledExecutorService looks;
    /** The thread's alone, as {@link #last}: what was told of. */
    private Map<Path, String> known;

    private Map<Path, String> last;

    /** @param changed told on this object's thread, must not block */
    CertificateWatch(ServerConfig config, Runnable changed) {
        this(config, changed, LOOK_MILLIS);
    }

    CertificateWatch(ServerConfig config, Runnable changed, long lookMillis) {
        this.changed = changed;
        Stream.of(config.tls(), config.httpsTls(), config.grpcTlsFiles())
                .filter(Objects::nonNull)
                .forEach((Tls tls) -> {
                    files.add(tls.certFile());
                    files.add(tls.keyFile());
                    if (tls.caFile() != null) {
                        files.add(tls.caFile());
                    }
                });
        known = seen();
        last = known;
        looks = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "coord-certificates");
            thread.setDaemon(true);
            return thread;
        });
        if (!files.isEmpty()) {
            ScheduledFuture<?> unused =
                    looks.scheduleWithFixedDelay(this::look, lookMillis, lookMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        Map<Path, String> now = seen();
        if (!now.equals(known) && now.equals(last)) {
            known = now;
            changed.run();
        }
        last = now;
    }

    private Map<Path, String> seen() {
        Map<Path, String> now = new HashMap<>();
        for (Path file : files) {
            try {
                BasicFileAttributes about = Files.readAttributes(file, BasicFileAttributes.class);
                now.put(file, about.lastModifiedTime() + " " + about.size() + " " + about.fileKey());
            } catch (IOException e) {
                now.put(file, "can't be read");
            }
        }
        return now;
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
