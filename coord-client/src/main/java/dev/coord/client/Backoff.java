package dev.coord.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before the next try: doubling, with jitter so that a thousand clients don't come back at once. */
final class Backoff {

    private static final int DOUBLINGS_MAX = 20;

    private final long firstMillis;
    private final long longestMillis;
    /** Guarded by this: the generators that seeds come from are not safe from several threads. */
    private final RandomGenerator random;

    Backoff(Duration first, Duration longest, RandomGenerator random) {
        firstMillis = Math.max(1, first.toMillis());
        longestMillis = Math.max(firstMillis, longest.toMillis());
        this.random = random;
    }

    /**
     * The same, but no sooner than the server wants, and up to a quarter later, so that those who were told the same do not
     * come at the same moment.
     *
     * @param comeAgainMillis after how long the server wants to be asked again; 0: it did not say
     */
    synchronized long delayMillis(int failures, long comeAgainMillis) {
        long own = delayMillis(failures);
        return comeAgainMillis == 0 ? own : Math.max(own, comeAgainMillis + random.nextLong(comeAgainMillis / 4 + 1));
    }

    /**
     * Between half and the whole of the doubled time.
     *
     * @param failures how many tries in a row have failed, at least 1
     */
    synchronized long delayMillis(int failures) {
        long doubled = firstMillis << Math.min(failures - 1, DOUBLINGS_MAX);
        long whole = Math.min(longestMillis, doubled);
        return whole - random.nextLong(whole / 2 + 1);
    }
}
