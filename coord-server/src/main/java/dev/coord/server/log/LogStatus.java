package dev.coord.server.log;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogStats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server's log at a moment.
 *
 * @param backend that keeps it
 * @param directory where its files lie
 * @param recentAppends what appends took within the last {@value LogOperations#WINDOW_SECONDS} seconds, as Raft's log thread felt it
 * @param beside what is being built beside it; null: nothing
 * @param outcomes how the last ones ended, newest first
 */
public record LogStatus(
        String backend,
        String directory,
        long firstIndex,
        long nextIndex,
        LogStats stats,
        LatencyHistogram recentAppends,
        @Nullable BuildProgress beside,
        List<BuildOutcome> outcomes) {}
