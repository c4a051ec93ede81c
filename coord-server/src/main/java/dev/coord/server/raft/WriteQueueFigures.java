package dev.coord.server.raft;

import dev.coord.server.command.Priority;
import dev.coord.wal.LatencyHistogram;
import java.util.Map;

/**
 * The way of commands into the log, at one moment. Immutable.
 *
 * @param waiting commands that wait for their turn, by priority; all of them
 * @param proposed commands in the log's hands that are not answered
 * @param refusedFull refused since the start because all places were taken
 * @param refusedClient refused since the start because their client had taken its share
 * @param refusedLate given up since the start because their turn did not come in time
 * @param waits how long commands waited for their turn
 */
public record WriteQueueFigures(
        Map<Priority, Integer> waiting,
        int proposed,
        long refusedFull,
        long refusedClient,
        long refusedLate,
        LatencyHistogram waits) {

    static final WriteQueueFigures NONE = new WriteQueueFigures(Map.of(), 0, 0, 0, 0, LatencyHistogram.EMPTY);

    public WriteQueueFigures {
        waiting = Map.copyOf(waiting);
    }

    public int waiting(Priority priority) {
        return waiting.getOrDefault(priority, 0);
    }
}
