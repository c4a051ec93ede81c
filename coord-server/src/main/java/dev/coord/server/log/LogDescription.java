package dev.coord.server.log;

import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogStats;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A log's status as names and texts, as {@code agent/self} shows it; the names are those of the metrics. */
public final class LogDescription {

    private LogDescription() {}

    /** In the order in which a reader wants them. */
    public static Map<String, String> of(LogStatus status) {
        LogStats stats = status.stats();
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("backend", status.backend());
        texts.put("directory", status.directory());
        texts.put("first_index", Long.toString(status.firstIndex()));
        texts.put("next_index", Long.toString(status.nextIndex()));
        texts.put("entries", Long.toString(stats.entries()));
        texts.put("live_bytes", Long.toString(stats.liveBytes()));
        texts.put("file_bytes", Long.toString(stats.fileBytes()));
        texts.put("free_bytes", Long.toString(stats.freeBytes()));
        texts.put("free_list_entries", Long.toString(stats.freeListEntries()));
        texts.put("free_list_bytes", Long.toString(stats.freeListBytes()));
        texts.put("proposed_bytes", Long.toString(stats.proposedBytes()));
        texts.put("synced_bytes", Long.toString(stats.syncedBytes()));
        texts.put("write_amplification", String.format(Locale.ROOT, "%.2f", stats.writeAmplification()));
        texts.put("syncs", Long.toString(stats.syncs()));
        latency(texts, "sync", stats.syncLatency());
        latency(texts, "recent_append", status.recentAppends());
        BuildProgress beside = status.beside();
        texts.put("beside", beside == null ? "none" : lower(beside.purpose()) + " " + beside.backend());
        if (beside != null) {
            texts.put("beside_phase", lower(beside.phase()));
            texts.put("beside_entries_behind", Long.toString(beside.entriesBehind()));
            texts.put("beside_compared_next", Long.toString(beside.comparedNext()));
        }
        if (!status.outcomes().isEmpty()) {
            texts.put("last_outcome", status.outcomes().get(0).message());
        }
        return Collections.unmodifiableMap(texts);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void latency(Map<String, String> texts, String name, LatencyHistogram latency) {
        texts.put(name + "_p50_ms", millis(latency.count() == 0 ? 0 : latency.percentileNanos(50)));
        texts.put(name + "_p99_ms", millis(latency.count() == 0 ? 0 : latency.percentileNanos(99)));
        texts.put(name + "_max_ms", millis(latency.maxNanos()));
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
    }
}
