package dev.coord.wal.segment;

import java.util.Arrays;

/**
 * Where each entry of a file lies: four bytes an entry.
 *
 * <p>Threads: one writer. A reader may ask for what it has seen published through the store's {@code nextIndex}; what it
 * gets after a truncation may be stale and is checked against the frame itself.
 */
final class Offsets {

    private int[] positions;
    private int count;

    Offsets(int expected) {
        positions = new int[Math.max(expected, 64)];
    }

    void add(int position) {
        if (count == positions.length) {
            positions = Arrays.copyOf(positions, count * 2);
        }
        positions[count++] = position;
    }

    int get(int i) {
        return positions[i];
    }

    /** For the writer alone. */
    int count() {
        return count;
    }

    void cutTo(int newCount) {
        count = newCount;
    }
}
