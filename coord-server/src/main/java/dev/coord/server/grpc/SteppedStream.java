package dev.coord.server.grpc;

import io.grpc.StatusRuntimeException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stream to one client that goes on in steps: whoever has something for it only wakes it, and the steps run on the pool, one
 * at a time. Costs a counter and a reference, for there are very many.
 *
 * <p>Threads: {@link #step()} and {@link #finish} are called by one thread of the pool at a time, each seeing what the one before
 * wrote; {@link #wake()} by any thread.
 */
abstract class SteppedStream {

    private final WorkPool pool;
    /** Wakes not yet worked off; who raises it from 0 puts the task into the pool. Any thread. */
    private final AtomicInteger wakes = new AtomicInteger();

    SteppedStream(WorkPool pool) {
        this.pool = pool;
    }

    /** There may be something to do. Any thread, never blocks. */
    final void wake() {
        if (wakes.getAndIncrement() == 0) {
            pool.execute(this::work);
        }
    }

    private void work() {
        int seen = wakes.get();
        do {
            try {
                step();
            } catch (RuntimeException e) {
                finish(Statuses.of(e));
            }
            seen = wakes.addAndGet(-seen);
        } while (seen != 0);
    }

    /** Does what there is to do. What it throws ends the stream. */
    abstract void step();

    /** Ends the stream with an error, if it has not ended. */
    abstract void finish(StatusRuntimeException why);
}
