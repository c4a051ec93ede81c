package dev.coord.server;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Milliseconds that go on only when a test says so. Safe from any thread. */
public final class ManualClock implements LongSupplier {

    private final AtomicLong millis = new AtomicLong(1_000_000);

    public void advance(long byMillis) {
        millis.addAndGet(byMillis);
    }

    @Override
    public long getAsLong() {
        return millis.get();
    }
}
