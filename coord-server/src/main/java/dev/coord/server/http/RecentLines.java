package dev.coord.server.http;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.LoggerFactory;

/** The last lines that this process has logged, for who comes later. A log is the process's, so these are, too. */
final class RecentLines extends AppenderBase<ILoggingEvent> {

    private static final int LINES_MAX = 1_000;
    private static final int LINE_CHARS_MAX = 2_000;
    private static final RecentLines KEPT = new RecentLines();

    /** Guarded by itself: whoever logs writes it. */
    private final Deque<String> lines = new ArrayDeque<>();

    private RecentLines() {}

    /** Begins to keep them; again without effect. */
    static void keep() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        synchronized (KEPT) {
            if (!root.isAttached(KEPT)) {
                KEPT.setContext(context);
                KEPT.start();
                root.addAppender(KEPT);
            }
        }
    }

    /** Oldest first. */
    static String text() {
        synchronized (KEPT.lines) {
            return String.join("", KEPT.lines);
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        String line = line(event);
        synchronized (lines) {
            lines.addLast(line);
            if (lines.size() > LINES_MAX) {
                lines.removeFirst();
            }
        }
    }

    /** As text, with its line end; a very long one is cut. */
    static String line(ILoggingEvent event) {
        String logger = event.getLoggerName();
        String message = event.getFormattedMessage();
        String kept = message == null || message.length() <= LINE_CHARS_MAX
                ? message
                : message.substring(0, LINE_CHARS_MAX) + " ... (cut)";
        return Instant.ofEpochMilli(event.getTimeStamp()) + " [" + event.getLevel() + "] "
                + logger.substring(logger.lastIndexOf('.') + 1) + ": " + kept + "\n";
    }
}
