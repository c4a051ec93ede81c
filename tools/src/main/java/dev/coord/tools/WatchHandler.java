package dev.coord.tools;

import dev.coord.server.StartupException;
import dev.coord.server.WatchDefinition;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls what a configured watch names, and logs what became of it. Used by the watch's thread. */
final class WatchHandler {

    private static final Logger LOG = LoggerFactory.getLogger(WatchHandler.class);
    /** More of what a program prints, or of an answer, is not logged. */
    private static final int OUTPUT_BYTES_MAX = 4_096;

    private static final Duration GRACE = Duration.ofSeconds(2);

    private interface Action {
        void call(byte[] view, String index) throws IOException, InterruptedException;
    }

    private final WatchDefinition watch;
    private final Action action;

    private WatchHandler(WatchDefinition watch, Action action) {
        this.watch = watch;
        this.action = action;
    }

    static WatchHandler of(WatchDefinition watch) {
        if (watch.handler() instanceof WatchDefinition.Request request) {
            return new WatchHandler(watch, (view, index) -> send(watch, request, view, index));
        }
        WatchDefinition.Command command = (WatchDefinition.Command) watch.handler();
        return new WatchHandler(watch, (view, index) -> run(watch, command, view, index));
    }

    /** Waits until it is through. */
    void handle(@Nullable Object shown, String index) throws InterruptedException {
        try {
            action.call((Json.encode(shown) + "\n").getBytes(StandardCharsets.UTF_8), index);
        } catch (IOException | StartupException e) {
            LOG.error("{}: its handler failed: {}", watch, e.getMessage());
        }
    }

    private static void run(WatchDefinition watch, WatchDefinition.Command command, byte[] view, String index)
            throws IOException, InterruptedException {
        ChildProcess child = ChildProcess.captured(
                command.arguments(),
                command.shell(),
                Map.of("CONSUL_INDEX", index, "COORD_INDEX", index),
                view,
                OUTPUT_BYTES_MAX);
        try {
            int status = child.waitFor();
            String output = child.output();
            if (status != 0) {
                throw new IOException("exit status " + status + (output.isEmpty() ? "" : ", it printed: " + output));
            }
            if (!output.isEmpty()) {
                LOG.info("{}: its handler printed: {}", watch, output);
            }
        } catch (InterruptedException e) {
            child.end(GRACE);
            throw e;
        }
    }

    private static void send(WatchDefinition watch, WatchDefinition.Request request, byte[] view, String index)
            throws IOException {
        URI url = request.url();
        Map<String, List<String>> headers = new LinkedHashMap<>(request.headers());
        headers.putIfAbsent("Content-Type", List.of("application/json"));
        headers.put("X-Consul-Index", List.of(index));
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        HttpTransport.Tls tls = new HttpTransport.Tls("", "", "", "", "", request.verify());
        try (HttpTransport http = new HttpTransport(List.of(HttpTarget.of(url)), tls, "", "")) {
            HttpAnswer answer =
                    http.send(request.method(), path + query, headers, Buffer.buffer(view), request.timeout());
            if (answer.status() >= 300) {
                String text = answer.text();
                throw new IOException(request.method() + " " + url + " was answered " + answer.status() + ": "
                        + text.substring(0, Math.min(text.length(), OUTPUT_BYTES_MAX)));
            }
            LOG.debug("{}: told {}", watch, url);
        }
    }
}
