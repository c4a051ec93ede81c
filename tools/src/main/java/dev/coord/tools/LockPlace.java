package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How locks ask the store. */
final class LockPlace {

    /** How long a blocking query waits at once. */
    static final Duration WAIT = Duration.ofSeconds(15);

    /** After a lock was taken away, nobody gets it for a while: what to do until then. */
    static final Duration RETRY = Duration.ofSeconds(5);

    private static final Duration MONITOR_RETRY = Duration.ofSeconds(1);

    private final HttpConnection http;
    private final int monitorRetries;

    LockPlace(HttpConnection http, int monitorRetries) {
        this.http = http;
        this.monitorRetries = monitorRetries;
    }

    /** Waits for the index to pass; an empty one: answers at once. */
    HttpAnswer look(String path, String index, Duration atMost) {
        HttpAnswer answer = index.isEmpty() ? http.ask(path) : http.await(path, index, atMost);
        return answer.isMissing() ? answer : answer.orFail();
    }

    /** As {@link #look}, but a server that can't answer is asked again; null: it never could. */
    @Nullable
    HttpAnswer watch(String path, String index) throws InterruptedException {
        for (int tries = 0; ; tries++) {
            try {
                return look(path, index, WAIT);
            } catch (StartupException e) {
                if (tries >= monitorRetries) {
                    return null;
                }
                Thread.sleep(MONITOR_RETRY.toMillis());
            }
        }
    }

    /** True: done. */
    boolean put(String key, String query, String value) {
        HttpAnswer answer = http.call("PUT", KvPair.path(key) + "?" + query, Buffer.buffer(value));
        return Boolean.parseBoolean(answer.orFail().text().strip());
    }

    /** Deletes a key if it was last changed in this revision. */
    void delete(String key, String modifyIndex) {
        http.send("DELETE", HttpConnection.with(KvPair.path(key), "cas", modifyIndex), "");
    }

    void delete(String key) {
        http.send("DELETE", KvPair.path(key), "");
    }

    static StartupException conflict(String key, String why) {
        return new StartupException(ExitCode.FAILED, "Lock acquisition failed: " + why + ": " + key);
    }
}
