package dev.coord.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was started, to be stopped in reverse order. Used under its owner's lock. */
final class Parts implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    private final Deque<Part> started = new ArrayDeque<>();

    private record Part(String name, AutoCloseable stop) {}

    /** Stops a part in its own way. */
    interface Stop<P> {
        void stop(P part) throws Exception;
    }

    <P extends AutoCloseable> P add(String name, P part) {
        return add(name, part, AutoCloseable::close);
    }

    <P> P add(String name, P part, Stop<P> stop) {
        started.push(new Part(name, () -> stop.stop(part)));
        return part;
    }

    /** One that fails to stop does not keep the others from it. Idempotent. */
    @Override
    public void close() {
        while (!started.isEmpty()) {
            Part part = started.pop();
            try {
                part.stop.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly", part.name, e);
            }
        }
    }
}
