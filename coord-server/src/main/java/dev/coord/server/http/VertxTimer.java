package dev.coord.server.http;

import dev.coord.server.watch.Timer;
import io.vertx.core.Vertx;

/** The event loops' timers. */
record VertxTimer(Vertx vertx) implements Timer {

    @Override
    public Scheduled schedule(long delayMillis, Runnable task) {
        long id = vertx.setTimer(Math.max(1, delayMillis), ignored -> task.run());
        return () -> vertx.cancelTimer(id);
    }
}
