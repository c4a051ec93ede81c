package dev.coord.streaming;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Keeps the busiest of many subjects, without keeping the many. One thread. */
final class Busiest {

    private static final Comparator<HubStats.Busy> ORDER =
            Comparator.comparingLong(HubStats.Busy::wakeups).thenComparingInt(HubStats.Busy::watchers);

    private final int max;
    /** The least busy first. */
    private final PriorityQueue<HubStats.Busy> kept = new PriorityQueue<>(ORDER);

    Busiest(int max) {
        if (max < 0 || max > HubStats.BUSIEST_MAX) {
            throw new IllegalArgumentException(
                    "the number of busiest subjects must be from 0 to " + HubStats.BUSIEST_MAX + ", got " + max);
        }
        this.max = max;
    }

    /** False when a subject with these counts would not be kept. */
    boolean wants(long wakeups, int watchers) {
        HubStats.Busy least = kept.peek();
        return kept.size() < max
                || (least != null
                        && (wakeups > least.wakeups() || (wakeups == least.wakeups() && watchers > least.watchers())));
    }

    void add(HubStats.Busy subject) {
        kept.add(subject);
        if (kept.size() > max) {
            kept.poll();
        }
    }

    /** The busiest first. */
    List<HubStats.Busy> inOrder() {
        return kept.stream().sorted(ORDER.reversed()).toList();
    }
}
