package dev.coord.wal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * What was recorded lately: between a number of ticks ago and now. Whoever owns it ticks at even distances, a second for
 * instance. Holds a picture for each tick. Safe from any thread.
 */
public final class LatencyWindow {

    private final Supplier<LatencyHistogram> source;
    private final int ticksMax;

    /** Oldest first. Guarded by this. */
    private final Deque<LatencyHistogram> pictures = new ArrayDeque<>();

    /**
     * @param source a histogram that only grows, such as {@link LogStore#syncLatency}; after one that began anew the window
     *     is short for a while, never wrong
     * @param ticksMax how far back the window reaches, ticks: at least 1
     */
    public LatencyWindow(Supplier<LatencyHistogram> source, int ticksMax) {
        if (ticksMax < 1) {
            throw new IllegalArgumentException("ticksMax " + ticksMax + " is below 1");
        }
        this.source = source;
        this.ticksMax = ticksMax;
        pictures.add(source.get());
    }

    /** Moves on; what lies further back than the window is forgotten. */
    public synchronized void tick() {
        LatencyHistogram now = source.get();
        if (pictures.getLast().count() > now.count()) {
            pictures.clear();
            now = LatencyHistogram.EMPTY;
        }
        pictures.add(now);
        if (pictures.size() > ticksMax) {
            pictures.remove();
        }
    }

    /** What was recorded within the window. */
    public synchronized LatencyHistogram recent() {
        LatencyHistogram now = source.get();
        return pictures.getLast().count() > now.count() ? now : now.since(pictures.getFirst());
    }
}
