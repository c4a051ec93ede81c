package dev.coord.server.http;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.coord.server.acl.Resource;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/agent/monitor}: this server's log as it is written, until the client goes; with {@code logjson} a JSON object a line.
 * Shows nothing that the log level keeps out of the log.
 */
final class MonitorEndpoint implements EndpointFamily {

    /** Lines on the way to one client; those beyond are counted, not kept. */
    private static final int LINES_MAX = 512;

    /** The most clients that look on. */
    private static final int WATCHERS_MAX = 16;

    private final AtomicInteger watchers = new AtomicInteger();

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/monitor", Access.readOwnNode(Resource.AGENT), this::monitor);
    }

    private void monitor(Exchange exchange) {
        Level level = level(exchange.parameter("loglevel"));
        if (watchers.incrementAndGet() > WATCHERS_MAX) {
            watchers.decrementAndGet();
            throw new HttpError(503, WATCHERS_MAX + " clients look at this server's log, no more are taken");
        }
        boolean json = exchange.has("logjson");
        HttpServerResponse response = exchange.stream("text/plain; charset=utf-8");
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Tail tail = new Tail(exchange, response, level, json ? jsonLines(context)::encode : MonitorEndpoint::text);
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        tail.setContext(context);
        tail.start();
        root.addAppender(tail);
        exchange.onGone(() -> {
            root.detachAppender(tail);
            tail.stop();
            watchers.decrementAndGet();
        });
    }

    private static JsonLines jsonLines(LoggerContext context) {
        JsonLines lines = new JsonLines();
        lines.setContext(context);
        lines.start();
        return lines;
    }

    private static byte[] text(ILoggingEvent event) {
        return RecentLines.line(event).getBytes(StandardCharsets.UTF_8);
    }

    private static Level level(@Nullable String name) {
        String asked = name == null || name.isEmpty() ? "info" : name.toLowerCase(Locale.ROOT);
        return switch (asked) {
            case "trace" -> Level.TRACE;
            case "debug" -> Level.DEBUG;
            case "info" -> Level.INFO;
            case "warn" -> Level.WARN;
            case "err", "error" -> Level.ERROR;
            default -> throw HttpError.badRequest("Bad request: Unknown log level: " + name);
        };
    }

    /** Called by whichever thread logs; hands over to the client's event loop and never waits for it. */
    private static final class Tail extends AppenderBase<ILoggingEvent> {

        private final Exchange exchange;
        private final HttpServerResponse response;
        private final Level level;
        private final Function<ILoggingEvent, byte[]> format;
        private final AtomicInteger underWay = new AtomicInteger();
        private final AtomicLong dropped = new AtomicLong();

        Tail(Exchange exchange, HttpServerResponse response, Level level, Function<ILoggingEvent, byte[]> format) {
            this.exchange = exchange;
            this.response = response;
            this.level = level;
            this.format = format;
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (!event.getLevel().isGreaterOrEqual(level)) {
                return;
            }
            if (underWay.incrementAndGet() > LINES_MAX) {
                underWay.decrementAndGet();
                dropped.incrementAndGet();
                return;
            }
            byte[] line = format.apply(event);
            exchange.later(() -> send(line));
        }

        private void send(byte[] line) {
            underWay.decrementAndGet();
            if (response.closed()) {
                return;
            }
            if (response.writeQueueFull()) {
                dropped.incrementAndGet();
                return;
            }
            long lost = dropped.getAndSet(0);
            if (lost > 0) {
                // As a line of the log, in the format asked for, which this client alone sees.
                var unusedToo = response.write(Buffer.buffer(format.apply(dropping(lost))));
            }
            var unused = response.write(Buffer.buffer(line));
        }

        private static ILoggingEvent dropping(long lines) {
            Logger logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(MonitorEndpoint.class);
            return new LoggingEvent(
                    MonitorEndpoint.class.getName(),
                    logger,
                    Level.WARN,
                    "{} lines were dropped: this client reads too slowly",
                    null,
                    new Object[] {lines});
        }
    }
}
