package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/agent/debug/}: what somebody wants to see of this server's inside who can't log in to its machine. Needs no leader;
 * what takes time runs on Vert.x' worker threads.
 */
public final class DebugEndpoint implements EndpointFamily {

    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");
    private static final int SECONDS_MAX = 300;

    private final Supplier<Map<String, String>> configuration;
    private final boolean recordingsAllowed;
    /** One recording at a time: each costs the process a little. */
    private final Semaphore recording = new Semaphore(1);

    /**
     * @param configuration what the server was told, by key, with secrets hidden
     * @param recordingsAllowed flight recordings may be taken although there are no ACLs
     */
    public DebugEndpoint(Supplier<Map<String, String>> configuration, boolean recordingsAllowed) {
        this.configuration = configuration;
        this.recordingsAllowed = recordingsAllowed;
    }

    @Override
    public void addTo(Routes routes) {
        RecentLines.keep();
        routes.get("/v1/agent/debug/config", Access.read(Resource.OPERATOR), this::configuration);
        routes.get("/v1/agent/debug/log", Access.readOwnNode(Resource.AGENT), DebugEndpoint::recentLines);
        routes.get("/v1/agent/debug/threads", Access.read(Resource.OPERATOR), DebugEndpoint::threads);
        routes.get("/v1/agent/debug/flight", Access.read(Resource.OPERATOR), this::flight);
    }

    private void configuration(Exchange exchange) {
        exchange.answerJson(json -> CatalogJson.map(json, new TreeMap<>(configuration.get())));
    }

    private static void recentLines(Exchange exchange) {
        exchange.answer(new Answer(200, TEXT, Buffer.buffer(RecentLines.text())));
    }

    private static void threads(Exchange exchange) {
        exchange.await(
                exchange.work(DebugEndpoint::dump),
                text -> exchange.answer(new Answer(200, TEXT, Buffer.buffer(text))));
    }

    private static String dump() {
        StringBuilder text = new StringBuilder();
        for (ThreadInfo thread : ManagementFactory.getThreadMXBean().dumpAllThreads(true, true)) {
            text.append('"')
                    .append(thread.getThreadName())
                    .append("\" #")
                    .append(thread.getThreadId())
                    .append(' ')
                    .append(thread.getThreadState());
            if (thread.getLockName() != null) {
                text.append(" on ").append(thread.getLockName());
            }
            if (thread.getLockOwnerName() != null) {
                text.append(" held by \"").append(thread.getLockOwnerName()).append('"');
            }
            text.append('\n');
            for (StackTraceElement frame : thread.getStackTrace()) {
                text.append("    at ").append(frame).append('\n');
            }
            text.append('\n');
        }
        return text.toString();
    }

    private void flight(Exchange exchange) {
        int seconds = seconds(exchange.parameter("seconds"));
        if (!recordingsAllowed && !exchange.backend().access().enabled()) {
            throw new HttpError(
                    403, "flight recordings are not allowed here: set enable_debug = true, or let ACLs say who may");
        }
        if (!recording.tryAcquire()) {
            throw new HttpError(503, "a flight recording is under way: come again when it has ended");
        }
        CompletableFuture<Path> recorded = exchange.work(FlightRecording::start)
                .thenCompose(flight -> CompletableFuture.supplyAsync(
                                () -> flight, CompletableFuture.delayedExecutor(seconds, TimeUnit.SECONDS))
                        .thenCompose(over -> exchange.work(over::end)))
                .whenComplete((file, failure) -> recording.release());
        exchange.await(recorded, file -> {
            exchange.header(HttpHeaders.CONTENT_TYPE, "application/octet-stream");
            try {
                var unused = exchange.answerFile(file).whenComplete((sent, failure) -> ScratchFiles.delete(file));
            } catch (RuntimeException e) {
                // The client has gone meanwhile.
                ScratchFiles.delete(file);
                throw e;
            }
        });
    }

    private static int seconds(@Nullable String given) {
        try {
            int seconds = given == null || given.isEmpty() ? 10 : Integer.parseInt(given);
            if (seconds >= 1 && seconds <= SECONDS_MAX) {
                return seconds;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw HttpError.badRequest("Bad request: seconds=" + given + ": 1 to " + SECONDS_MAX);
    }
}
