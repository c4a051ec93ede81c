package dev.coord.tools;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.slf4j.LoggerFactory;

/**
 * What a fuzz run has seen: how many inputs had which answer, and what should not be. Errors in the server's log, and warnings
 * with an exception nobody expected, are among the latter while it is open. Safe from any thread.
 */
final class FuzzFindings implements AutoCloseable {

    private static final int DEFECTS_KEPT = 40;

    private final Map<String, Long> outcomes = new TreeMap<>();
    private final List<String> defects = new ArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            boolean error = event.getLevel().isGreaterOrEqual(Level.ERROR);
            boolean unexpected = event.getLevel().isGreaterOrEqual(Level.WARN) && event.getThrowableProxy() != null;
            if (error || unexpected) {
                var thrown = event.getThrowableProxy();
                defect("logged: " + event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage()
                        + (thrown == null
                                ? ""
                                : " " + where(thrown.getClassName(), thrown.getMessage(), firstOf(thrown))));
            }
        }
    };
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord logged) {
            if (logged.getLevel().intValue() >= java.util.logging.Level.WARNING.intValue()) {
                Throwable thrown = logged.getThrown();
                defect("logged: " + logged.getLevel() + " " + logged.getLoggerName() + " " + logged.getMessage()
                        + (thrown == null
                                ? ""
                                : " "
                                        + where(
                                                thrown.getClass().getName(),
                                                thrown.getMessage(),
                                                thrown.getStackTrace())));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    FuzzFindings() {
        appender.start();
        root().addAppender(appender);
        java.util.logging.Logger.getLogger("io.grpc").addHandler(handler);
    }

    /** One input more with this outcome. */
    synchronized void count(String outcome) {
        outcomes.merge(outcome, 1L, Long::sum);
    }

    /** Something that may not happen. */
    synchronized void defect(String what) {
        if (defects.size() < DEFECTS_KEPT) {
            defects.add(what);
        }
    }

    synchronized List<String> defects() {
        return List.copyOf(defects);
    }

    /** Of all outcomes that begin so. */
    synchronized long total(String prefix) {
        return outcomes.entrySet().stream()
                .filter(outcome -> outcome.getKey().startsWith(prefix))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    @Override
    public synchronized String toString() {
        return outcomes.toString();
    }

    @Override
    public void close() {
        root().detachAppender(appender);
        appender.stop();
        java.util.logging.Logger.getLogger("io.grpc").removeHandler(handler);
    }

    private static StackTraceElement[] firstOf(ch.qos.logback.classic.spi.IThrowableProxy thrown) {
        var frames = thrown.getStackTraceElementProxyArray();
        StackTraceElement[] first = new StackTraceElement[frames.length];
        for (int i = 0; i < first.length; i++) {
            first[i] = frames[i].getStackTraceElement();
        }
        return first;
    }

    private static String where(String type, String message, StackTraceElement[] frames) {
        StringBuilder text = new StringBuilder(type).append(": ").append(message);
        for (int i = 0; i < Math.min(12, frames.length); i++) {
            text.append("\n      at ").append(frames[i]);
        }
        return text.toString();
    }

    private static ch.qos.logback.classic.Logger root() {
        return (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
