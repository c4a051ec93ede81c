package dev.coord.server.http;

import dev.coord.server.watch.Timer;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import java.util.concurrent.TimeUnit;

/**
 * The ends of tens of thousands of waits, nearly all of which are called off before: a wheel, on which both cost next to nothing.
 * Calls up to two hundredths of a second late, on its thread {@code coord-http-timer}, which begins with the first wait.
 */
final class WheelTimer implements Timer, AutoCloseable {

    private static final long TICK_MILLIS = 20;

    private final HashedWheelTimer wheel = new HashedWheelTimer(
            task -> {
                Thread thread = new Thread(task, "coord-http-timer");
                thread.setDaemon(true);
                return thread;
            },
            TICK_MILLIS,
            TimeUnit.MILLISECONDS);

    @Override
    public Scheduled schedule(long delayMillis, Runnable task) {
        Timeout timeout = wheel.newTimeout(ended -> task.run(), delayMillis, TimeUnit.MILLISECONDS);
        return timeout::cancel;
    }

    @Override
    public void close() {
        wheel.stop();
    }
}
