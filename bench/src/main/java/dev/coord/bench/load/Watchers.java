package dev.coord.bench.load;

import java.io.IOException;

/** Many clients that watch services. Opened once, then told of changes until closed. */
interface Watchers extends AutoCloseable {

    /** How many watch. */
    int count();

    /** Every watcher is in place and has nothing under way but its watch. */
    void arm() throws IOException, InterruptedException;

    /** How many times somebody was told of a change, since the opening. */
    long told();

    /** Waits until {@link #told} is this, at the most for a time; false: it is not. */
    default boolean awaitTold(long wanted, long millisMax) throws InterruptedException {
        long end = System.nanoTime() + millisMax * 1_000_000;
        while (told() < wanted) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(1);
        }
        return true;
    }

    /** From now on every watcher that was told watches on at once. */
    void follow();

    @Override
    void close() throws IOException;
}
