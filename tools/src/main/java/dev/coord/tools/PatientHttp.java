package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests that may be sent twice: they are, for a while, where nobody answers, there is no leader, or the server asks to come
 * later. Not before one has answered. For one thread.
 */
final class PatientHttp {

    /** More than an election takes, and less than anybody waits for without a word. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final long PAUSE_MILLIS = 500;
    private static final Set<Integer> LATER = Set.of(429, 503);

    private final HttpConnection http;
    /** A server has answered: who never did is likelier to be at another address. */
    private boolean met;

    PatientHttp(HttpConnection http) {
        this.http = http;
    }

    HttpAnswer get(String path) {
        return call("GET", path, null);
    }

    /** Whatever the answer is, once it is one that trying again would not change. */
    HttpAnswer call(String method, String path, @Nullable Buffer body) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                HttpAnswer answer = http.call(method, path, body);
                met = true;
                if (!isForLater(answer) || System.nanoTime() - end > 0) {
                    return answer;
                }
            } catch (StartupException e) {
                if (!met || e.code() != ExitCode.UNREACHABLE || System.nanoTime() - end > 0) {
                    throw e;
                }
            }
            pause();
        }
    }

    private static boolean isForLater(HttpAnswer answer) {
        return LATER.contains(answer.status())
                || (answer.status() == 500 && answer.text().contains("No cluster leader"));
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException(ExitCode.UNREACHABLE, "interrupted", e);
        }
    }
}
