package dev.coord.tools;

import dev.coord.server.StartupException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A session of the server asked, kept alive by a thread of its own until it is closed. */
final class LockSession implements AutoCloseable {

    private static final Duration TTL = Duration.ofSeconds(15);

    private final HttpConnection http;
    private final String id;
    private final ScheduledExecutorService renewal = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "coord-session");
        thread.setDaemon(true);
        return thread;
    });

    /** @param name for people */
    LockSession(HttpConnection http, String name) {
        this.http = http;
        id = http.put("/v1/session/create", new JsonObject().put("Name", name).put("TTL", TTL.toSeconds() + "s"))
                .getString("ID");
        long every = TTL.toMillis() / 3;
        var unused = renewal.scheduleWithFixedDelay(this::renew, every, every, TimeUnit.MILLISECONDS);
    }

    String id() {
        return id;
    }

    private void renew() {
        try {
            http.call("PUT", "/v1/session/renew/" + id, null);
        } catch (StartupException e) {
            // No answer: the next try comes soon, and whoever holds the lock looks at the lock itself.
        }
    }

    /** Ends the session, if the server can be reached; else its TTL does. */
    @Override
    public void close() {
        renewal.shutdownNow();
        try {
            http.call("PUT", "/v1/session/destroy/" + id, null);
        } catch (StartupException e) {
            // The TTL ends it.
        }
    }
}
