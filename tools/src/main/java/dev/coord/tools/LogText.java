package dev.coord.tools;

import dev.coord.api.v1.Latency;
import dev.coord.api.v1.LogBeside;
import dev.coord.api.v1.LogFigures;
import dev.coord.api.v1.LogOutcome;
import dev.coord.api.v1.LogStatusResponse;
import java.util.Locale;

/** How a running server's log is shown. */
final class LogText {

    private LogText() {}

    static String text(LogStatusResponse status) {
        LogFigures figures = status.getFigures();
        TextTable table = new TextTable("server", status.getServer());
        table.add("backend", status.getBackend());
        table.add("directory", status.getDirectory());
        table.add("entries", "[" + status.getFirstIndex() + ", " + status.getNextIndex() + ")");
        table.add("live bytes", grouped(figures.getLiveBytes()));
        table.add("file bytes", grouped(figures.getFileBytes()));
        table.add("free bytes", grouped(figures.getFreeBytes()));
        table.add(
                "free list",
                grouped(figures.getFreeListEntries()) + " entries, " + grouped(figures.getFreeListBytes()) + " bytes");
        table.add("synced for each byte proposed", amplification(figures));
        table.add("syncs", latency(figures.getSyncs()));
        table.add("recent appends", latency(status.getRecentAppends()));
        if (status.hasBeside()) {
            LogBeside beside = status.getBeside();
            table.add("beside it", lower(beside.getPurpose()) + " in " + beside.getBackend());
            table.add("", progress(beside));
            table.add("", compared(beside));
            table.add("its appends", latency(beside.getAppends()));
        } else {
            table.add("beside it", "nothing");
        }
        for (LogOutcome outcome : status.getOutcomesList()) {
            table.add("before", outcome.getMessage());
        }
        return table.toString();
    }

    static String progress(LogBeside beside) {
        return String.format(
                Locale.ROOT,
                "%s: %.0f%%, %d entries behind, %.0f s",
                lower(beside.getPhase()),
                100 * beside.getProgress(),
                beside.getEntriesBehind(),
                beside.getSeconds());
    }

    private static String compared(LogBeside beside) {
        return String.format(
                Locale.ROOT,
                "entries [%d, %d) are equal, checksum %08x",
                beside.getComparedFirst(),
                beside.getComparedNext(),
                beside.getBesideChecksum());
    }

    private static String amplification(LogFigures figures) {
        return figures.getProposedBytes() == 0
                ? "-"
                : String.format(Locale.ROOT, "%.2f", (double) figures.getSyncedBytes() / figures.getProposedBytes());
    }

    private static String latency(Latency latency) {
        return latency.getCount() == 0
                ? "none"
                : String.format(
                        Locale.ROOT,
                        "%d, p50 %.2f ms, p99 %.2f ms, longest %.2f ms",
                        latency.getCount(),
                        latency.getP50Nanos() / 1e6,
                        latency.getP99Nanos() / 1e6,
                        latency.getMaxNanos() / 1e6);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** The last word of an enum's name: LOG_PHASE_COPYING is copying, LOG_RESULT_TOOK_OVER is took over. */
    private static String lower(Enum<?> value) {
        return value.name().replaceFirst("LOG_[A-Z]+_", "").replace('_', ' ').toLowerCase(Locale.ROOT);
    }

    static JsonText json(LogStatusResponse status) {
        LogFigures figures = status.getFigures();
        JsonText json = new JsonText()
                .object()
                .put("server", status.getServer())
                .put("backend", status.getBackend())
                .put("directory", status.getDirectory())
                .put("first_index", status.getFirstIndex())
                .put("next_index", status.getNextIndex())
                .put("live_bytes", figures.getLiveBytes())
                .put("file_bytes", figures.getFileBytes())
                .put("free_bytes", figures.getFreeBytes())
                .put("free_list_entries", figures.getFreeListEntries())
                .put("free_list_bytes", figures.getFreeListBytes())
                .put("proposed_bytes", figures.getProposedBytes())
                .put("synced_bytes", figures.getSyncedBytes());
        latency(json, "syncs", figures.getSyncs());
        latency(json, "recent_appends", status.getRecentAppends());
        if (status.hasBeside()) {
            beside(json, status.getBeside());
        } else {
            json.putNull("beside");
        }
        json.array("outcomes");
        status.getOutcomesList().forEach(outcome -> outcome(json, outcome));
        return json.endArray().end();
    }

    private static void beside(JsonText json, LogBeside beside) {
        json.object("beside")
                .put("purpose", lower(beside.getPurpose()))
                .put("backend", beside.getBackend())
                .put("phase", lower(beside.getPhase()))
                .put("entries_behind", beside.getEntriesBehind())
                .put("compared_first", beside.getComparedFirst())
                .put("compared_next", beside.getComparedNext())
                .put("log_checksum", String.format(Locale.ROOT, "%08x", beside.getLogChecksum()))
                .put("beside_checksum", String.format(Locale.ROOT, "%08x", beside.getBesideChecksum()));
        latency(json, "appends", beside.getAppends());
        latency(json, "syncs", beside.getSyncs());
        json.end();
    }

    private static void latency(JsonText json, String name, Latency latency) {
        json.object(name)
                .put("count", latency.getCount())
                .put("p50_nanos", latency.getP50Nanos())
                .put("p99_nanos", latency.getP99Nanos())
                .put("max_nanos", latency.getMaxNanos())
                .end();
    }

    static JsonText json(LogOutcome outcome) {
        JsonText json = new JsonText();
        outcome(json, outcome);
        return json;
    }

    private static void outcome(JsonText json, LogOutcome outcome) {
        json.object()
                .put("purpose", lower(outcome.getPurpose()))
                .put("from", outcome.getFromBackend())
                .put("to", outcome.getToBackend())
                .put("result", lower(outcome.getResult()))
                .put("message", outcome.getMessage())
                .put("begun_millis", outcome.getBegunMillis())
                .put("entries", outcome.getEntries())
                .put("file_bytes_before", outcome.getFileBytesBefore())
                .put("file_bytes_after", outcome.getFileBytesAfter())
                .put("different_index", outcome.getDifferentIndex())
                .end();
    }
}
