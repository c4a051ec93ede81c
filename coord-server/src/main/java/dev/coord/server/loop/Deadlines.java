package dev.coord.server.loop;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deadlines, the next one first: a binary heap in which each knows its place. Putting a deadline off, which every heartbeat
 * does, only notes the new time; the heap learns of it when the old time comes. Used by one thread.
 */
final class Deadlines {

    private final List<Deadline> heap = new ArrayList<>();

    Deadline add(long millis, Runnable due) {
        Deadline deadline = new Deadline(this, millis, due);
        insert(deadline);
        return deadline;
    }

    /** No later than the next one; {@link Long#MAX_VALUE} when there is none. */
    long nextMillis() {
        return heap.isEmpty() ? Long.MAX_VALUE : heap.get(0).sortedMillis;
    }

    int size() {
        return heap.size();
    }

    /** Takes out one that is due; null when none is. */
    @Nullable
    Deadline takeDue(long nowMillis) {
        while (!heap.isEmpty() && heap.get(0).sortedMillis <= nowMillis) {
            Deadline first = heap.get(0);
            if (first.millis <= nowMillis) {
                remove(first);
                return first;
            }
            first.sortedMillis = first.millis;
            siftDown(first);
        }
        return null;
    }

    void move(Deadline deadline, long millis) {
        deadline.millis = millis;
        if (deadline.place == Deadline.OUT) {
            insert(deadline);
        } else if (millis < deadline.sortedMillis) {
            deadline.sortedMillis = millis;
            siftUp(deadline);
        }
    }

    void remove(Deadline deadline) {
        int place = deadline.place;
        if (place == Deadline.OUT) {
            return;
        }
        deadline.place = Deadline.OUT;
        Deadline last = heap.remove(heap.size() - 1);
        if (last != deadline) {
            put(last, place);
            siftUp(last);
            siftDown(last);
        }
    }

    private void insert(Deadline deadline) {
        deadline.sortedMillis = deadline.millis;
        heap.add(deadline);
        deadline.place = heap.size() - 1;
        siftUp(deadline);
    }

    private void siftUp(Deadline deadline) {
        while (deadline.place > 0) {
            Deadline parent = heap.get((deadline.place - 1) / 2);
            if (parent.sortedMillis <= deadline.sortedMillis) {
                return;
            }
            swap(parent, deadline);
        }
    }

    private void siftDown(Deadline deadline) {
        while (true) {
            int left = 2 * deadline.place + 1;
            if (left >= heap.size()) {
                return;
            }
            Deadline child = heap.get(left);
            if (left + 1 < heap.size() && heap.get(left + 1).sortedMillis < child.sortedMillis) {
                child = heap.get(left + 1);
            }
            if (deadline.sortedMillis <= child.sortedMillis) {
                return;
            }
            swap(deadline, child);
        }
    }

    private void swap(Deadline upper, Deadline lower) {
        int place = upper.place;
        put(upper, lower.place);
        put(lower, place);
    }

    private void put(Deadline deadline, int place) {
        heap.set(place, deadline);
        deadline.place = place;
    }
}
